"""Small pictures of the desk, drawn from what its lists hold: every bar is a number of rows one could count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ops.changes import ChangeRow
from ops.web.bars import Picture, picture
from ops.words import t

_HOUR = timedelta(hours=1)
# Up to how old, its words, how much it should worry anybody.
_AGES = (
    (_HOUR, "hour", "idle"),
    (24 * _HOUR, "day", "idle"),
    (48 * _HOUR, "one", "idle"),
    (72 * _HOUR, "two", "warn"),
    (None, "more", "bad"),
)
_ENDS = (
    ("waiting", "info", ("draft", "submitted", "in_review", "approved", "applying")),
    ("applied", "ok", ("applied",)),
    ("sent_back", "warn", ("sent_back",)),
    ("not", "bad", ("rejected", "expired", "conflicted", "failed")),
    ("withdrawn", "idle", ("withdrawn",)),
)


def ages(rows: Iterable[ChangeRow], now: datetime | None = None) -> Picture:
    """How long these have waited."""
    moment = now or datetime.now(UTC)
    counts = Counter(_age(moment - row.created_at) for row in rows)
    return picture([(counts[name], t(f"home.age.{name}"), tone) for _, name, tone in _AGES], "home.ages_said")


def ends(rows: Iterable[ChangeRow]) -> Picture:
    """What became of these so far."""
    counts = Counter(row.state for row in rows)
    parts = [
        (sum(counts[one] for one in states), t(f"home.end.{name}"), tone) for name, tone, states in _ENDS
    ]
    return picture(parts, "home.ends_said")


def _age(old: timedelta) -> str:
    return next(name for limit, name, _ in _AGES if limit is None or old < limit)
