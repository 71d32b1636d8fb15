/** Ending an online account, on whichever way it was asked for. */
package it.areaclienti.keycloak.cancellation;
