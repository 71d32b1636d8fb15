/** Refusals of the admin resources, which their services throw. */
package it.areaclienti.keycloak.problems;
