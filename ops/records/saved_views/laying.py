"""A view's state and an address's own, laid one over the other, aspect by aspect.

The aspects of a list are its filters (all of them together), its search, its order, its columns, and each part of
how it looks. An address that names an aspect replaces that aspect of the view, also with nothing: `f=` is "no
filter", `sort=` the table's own order. The rest stays the view's.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from ops.records.query import CURSORS, MOST_FIELDS

LOOKS = ("size", "density", "pin", "widths")
_ASPECTS = frozenset(("q", "sort", "columns", *LOOKS))
_FILTERS = "f"

Pairs = list[tuple[str, str]]


def split(query: str | Iterable[tuple[str, str]]) -> dict[str, Pairs]:
    """The arguments of a query string by aspect; "" holds those of none (the place in the list, and others)."""
    pairs = query if not isinstance(query, str) else _parsed(query)
    found: dict[str, Pairs] = {}
    for name, value in pairs:
        found.setdefault(_aspect(name), []).append((name, value))
    return found


def laid_over(saved: Iterable[str], given: str) -> str:
    """The query string of the view's `saved` parts with what an address gives on top; no view's number in it."""
    told = split(given)
    below = {aspect: pairs for text in saved for aspect, pairs in split(text).items() if aspect}
    both = {**below, **told}
    left_out = (_FILTERS, "view")
    return urlencode(
        [(name, value) for pairs in both.values() for name, value in pairs if name not in left_out]
    )


def without_filters(query: str) -> str:
    """The same state with no filter in it."""
    return urlencode([pair for aspect, pairs in split(query).items() if aspect != _FILTERS for pair in pairs])


def difference(saved: Iterable[str], wanted: str) -> Pairs:
    """What an address must give on top of the view, so that `wanted` comes of it: `laid_over` backwards."""
    below = {aspect: pairs for text in saved for aspect, pairs in split(text).items() if aspect}
    above = split(wanted)
    said = [pair for aspect, pairs in above.items() if pairs != below.get(aspect) for pair in pairs]
    return said + [(aspect, "") for aspect in below if aspect not in above]


def names_state(query: str) -> bool:
    """Whether an address says anything of a list's state, its place included."""
    told = split(query)
    return any(aspect for aspect in told) or any(name in CURSORS for name, _ in told.get("", ()))


def _aspect(name: str) -> str:
    if name == _FILTERS or name.startswith("f."):
        return _FILTERS
    return name if name in _ASPECTS else ""


def _parsed(query: str) -> Pairs:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:  # more than a list may have: its own reader says so
        return parse_qsl(query, keep_blank_values=True)
