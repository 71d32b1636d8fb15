"""Secrets that somebody could guess are told from those made at random (SECURITY C1)."""

from __future__ import annotations

import secrets

import pytest

from domain.guessable import why_guessable


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("", "fewer than 16"),
        ("Kx7-q2Lw9_zT4vB", "fewer than 16"),
        ("0" * 40, "repeats"),
        ("abcdeabcdeabcdeabcdeabcde", "repeats"),
        ("Kx7-q2LwKx7-q2LwKx7-q2Lw", "repeats"),
        ("changeme-changeme-now-please", "placeholder"),
        ("MyPassword2026IsVeryLong", "placeholder"),
        ("${PORTAL_CLIENT_SECRET_GENERALI}", "placeholder"),
    ],
)
def test_a_guessable_secret_is_refused_with_the_reason(secret: str, reason: str) -> None:
    assert reason in str(why_guessable(secret))


def test_secrets_made_at_random_pass() -> None:
    assert [why_guessable(secrets.token_urlsafe(32)) for _ in range(200)] == [None] * 200


def test_the_reason_never_quotes_the_secret() -> None:
    assert "changeme" not in str(why_guessable("changeme-changeme-now-please"))
