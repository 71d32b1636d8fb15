"""The customer portal, a Flask application."""
