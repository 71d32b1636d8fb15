package it.areaclienti.keycloak.customers;

import jakarta.persistence.EntityManager;
import java.util.Iterator;
import java.util.List;
import org.keycloak.models.jpa.UserAdapter;
import org.keycloak.models.jpa.entities.UserAttributeEntity;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.models.utils.KeycloakModelUtils;

/**
 * Sets attributes of users so that the statements of many users go to the database together. Keycloak's model deletes the
 * old values of each attribute by a statement of its own, at once; here their rows take the new values.
 */
final class AttributeRows {
    private final EntityManager entities;

    AttributeRows(EntityManager entities) {
        this.entities = entities;
    }

    /** As {@link UserAdapter#setAttribute}; the same values are left alone, in whatever order: it matters to nobody. */
    void set(UserAdapter user, String name, List<String> values) {
        if (!values.stream().sorted().toList().equals(user.getAttributeStream(name).sorted().toList())) {
            set(user.getEntity(), name, values);
        }
    }

    private void set(UserEntity user, String name, List<String> values) {
        Iterator<UserAttributeEntity> rows = user.getAttributes().stream()
                .filter(row -> name.equals(row.getName()))
                .toList()
                .iterator();
        for (String value : values) {
            if (rows.hasNext()) {
                rows.next().setValue(value);
            } else {
                add(user, name, value);
            }
        }
        while (rows.hasNext()) {
            UserAttributeEntity row = rows.next();
            user.getAttributes().remove(row);
            entities.remove(row);
        }
    }

    private void add(UserEntity user, String name, String value) {
        UserAttributeEntity row = new UserAttributeEntity();
        row.setId(KeycloakModelUtils.generateId());
        row.setName(name);
        row.setValue(value);
        row.setUser(user);
        entities.persist(row);
        user.getAttributes().add(row);
    }
}
