"""Small pictures of bars side by side, drawn from numbers one could count, and said in one sentence as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.words import t

WIDTH, HEIGHT, FLOOR = 64, 72, 92  # of a column, of the tallest bar, where bars stand


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


def picture(parts: Sequence[tuple[int, str, str]], said: str) -> Picture:
    """Bars of (count, label, tone); `said` is the key of the sentence, with a gap for `parts`."""
    most = max((count for count, _, _ in parts), default=0) or 1
    bars = []
    for place, (count, label, tone) in enumerate(parts):
        # What is there is seen, be it one of a hundred.
        height = max(2, round(HEIGHT * count / most)) if count else 0
        bars.append(Bar(8 + place * WIDTH, FLOOR - height, height, count, label, tone if count else "idle"))
    words = ", ".join(f"{label} {count}" for count, label, _ in parts)
    return Picture(bars, t(said, parts=words), sum(count for count, _, _ in parts))
