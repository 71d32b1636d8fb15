"""What every service of the bridge is given: database, keyed hashes, brands and limits, built once at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.brands import Brand, BrandFileError, load_brands
from domain.contacts import Channel, Contact, ContactError, contact
from domain.mail_look import MailLook, MailLookError, load_mail_look
from domain.masking import mask_contact
from sms_gateway_bridge.db.clock import NowMs, database_clock
from sms_gateway_bridge.db.engine import Database
from sms_gateway_bridge.db.wakeup import Notifier
from sms_gateway_bridge.errors import ConfigurationError, InvalidRequestError
from sms_gateway_bridge.fingerprints import Hasher, Marks
from sms_gateway_bridge.settings import CommonSettings, SendLimits, WorkerSettings


@dataclass(frozen=True, slots=True)
class Context:
    """The shared tools of one process."""

    database: Database
    hasher: Hasher
    brands: Mapping[str, Brand]
    limits: SendLimits
    link_origins: tuple[str, ...]
    looks: Mapping[str, MailLook]
    notifier: Notifier

    def close(self) -> None:
        """Give back every connection."""
        self.notifier.close()
        self.database.close()

    def brand(self, brand_id: str) -> Brand:
        """The brand, or `InvalidRequestError`."""
        try:
            return self.brands[brand_id]
        except KeyError:
            raise InvalidRequestError("brand: not a brand of this installation") from None

    def look(self, brand_id: str) -> MailLook:
        """How a brand's emails look; only the worker knows."""
        return self.looks[brand_id]

    def fingerprint_of(self, channel: str, contact: str) -> Marks:
        """What stands for a contact in the sending budgets."""
        return self.hasher.fingerprint("contact", channel, contact)

    def masked(self, brand_id: str, channel: str, value: str) -> str:
        """The contact, which is canonical, as its brand shows it to somebody who has not proved it."""
        masks = self.brands[brand_id].masks
        return mask_contact(Contact(Channel(channel), value), masks.email, masks.mobile)


def canonical(channel: str, value: str) -> str:
    """``value`` if it is the canonical form of a contact of that channel; `InvalidRequestError` otherwise."""
    try:
        found = contact(Channel(channel), value)
    except ContactError as error:
        raise InvalidRequestError(f"to: {error.code}") from None
    if found.value != value:
        raise InvalidRequestError("to: not in canonical form")
    return found.value


def build_context(
    settings: CommonSettings,
    *,
    clock: NowMs | None = None,
    limits: SendLimits | None = None,
    link_origins: tuple[str, ...] = (),
    pool_size: int = 20,
) -> Context:
    """Build the tools from the settings; raises `ConfigurationError`. ``clock`` replaces the database's in tests."""
    try:
        brands = load_brands(settings.brands_dir)
    except BrandFileError as error:
        raise ConfigurationError(str(error)) from None
    return Context(
        looks=_looks(settings, brands),
        database=Database(
            settings.database_url, clock=clock or database_clock(settings.clock_offset_s), pool_size=pool_size
        ),
        notifier=Notifier(settings.database_url),
        hasher=Hasher(settings.hash_keys),
        brands=brands,
        limits=limits or SendLimits(),
        link_origins=link_origins,
    )


def _looks(settings: CommonSettings, brands: Mapping[str, Brand]) -> Mapping[str, MailLook]:
    # Nobody but the worker words messages.
    if not isinstance(settings, WorkerSettings):
        return {}
    try:
        return {brand: load_mail_look(settings.themes_dir, brand) for brand in brands}
    except MailLookError as error:
        raise ConfigurationError(f"AREA_CLIENTI_THEMES_DIR: {error}") from None
