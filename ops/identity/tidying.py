"""What the clock throws away once a minute, and what it brings in line with the settings."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ops.identity import backchannel, refreshing, vouching


def tidy(tx: Session, *, rights_last: timedelta) -> None:
    """Forget refresh tokens of ended sessions and old logout tokens; let OPS_RIGHTS_MAX_AGE count for all."""
    refreshing.sweep(tx)
    backchannel.sweep(tx)
    vouching.keep_span(tx, rights_last)
