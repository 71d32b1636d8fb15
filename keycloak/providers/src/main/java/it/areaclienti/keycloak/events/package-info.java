/** The server's events without personal data, in the event store and in the log alike, and what listens to them in every realm. */
package it.areaclienti.keycloak.events;
