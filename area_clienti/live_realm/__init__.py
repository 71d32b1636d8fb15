"""A realm that runs, beside what the realm file says: what differs, and bringing it there.

Keycloak imports the file once and then never looks at it again. Users, sessions, keys and clients' secrets are no part
of this (docs/decisions/0030).
"""
