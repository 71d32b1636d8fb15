"""What every request and every answer must satisfy, whatever the page.

The ``Host`` is the configured one. Scripts and styles come from the portal alone, scripts also by nonce; none inline.
Forms may only lead to the portal or to Keycloak, where sign-in and the choice of the password continue.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, abort, g, request

from adapters.flask_portal.settings import Settings

_HSTS = "max-age=63072000; includeSubDomains"
# No "cookies": it would empty the whole registrable domain, Keycloak's sessions of other brands included.
_SITE_DATA = '"cache", "storage"'
# Called by machines that know the portal by an inside address; none of them builds an address from the Host.
_ANY_HOST_ENDPOINTS = frozenset({"health.healthz", "health.readyz", "accesso.backchannel_logout"})
_CACHEABLE_ENDPOINTS = frozenset({"theme.resource"})


def protect(app: Flask, settings: Settings) -> None:
    """Register the checks and headers on the application."""

    @app.before_request
    def check_host() -> None:
        g.csp_nonce = secrets.token_urlsafe(16)
        if request.endpoint not in _ANY_HOST_ENDPOINTS and request.environ.get("HTTP_HOST") != settings.host:
            abort(400)

    @app.before_request
    def check_characters() -> None:
        # No form and no address of ours holds a NUL, and PostgreSQL takes none.
        values = (*(request.view_args or {}).values(), *request.args.values(), *request.form.values())
        if any("\0" in str(value) for value in values):
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = content_security_policy(settings, g.get("csp_nonce", ""))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers.setdefault("Referrer-Policy", "same-origin")
        if settings.secure:
            headers["Strict-Transport-Security"] = _HSTS
        if request.endpoint not in _CACHEABLE_ENDPOINTS:
            headers["Cache-Control"] = "no-store"
        return response

    @app.context_processor
    def nonce() -> dict[str, str]:
        return {"csp_nonce": g.get("csp_nonce", "")}


def content_security_policy(settings: Settings, nonce: str) -> str:
    """The policy of one answer."""
    script = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {script}",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action 'self' {settings.keycloak_origin}",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'none'",
        )
    )


def clear_site_data(response: Response) -> Response:
    """For the end of a session: the browser forgets the pages it kept."""
    response.headers["Clear-Site-Data"] = _SITE_DATA
    return response


def no_referrer(response: Response) -> Response:
    """For pages whose address holds a secret."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
