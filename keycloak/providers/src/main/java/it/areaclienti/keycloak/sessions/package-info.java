/** Ending the sessions of a user. */
package it.areaclienti.keycloak.sessions;
