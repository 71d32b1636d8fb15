"""``python -m adapters.flask_portal.i18n`` compiles the catalogues of translations."""

from adapters.flask_portal.i18n.catalogues import compile_catalogues

compile_catalogues()
