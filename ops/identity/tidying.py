"""What the clock throws away once a minute, and what it brings in line with the settings."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ops.identity import backchannel, break_glass, break_glass_tries, refreshing, vouching
from ops.keys import Ring


def tidy(tx: Session, *, rights_last: timedelta) -> None:
    """Forget refresh tokens of ended sessions, old logout tokens and tries; let OPS_RIGHTS_MAX_AGE count for all."""
    refreshing.sweep(tx)
    backchannel.sweep(tx)
    break_glass_tries.sweep(tx)
    vouching.keep_span(tx, rights_last)


def reseal(tx: Session, keys: Ring) -> int:
    """Seal with the key in use what an earlier one sealed; call it until it says 0 (`ops keys rotate`).

    Raises Unsealable where a key at hand opens one of them no more.
    """
    return refreshing.reseal(tx, keys) + break_glass.reseal(tx, keys)
