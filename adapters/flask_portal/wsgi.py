"""The application of a process: ``adapters.flask_portal.wsgi:app``."""

from __future__ import annotations

import sys

from adapters.flask_portal.app import create_app
from adapters.flask_portal.errors import ConfigurationError
from domain.brands import BrandFileError

try:
    app = create_app()
except (ConfigurationError, BrandFileError) as error:
    print(error, file=sys.stderr)  # noqa: T201
    sys.exit(2)
