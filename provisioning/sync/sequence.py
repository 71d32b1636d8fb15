"""Whether a delivery may follow what the directory already holds."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning.directory.models import Delivery as AppliedDelivery
from provisioning.errors import RefusedError
from provisioning.feed.manifest import Manifest, Mode


def last_applied(session: Session) -> AppliedDelivery | None:
    """Return the newest delivery the directory holds, None while it holds none."""
    return session.scalar(select(AppliedDelivery).order_by(AppliedDelivery.sequence.desc()).limit(1))


def applied_before(session: Session, manifest: Manifest) -> AppliedDelivery | None:
    """Return the delivery when it was applied already, None when it is the next one to apply.

    Raises `RefusedError` for an older sequence, the same one with other files, or a delta after a gap.
    """
    last = last_applied(session)
    applied = 0 if last is None else last.sequence
    sequence = manifest.sequence
    if last is not None and sequence == applied:
        if last.checksum != manifest.checksum:
            raise RefusedError(
                "sequence_reused", f"Delivery {sequence} was applied before with other files: it needs a new sequence."
            )
        return last
    if sequence < applied:
        raise RefusedError("sequence_old", f"Delivery {sequence} is older than delivery {applied}, applied already.")
    if manifest.mode is Mode.DELTA and sequence != applied + 1:
        raise RefusedError(
            "sequence_gap", f"Delivery {sequence} is a delta, but the last one applied is {applied}: send a full one."
        )
    return None
