"""Which provider serves which channel, decided once at start."""

from __future__ import annotations

from collections.abc import Mapping

from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.providers.base import Provider
from sms_gateway_bridge.providers.http_sms import HttpSmsProvider
from sms_gateway_bridge.providers.outbox import OutboxProvider
from sms_gateway_bridge.providers.smtp import SmtpProvider
from sms_gateway_bridge.settings import WorkerSettings

CHANNELS = ("mobile", "email")


def build_providers(settings: WorkerSettings) -> Mapping[str, Provider]:
    """The provider of every channel; `ConfigurationError` where one has none. The outbox serves development only."""
    chosen: dict[str, Provider] = {}
    if settings.smtp_url and settings.smtp_from:
        chosen["email"] = SmtpProvider(settings.smtp_url, settings.smtp_from, ca_file=settings.smtp_ca_file)
    if settings.sms_gateway:
        chosen["mobile"] = HttpSmsProvider(settings.sms_gateway, settings.sms_secret)
    if settings.development and settings.bridge_url and settings.worker_key:
        outbox = OutboxProvider(settings.bridge_url, settings.worker_key, connections=settings.threads)
        for channel in CHANNELS:
            chosen.setdefault(channel, outbox)
    for channel, setting in (("email", "SMS_BRIDGE_SMTP_URL"), ("mobile", "SMS_BRIDGE_SMS_GATEWAY_FILE")):
        if channel not in chosen:
            raise ConfigurationError(f"{setting} is not set: the worker has no way to send by {channel} in production")
    return chosen
