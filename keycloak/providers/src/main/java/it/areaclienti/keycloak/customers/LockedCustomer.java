package it.areaclienti.keycloak.customers;

import jakarta.persistence.LockModeType;
import java.util.Optional;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.jpa.entities.UserEntity;

/** A customer whose row is locked until the transaction ends, read from the database and not from a cache. */
public final class LockedCustomer {
    private LockedCustomer() {}

    /** The user as the database has them now, locked against every other change; empty when there is none. */
    public static Optional<UserModel> of(KeycloakSession session, RealmModel realm, String userId) {
        UserEntity row = session.getProvider(JpaConnectionProvider.class)
                .getEntityManager()
                .find(UserEntity.class, userId, LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            return Optional.empty();
        }
        UserModel cached = session.users().getUserById(realm, userId);
        if (cached == null) {
            return Optional.empty();
        }
        CustomerDirectory.forget(session, realm, cached);
        return Optional.ofNullable(session.users().getUserById(realm, userId));
    }
}
