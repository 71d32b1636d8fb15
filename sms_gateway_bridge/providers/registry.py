"""Which providers serve which channel, decided once at start."""

from __future__ import annotations

from collections.abc import Mapping

from sms_gateway_bridge.errors import ConfigurationError
from sms_gateway_bridge.messages.states import CHANNELS
from sms_gateway_bridge.providers.base import Provider
from sms_gateway_bridge.providers.gateways import Gateway
from sms_gateway_bridge.providers.http_gateway import HttpGateway
from sms_gateway_bridge.providers.http_sms import HttpSmsProvider
from sms_gateway_bridge.providers.outbox import OutboxProvider
from sms_gateway_bridge.providers.router import Router
from sms_gateway_bridge.providers.smpp.provider import SmppProvider
from sms_gateway_bridge.providers.smtp import SmtpProvider
from sms_gateway_bridge.settings import WorkerSettings


def build_providers(settings: WorkerSettings) -> Mapping[str, Provider]:
    """The way out of every channel; `ConfigurationError` where one has none. The outbox serves development only."""
    chosen: dict[str, Provider] = {}
    if settings.smtp_url and settings.smtp_from:
        relay = SmtpProvider(settings.smtp_url, settings.smtp_from, ca_file=settings.smtp_ca_file)
        chosen["email"] = Router("email", [relay], threads=settings.threads)
    if settings.sms_gateways:
        gateways = [build_gateway(gateway, settings.sms_secrets) for gateway in settings.sms_gateways]
        chosen["mobile"] = Router("mobile", gateways, settings.sms_routes, threads=settings.threads)
    if settings.development and settings.bridge_url and settings.worker_key:
        outbox = OutboxProvider(settings.bridge_url, settings.worker_key, connections=settings.threads)
        for channel in CHANNELS:
            chosen.setdefault(channel, outbox)
    for channel, setting in (("email", "SMS_BRIDGE_SMTP_URL"), ("mobile", "SMS_BRIDGE_SMS_GATEWAY_FILE")):
        if channel not in chosen:
            raise ConfigurationError(f"{setting} is not set: the worker has no way to send by {channel} in production")
    return chosen


def build_gateway(gateway: Gateway, secrets: Mapping[str, str]) -> Provider:
    """The provider of a declared gateway."""
    if isinstance(gateway, HttpGateway):
        return HttpSmsProvider(gateway, secrets.get(gateway.name))
    return SmppProvider(gateway, secrets[gateway.name])
