"""The end-to-end journeys, as they are, against the containers: public port, https, PostgreSQL, two workers."""

from tests.e2e.test_first_path import *  # noqa: F403
from tests.e2e.test_session_end import *  # noqa: F403
