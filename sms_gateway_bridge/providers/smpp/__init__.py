"""SMS by SMPP 3.4: declaration, PDUs, cutting, one bound session, the link that keeps it, and the provider."""
