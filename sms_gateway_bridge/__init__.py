"""SMS gateway bridge: mints, delivers and checks one-time codes over SMS and email, for Keycloak and the portal.

The process has two halves that share one database: the HTTP interface (:mod:`sms_gateway_bridge.app`) accepts and
checks verifications, the worker (:mod:`sms_gateway_bridge.worker`) mints each code at the moment of sending it.
"""
