/** Customers as users of the realm: what the agencies' records write, who may read it, and the life of an account. */
package it.areaclienti.keycloak.customers;
