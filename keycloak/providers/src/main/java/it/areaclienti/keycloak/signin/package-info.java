/** The sign-in page: identifiers however typed, password, and when the level above is due. */
package it.areaclienti.keycloak.signin;
