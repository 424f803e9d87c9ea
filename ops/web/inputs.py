"""How a value stands in a control that is not PostgreSQL's own text, and how it comes back unharmed.

A form says in `k.COLUMN` what stands in `v.COLUMN`: "list" (an array, one item a line), "moment ZONE" (date and time on
the clocks of that zone, `z.COLUMN` being the zone the person chose), "wall" (date and time of no zone), "clock" (a time
of day). A value that such a control cannot hold in full (infinity, a year before Christ, 24:00, an array with NULLs or
of arrays) has no such kind: it stands there as PostgreSQL writes it. So whatever was not touched stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from ops.catalog import Column
from ops.changes import fold
from ops.words import t

# One clock for each offset people live in, beside one's own and UTC: never a list of four hundred.
ZONES = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver", "America/Chicago",
    "America/New_York", "America/Halifax", "America/Sao_Paulo", "Atlantic/Azores", "Europe/London", "Europe/Amsterdam",
    "Europe/Athens", "Africa/Lagos", "Africa/Johannesburg", "Africa/Nairobi", "Europe/Istanbul", "Asia/Dubai",
    "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo",
    "Australia/Adelaide", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
# Types whose values can be the empty text. For all others an emptied control means no value.
_EMPTY_TEXT = frozenset({"text", "xml", "bytes", "bits", "search", "other"})
_ZONED = re.compile(r"(?:[+-]\d{1,2}(?::?\d{2}){0,2}|[Zz]|\b[A-Za-z]{3,5}|[A-Za-z_]+/[A-Za-z_/]+)(?: BC)?$")
_WORDS = frozenset({"now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity"})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_UNESCAPED = re.compile(r"\\(.)", re.S)


class Unreal(Exception):
    """What was typed names no moment: clocks of the zone skip it. The message is for the person."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What stands in a control. `zone` is the one it was filled in; `chosen` the one the person chose."""

    name: str
    zone: str = ""
    chosen: str = ""

    @property
    def text(self) -> str:
        """As the form carries it beside the control."""
        return f"{self.name} {self.zone}" if self.zone else self.name


PLAIN = Kind("")


def can_be_empty(column: Column, kind: Kind = PLAIN) -> bool:
    """Whether an empty control is a value of the column, so that a box must tell it from NULL."""
    empty_choice = column.category == "enum" and "" in column.enum_values
    return column.category in _EMPTY_TEXT or empty_choice or kind.name == "list"


def kind_of(column: Column, text: str | None, zone: str) -> Kind:
    """The kind of control that can hold `text` (None: an empty one) for somebody in `zone`."""
    if column.category == "array" and column.element != "box":
        return Kind("list") if text is None or _lines(text) is not None else PLAIN
    if column.category == "timestamp":
        if "with time zone" not in column.base:
            return Kind("wall") if text is None or _wall(text) is not None else PLAIN
        if text is None:
            return Kind("moment", zone, zone)
        # In the hour that clocks show twice, one's own zone would not tell which of the two is meant.
        found = next((name for name in (zone, "UTC") if _local(text, name) is not None), None)
        return Kind("moment", found, found) if found else PLAIN
    if column.base.startswith("time") and "with time zone" not in column.base and column.category == "time":
        return Kind("clock") if text is None or _clock(text) is not None else PLAIN
    return PLAIN


def posted_kind(text: str | None, chosen: str | None) -> Kind:
    """The kind a form brought back; anything that is none of ours is plain."""
    name, _, zone = (text or "").partition(" ")
    if name == "moment" and _zone(zone) is not None:
        return Kind(name, zone, chosen if chosen and _zone(chosen) is not None else zone)
    return Kind(name) if name in ("list", "wall", "clock") else PLAIN


def written(kind: Kind, text: str | None) -> str | None:
    """What stands in the control for a value; None where this kind cannot hold it."""
    if text is None:
        return None
    if kind.name == "list":
        items = _lines(text)
        return None if items is None else "\n".join(items)
    if kind.name == "moment":
        return _local(text, kind.zone)
    if kind.name == "wall":
        return _wall(text)
    return _clock(text) if kind.name == "clock" else text


