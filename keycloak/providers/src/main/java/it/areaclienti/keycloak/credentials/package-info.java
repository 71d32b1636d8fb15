/**
 * Credential set-up: a customer whose contact the bridge has proved chooses a password on Keycloak's own page.
 *
 * <p>The portal asks {@link it.areaclienti.keycloak.credentials.CredentialSetupIssuer} for a link, handing over the proof; the
 * link opens the page; saving it writes everything in one transaction. Until then nothing changes.
 */
package it.areaclienti.keycloak.credentials;
