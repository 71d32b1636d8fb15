/**
 * The way to the SMS gateway bridge: the SPI {@code area-clienti-bridge}, its client and the signatures both sides put on
 * what they say. The wire contract is {@code docs/contracts.md}.
 */
package it.areaclienti.keycloak.bridge;