def same(kind: Kind, base: str | None, posted: str) -> bool:
    """Whether the control came back as it was filled; browsers write 09:30:00 as 09:30."""
    filled = written(kind, base)
    if filled is None or kind.chosen != kind.zone:
        return False
    if kind.name == "list":
        return _posted_lines(posted) == filled.split("\n") or posted.strip() == filled == ""
    return posted == filled or (_parsed(posted) is not None and _parsed(posted) == _parsed(filled))


def read(kind: Kind, posted: str) -> str:
    """The value that was typed, as PostgreSQL reads it. Raises Unreal."""
    if kind.name == "list":
        return _array(_posted_lines(posted))
    if kind.name == "wall":
        return posted.strip().replace("T", " ")
    return _moment(posted.strip(), kind.chosen) if kind.name == "moment" else posted


def is_plain_clock(text: str | None) -> bool:
    """Whether a browser's own control for dates and times holds the text: it knows no fraction below 0.001."""
    found = _parsed(text) if text else None
    return not text or (found is not None and found.microsecond % 1000 == 0 and found.tzinfo is None)


def zones(*own: str) -> list[str]:
    """The zones one may choose: `own`, UTC, and one for each part of the world."""
    return list(dict.fromkeys(name for name in (*own, "UTC", *ZONES) if name))


def _moment(text: str, zone: str) -> str:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        zoned = text.lower() in _WORDS or _ZONED.search(text) or not text
        return text if zoned or zone == "UTC" else f"{text} {zone}"
    if given.tzinfo is not None:
        return text
    found = _zone(zone) or ZoneInfo("UTC")
    try:
        moment = given.replace(tzinfo=found).astimezone(UTC)
        if moment.astimezone(found).replace(tzinfo=None) != given:
            raise Unreal(t("records.no_such_moment", zone=zone))
    except OverflowError:
        return f"{text} {zone}"
    return moment.replace(tzinfo=None).isoformat(" ") + "+00"


def _local(text: str, zone: str) -> str | None:
    found = _zone(zone)
    try:
        moment = datetime.fromisoformat(text)
        if found is None or moment.tzinfo is None:
            return None
        local = moment.astimezone(found)
    except (ValueError, OverflowError):
        return None
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        return None
    return _short(local.replace(tzinfo=None, fold=0))


def _wall(text: str) -> str | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _short(found) if found.tzinfo is None else None


def _clock(text: str) -> str | None:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None  # 24:00:00
    return _short(found) if found.tzinfo is None else None


def _short(found: datetime | time) -> str:
    """As browsers write it: no seconds where there are none."""
    if found.microsecond and found.microsecond % 1000 == 0:
        return found.isoformat(timespec="milliseconds")
    return found.isoformat(timespec="auto" if found.second or found.microsecond else "minutes")


def _parsed(text: str) -> datetime | time | None:
    for kind in (datetime, time):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    return None


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def _lines(text: str) -> list[str] | None:
    """The items of an array that can stand one a line; None for one with NULLs, of arrays, or with its own bounds."""
    if fold(text) != text or len(text) < 2 or text[0] != "{" or text[-1] != "}":
        return None
    inside, items, at = text[1:-1], [], 0
    while inside:
        quoted = _QUOTED.match(inside, at)
        end = quoted.end() if quoted else _next(inside, at)
        item = _UNESCAPED.sub(r"\1", quoted[1]) if quoted else inside[at:end]
        plain = quoted or not (set(item) & set('{}"\\') or item.upper() == "NULL")
        if not plain or not item or item != item.strip() or len(item.splitlines()) != 1:
            return None
        items.append(item)
        if end == len(inside):
            break
        if inside[end] != ",":
            return None
        at = end + 1
    return items


def _next(text: str, at: int) -> int:
    found = text.find(",", at)
    return len(text) if found < 0 else found


def _posted_lines(posted: str) -> list[str]:
    return [line.strip() for line in re.split(r"\r\n|\r|\n", posted) if line.strip()]


def _array(items: list[str]) -> str:
    escaped = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in escaped) + "}"
