/** The operation that a level 3 request confirms, as the portal pushes it. */
package it.areaclienti.keycloak.operation;
