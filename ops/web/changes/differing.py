"""A value before and after, told by its type: words of texts, distances of numbers and dates, paths of JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from functools import partial

from markupsafe import Markup

from ops.catalog import Column, Table
from ops.web.changes import paths
from ops.web.changes.words_apart import Patience, apart
from ops.web.formats import Formats
from ops.web.shown import Reader
from ops.web.visible import marked
from ops.words import t

Text = Markup | str | None
_TEXTS = frozenset({"text", "xml", "other", "network", "search"})
_NUMBERS = frozenset({"integer", "number"})
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Part:
    """One line below the values: a path or an item that came, went or changed."""

    what: str
    path: Text
    was: Text
    will_be: Text


@dataclass(frozen=True, slots=True)
class Told:
    """What can be said of two values beside the values. `was` and `will_be`: with marks, where words are marked."""

    note: str | None = None
    was: Markup | None = None
    will_be: Markup | None = None
    parts: tuple[Part, ...] = ()
    more: int = 0

    @property
    def worded(self) -> bool:
        """Whether the marks stand in the values themselves."""
        return self.was is not None


NOTHING = Told()


def told(
    table: Table, column: Column, was: str | None, will_be: str | None, formats: Formats, patience: Patience
) -> Told:
    """What to say of `was` becoming `will_be`, both of PostgreSQL's text, both shown in full beside it."""
    if was is None or will_be is None or was == will_be:
        return NOTHING
    category = column.category
    if category == "json":
        return _pieces(paths.of_json(was, will_be)) or _words(was, will_be, patience)
    if category == "array":
        return _pieces(paths.of_array(was, will_be)) or NOTHING
    if category in _TEXTS:
        return _words(was, will_be, patience)
    if category in _NUMBERS and not _names_a_row(table, column):
        return Told(distance(was, will_be, formats, partial(Reader(table, formats).figure, column.name)))
    if category in _SPANS:
        return Told(_SPANS[category](was, will_be, formats))
    return NOTHING


def _names_a_row(table: Table, column: Column) -> bool:
    """Whether the number is the name of a row: how much larger another name is means nothing."""
    return column.name in table.key or any(column.name in one.columns for one in table.foreign_keys)


def _words(was: str, will_be: str, patience: Patience) -> Told:
    found = apart(was, will_be, patience)
    if found is None:
        return NOTHING
    out = t("differing.words_out", count=found.out) if found.out else ""
    into = t("differing.words_into", count=found.into) if found.into else ""
    note = ", ".join(one for one in (out, into) if one) or t("differing.blanks")
    return Told(note, found.was, found.will_be)


def _pieces(found: paths.Pieces | None) -> Told | None:
    if found is None:
        return None
    parts = tuple(
        Part(one.what, marked(one.path), marked(one.was), marked(one.will_be)) for one in found.listed
    )
    return Told(t("differing.reordered") if found.reordered else None, parts=parts, more=found.more)


def distance(
    was: str, will_be: str, formats: Formats, figure: Callable[[str], str] | None = None
) -> str | None:
    """+13,000.00 (+260 %), with no break before the sign; `figure`: how the column's numbers are read."""
    try:
        before, after = Decimal(was), Decimal(will_be)
    except InvalidOperation:
        return None
    if not all(one.is_finite() and -100 < one.adjusted() < 100 for one in (before, after)):
        return None
    with localcontext(prec=400):
        delta = after - before
        if not delta:
            return t("differing.same_number")
        said = _signed(delta, (figure or formats.number)(format(abs(delta), "f")))
        if not before:
            return said
        return f"{said} ({_signed(delta, _per_cent(abs(delta * 100 / before), formats))}\N{NO-BREAK SPACE}%)"


def _per_cent(share: Decimal, formats: Formats) -> str:
    # Two digits that count, however small; whole ones where it is much.
    places = 0 if share >= 100 else 1 if share >= 1 else min(max(1 - share.adjusted(), 2), 8)
    rounded = share.quantize(Decimal(1).scaleb(-places))
    plain = format(rounded, "f")
    return formats.number(plain.rstrip("0").rstrip(".") if "." in plain else plain)


def _signed(delta: Decimal, said: str) -> str:
    return ("+" if delta > 0 else "−") + said


def _days(was: str, will_be: str, formats: Formats) -> str | None:
    try:
        days = (date.fromisoformat(will_be) - date.fromisoformat(was)).days
    except ValueError:
        return None  # infinity, a year before Christ
    return _later(days > 0, t("differing.day", count=abs(days), n=formats.number(abs(days))))


def _moments(was: str, will_be: str, formats: Formats) -> str | None:
    try:
        distance = datetime.fromisoformat(will_be) - datetime.fromisoformat(was)
    except (ValueError, TypeError, OverflowError):
        return None
    left = abs(distance) // timedelta(seconds=1)
    said = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            said.append(t(f"differing.{unit}", count=count, n=formats.number(count)))
    if not said:
        return t("differing.less_than_second") if distance else t("differing.same_moment")
    return _later(distance > timedelta(0), " ".join(said))


def _later(later: bool, distance: str) -> str:
    return t("differing.later" if later else "differing.earlier", distance=distance)


_SPANS: dict[str, Callable[[str, str, Formats], str | None]] = {"date": _days, "timestamp": _moments}
