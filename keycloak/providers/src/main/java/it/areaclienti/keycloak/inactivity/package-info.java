/** A year without access: the steps of the realm's workflow that tell the customer, and that close the account. */
package it.areaclienti.keycloak.inactivity;
