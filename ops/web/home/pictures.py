"""Small pictures of the desk, drawn from what its lists hold: every bar is a number of rows one could count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ops.changes import ChangeRow
from ops.words import t

WIDTH, HEIGHT, FLOOR = 64, 72, 92  # of a column, of the tallest bar, where bars stand
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


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands, how tall it is, and what is written above and below."""

    x: int
    y: int
    height: int
    count: int
    label: str
    tone: str

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + (WIDTH - 16) // 2


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars side by side, with the same in one sentence for who does not see them."""

    bars: Sequence[Bar]
    title: str
    total: int

    @property
    def width(self) -> int:
        """Of the drawing, in its own units."""
        return len(self.bars) * WIDTH


def ages(rows: Iterable[ChangeRow], now: datetime | None = None) -> Picture:
    """How long these have waited."""
    moment = now or datetime.now(UTC)
    counts = Counter(_age(moment - row.created_at) for row in rows)
    return _picture(
        [(counts[name], t(f"home.age.{name}"), tone) for _, name, tone in _AGES], "home.ages_said"
    )


def ends(rows: Iterable[ChangeRow]) -> Picture:
    """What became of these so far."""
    counts = Counter(row.state for row in rows)
    parts = [
        (sum(counts[one] for one in states), t(f"home.end.{name}"), tone) for name, tone, states in _ENDS
    ]
    return _picture(parts, "home.ends_said")


def _age(old: timedelta) -> str:
    return next(name for limit, name, _ in _AGES if limit is None or old < limit)


def _picture(parts: Sequence[tuple[int, str, str]], said: str) -> Picture:
    most = max((count for count, _, _ in parts), default=0) or 1
    bars = []
    for place, (count, label, tone) in enumerate(parts):
        # What is there is seen, be it one of a hundred.
        height = max(2, round(HEIGHT * count / most)) if count else 0
        bars.append(Bar(8 + place * WIDTH, FLOOR - height, height, count, label, tone if count else "idle"))
    words = ", ".join(f"{label} {count}" for count, label, _ in parts)
    return Picture(bars, t(said, parts=words), sum(count for count, _, _ in parts))
