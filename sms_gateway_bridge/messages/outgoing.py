"""From a claim to a worded message: the last step before a provider, and the only one that sees a code in clear."""

from __future__ import annotations

import re

from sms_gateway_bridge.context import Context
from sms_gateway_bridge.messages.queue import Claim
from sms_gateway_bridge.providers.base import Outgoing
from sms_gateway_bridge.settings import CommonSettings
from sms_gateway_bridge.texts.wording import Content, language_of, word

_AT_KEYCLOAK = ("access", "operation")


def compose(context: Context, settings: CommonSettings, one: Claim) -> Outgoing:
    """Word the message and say how long it is worth delivering."""
    row, minted = one.row, one.minted
    verification = minted.row if minted else None
    brand = context.brands[row["brand"]]
    host = _named(settings.webotp_host if row["template"] in _AT_KEYCLOAK else settings.portal_host)
    worded = word(
        Content(
            brand=brand,
            look=context.look(brand.id),
            template=row["template"],
            channel=row["channel"],
            locale=row["locale"],
            greeting_name=verification["greeting_name"] if verification else one.parameters.get("greeting_name"),
            days=int(one.parameters.get("days", 0)),
            mobile_ending=one.parameters.get("mobile_ending"),
            code=minted.code if minted else None,
            link=minted.link if minted else None,
            validity_s=verification["code_validity_s"] if verification else 0,
            link_validity_s=verification["link_validity_s"] if verification else 0,
            operation_text=verification["operation_text"] if verification else None,
            operation_amount=verification["operation_amount"] if verification else None,
            reference=one.parameters.get("reference"),
            webotp_host=host,
        )
    )
    if verification is not None:
        validity_s = int(verification["code_validity_s"])
    else:
        validity_s = (row["expires_ms"] - one.claimed_ms) // 1000
    return Outgoing(
        id=row["id"],
        brand=brand.id,
        brand_name=brand.display_name,
        reply_to=brand.reply_to,
        sms_sender=brand.sms_sender,
        channel=row["channel"],
        purpose=row["template"],
        locale=language_of(row["locale"]),
        validity_s=validity_s,
        trace_id=row["trace_id"],
        to=row["contact"],
        subject=worded.subject,
        text=worded.text,
        html=worded.html,
        code=minted.code if minted else None,
        link=minted.link if minted else None,
    )


def _named(host: str | None) -> str | None:
    """The host a code is bound to (WebOTP: Keycloak's or the portal's); browsers bind to domain names only."""
    return host if host and re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+", host) else None
