"""The customer portal, a Flask application: ``create_app`` builds it."""

from adapters.flask_portal.app import create_app

__all__ = ["create_app"]
