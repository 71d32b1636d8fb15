package it.areaclienti.keycloak.customers;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.StatelessSession;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.GroupModel;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RequiredActionProviderModel;
import org.keycloak.models.jpa.entities.UserAttributeEntity;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.models.jpa.entities.UserGroupMembershipEntity;
import org.keycloak.models.jpa.entities.UserRequiredActionEntity;
import org.keycloak.models.jpa.entities.UserRoleMappingEntity;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.representations.idm.MembershipType;

/**
 * Customers whom the realm does not have yet, made as Keycloak's own {@code addUser} makes users, but inserted table by
 * table: each table's rows go to the database together, and no persistence context keeps them.
 *
 * <p>No workflow is woken: the default role is no sign of life.
 */
final class NewCustomers {
    private final KeycloakSession session;
    private final String realmId;
    private final String defaultRoleId;
    private final List<String> defaultGroupIds;
    private final List<String> defaultActions;

    private final List<UserEntity> users = new ArrayList<>();
    private final List<UserAttributeEntity> attributes = new ArrayList<>();
    private final List<UserRoleMappingEntity> roles = new ArrayList<>();
    private final List<UserGroupMembershipEntity> memberships = new ArrayList<>();
    private final List<UserRequiredActionEntity> actions = new ArrayList<>();

    NewCustomers(KeycloakSession session, RealmModel realm) {
        this.session = session;
        this.realmId = realm.getId();
        this.defaultRoleId = realm.getDefaultRole().getId();
        this.defaultGroupIds = realm.getDefaultGroupsStream().map(GroupModel::getId).toList();
        this.defaultActions = realm.getRequiredActionProvidersStream()
                .filter(action -> action.isEnabled() && action.isDefaultAction())
                .map(RequiredActionProviderModel::getAlias)
                .toList();
    }

    /** Takes a record up; it is in the database after {@link #insert()}. */
    void add(CustomerRecord record) {
        AccountState state = record.ceased() ? AccountState.CEASED : AccountState.PROVISIONED;
        UserEntity user = new UserEntity();
        user.setId(KeycloakModelUtils.generateId());
        user.setRealmId(realmId);
        user.setUsername(record.provisionalUsername());
        user.setFirstName(record.firstName());
        user.setLastName(record.lastName());
        user.setEnabled(state.enabled());
        long now = Time.currentTimeMillis();
        user.setCreatedTimestamp(now);
        user.setLastModifiedTimestamp(now);
        users.add(user);
        record.agencyAttributes().forEach((name, values) -> addAttribute(user, name, values));
        addAttribute(user, CustomerAttributes.ACCOUNT_STATE, List.of(state.code()));
        if (record.ceased()) {
            addAttribute(user, CustomerAttributes.STATE_BEFORE_CEASED, List.of(AccountState.PROVISIONED.code()));
        }
        addDefaults(user);
    }

    /** Writes all that were added, and forgets them. */
    void insert() {
        Session entities = session.getProvider(JpaConnectionProvider.class).getEntityManager().unwrap(Session.class);
        try (StatelessSession rows = entities.statelessWithOptions().connection().open()) {
            Stream.of(users, attributes, roles, memberships, actions)
                    .filter(table -> !table.isEmpty())
                    .forEach(table -> {
                        rows.insertMultiple(table);
                        table.clear();
                    });
        }
    }

    private void addAttribute(UserEntity user, String name, List<String> values) {
        for (String value : values) {
            UserAttributeEntity attribute = new UserAttributeEntity();
            attribute.setId(KeycloakModelUtils.generateId());
            attribute.setUser(user);
            attribute.setName(name);
            attribute.setValue(value);
            attributes.add(attribute);
        }
    }

    private void addDefaults(UserEntity user) {
        UserRoleMappingEntity role = new UserRoleMappingEntity();
        role.setUser(user);
        role.setRoleId(defaultRoleId);
        roles.add(role);
        for (String groupId : defaultGroupIds) {
            UserGroupMembershipEntity membership = new UserGroupMembershipEntity();
            membership.setUser(user);
            membership.setGroupId(groupId);
            membership.setMembershipType(MembershipType.UNMANAGED);
            memberships.add(membership);
        }
        for (String alias : defaultActions) {
            UserRequiredActionEntity action = new UserRequiredActionEntity();
            action.setUser(user);
            action.setAction(alias);
            actions.add(action);
        }
    }
}
