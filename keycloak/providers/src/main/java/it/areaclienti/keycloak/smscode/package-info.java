/**
 * The SMS step of sign-in (levels 2 and 3) and the credential that says which mobile receives the codes. The bridge mints,
 * delivers and checks the codes; Keycloak decides when one is needed and counts the failures.
 */
package it.areaclienti.keycloak.smscode;
