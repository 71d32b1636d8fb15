/** Security headers of Keycloak's answers: the realm's strict policy for our pages, one that fits for Keycloak's own consoles. */
package it.areaclienti.keycloak.headers;
