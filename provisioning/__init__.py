"""From an agency's delivery to the directory and to Keycloak."""
