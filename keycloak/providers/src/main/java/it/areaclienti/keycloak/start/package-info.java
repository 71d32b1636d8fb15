/** What must hold before the server answers anybody. */
package it.areaclienti.keycloak.start;
