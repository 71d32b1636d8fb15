package it.areaclienti.keycloak.credentials;

/**
 * What the bridge vouches for: someone who asked for one purpose as this customer has just shown to hold the contact.
 *
 * @param contact   canonical
 * @param id        {@code jti}; a proof is spent once
 * @param expiresAt Unix seconds
 */
public record ContactProof(String customerCode, String contact, String id, long expiresAt) {}
