"""The other systems, as the portal sees them: Keycloak, its OpenID Connect side, and the SMS gateway bridge."""
