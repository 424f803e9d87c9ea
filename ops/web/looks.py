"""How a list looks, as its address says it: rows on a page, row height, columns kept in sight, widths of columns.

`size=100`, `density=comfortable`, `pin=2` (the first two columns stay while the rest scrolls sideways),
`widths=number.s,note.l`. None of it decides which rows there are. What cannot be meant is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote, unquote

from markupsafe import Markup

from ops.records.saved_views import split

SIZES = (25, 50, 100, 200)
ROWS = 50
DENSITIES = ("compact", "comfortable")
WIDTHS = ("s", "m", "l", "x")  # 6, 10, 16 and 26 rem (static/css/rooms/views.css)
MOST_PINNED = 3
MOST_SIZED = 20  # columns whose width can be chosen: the style sheet counts so far
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Looks:
    """`density` "" is the person's own row height; `pin` how many leading columns stay; `widths` by column."""

    size: int = ROWS
    density: str = ""
    pin: int = 0
    widths: Mapping[str, str] = field(default_factory=lambda: _NONE)

    @property
    def text(self) -> str:
        """The one written form, a query string; "" for the ordinary looks."""
        said = [f"size={self.size}"] if self.size != ROWS else []
        said += [f"density={self.density}"] if self.density else []
        said += [f"pin={self.pin}"] if self.pin else []
        if self.widths:
            listed = ",".join(f"{encoded(name)}.{width}" for name, width in sorted(self.widths.items()))
            said.append(f"widths={quote(listed, safe=',.~-_')}")
        return "&".join(said)

    def attributes(self, names: Sequence[str], before: int = 0) -> Markup:
        """Attributes of the list's table, with the blank before them; see `marks`."""
        said = {"density": self.density, "pin": str(self.pin + before) if self.pin > 1 else ""}
        said["w"] = self.marks(names, before)
        told = [Markup(' data-{}="{}"').format(name, value) for name, value in said.items() if value]
        return Markup().join(told)

    def marks(self, names: Sequence[str], before: int = 0) -> str:
        """What the style sheet reads of the table: `1m 3s`, the widths by place. A column kept in sight has one.

        `before` is how many cells of a row stand before the columns' (a box to tick it by).
        """
        said = []
        for place, name in enumerate(names[:MOST_SIZED], 1):
            width = self.widths.get(name) or ("m" if 1 < self.pin >= place else "")
            if width:
                said.append(f"{place + before}{width}")
        return " ".join(said)


def looks_of(*queries: str | Iterable[tuple[str, str]]) -> Looks:
    """Read what query strings say of it; of an aspect said twice the last query counts."""
    told: dict[str, str] = {}
    for query in queries:
        for aspect, pairs in split(query).items():
            told[aspect] = pairs[-1][1]
    size, pin = _number(told.get("size")), _number(told.get("pin"))
    density = told.get("density", "")
    return Looks(
        size if size in SIZES else ROWS,
        density if density in DENSITIES else "",
        min(pin, MOST_PINNED) if pin > 1 else 0,  # the first column always stays
        _widths(told.get("widths", "")),
    )


def encoded(name: str) -> str:
    """A column's name inside a list of names, as the grammar of lists writes it."""
    return quote(name, safe="").replace(".", "%2E")


def _widths(text: str) -> Mapping[str, str]:
    found = {}
    for part in text.split(",")[: 4 * MOST_SIZED]:
        name, _, width = part.rpartition(".")
        if name and width in WIDTHS:
            found[unquote(name)] = width
    return MappingProxyType(found)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 5 else 0
