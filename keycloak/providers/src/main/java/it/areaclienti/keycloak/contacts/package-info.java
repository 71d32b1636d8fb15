/** Contacts in canonical form and as brands mask them; the same rules, with the same vectors, as the Python domain. */
package it.areaclienti.keycloak.contacts;
