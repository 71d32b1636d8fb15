"""From a delivery to the directory and from the directory to Keycloak."""
