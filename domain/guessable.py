"""Secrets that somebody could guess: too short, monotonous, or one of the words people put in the place of a secret.

A check against placeholders and slips, not a measure of strength: secrets are made by ``area-clienti secrets``.
"""

from __future__ import annotations

LEAST_LENGTH = 16
_LEAST_DISTINCT = 8
_PLACEHOLDERS = (
    *("changeme", "change-me", "change_me", "password", "passwd", "secret", "default", "placeholder", "insecure"),
    *("example", "sample", "dummy", "development", "production", "12345678", "abcdefgh", "qwerty", "letmein", "${"),
)


def why_guessable(secret: str, *, least_length: int = LEAST_LENGTH) -> str | None:
    """What makes ``secret`` guessable, as the end of a sentence; None when nothing does. Never quotes the secret."""
    if len(secret) < least_length:
        return f"has fewer than {least_length} characters"
    if len(set(secret)) < _LEAST_DISTINCT or secret in (secret + secret)[1:-1]:
        return "repeats itself"
    if any(word in secret.lower() for word in _PLACEHOLDERS):
        return "holds a placeholder"
    return None
