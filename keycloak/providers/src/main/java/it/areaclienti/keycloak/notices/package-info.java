/** Telling the owner of an account what happened to it: which contacts, which words, and handing them to the bridge. */
package it.areaclienti.keycloak.notices;
