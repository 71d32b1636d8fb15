/** What staff may and may not do to customers in Keycloak's own console, and what follows from it. */
package it.areaclienti.keycloak.staff;
