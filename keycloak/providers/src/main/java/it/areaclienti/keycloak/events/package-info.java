/** The server's events without personal data, in the event store and in the log alike. */
package it.areaclienti.keycloak.events;
