"""Dates and times as people write them, into PostgreSQL's own form; never guessed where they could be two days."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_OTHER = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})\.?", re.ASCII)
# A month by its English name can be nothing else, so no habit is asked: 21-NOV-2026, 21 November 2026, Nov 21, 2026.
_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[ .-]{1,2}([A-Za-z]{3,9})\.?[ ,-]{1,2}(\d{4})|"
    r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})",
    re.ASCII,
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAY = re.compile(rf"{_NAMED.pattern}|\d{{8}}(?!\d)|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}\.?", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?\s*([AaPp]\.?[Mm]\.?)?\s*"
    r"(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)


class Twice(ValueError):
    """A local time that is there twice, or not at all, in its time zone: the clocks change then."""


def day(text: str, dates: str) -> str | None:
    """`YYYY-MM-DD`, or None where the text is no date in this habit ("iso", "dmy" or "mdy")."""
    plain = text.strip()
    found = _ISO.fullmatch(plain) or _BASIC.fullmatch(plain)
    if found is not None:
        return _day(found[1], found[2], found[3])
    found = _NAMED.fullmatch(plain)
    if found is not None:
        return _day(found[3] or found[6], _month(found[2] or found[4]), found[1] or found[5])
    found = _OTHER.fullmatch(plain)
    if found is None or dates not in ("dmy", "mdy"):
        return None
    first, second, year = found.groups()
    return _day(year, second, first) if dates == "dmy" else _day(year, first, second)


def moment(text: str, dates: str, zone: str | None = None) -> str | None:
    """`YYYY-MM-DD HH:MM:SS…`, with an offset where `zone` is given; None where it is no moment in this habit.

    A time without an offset is one of `zone`'s. Raises Twice where the clocks make it unclear.
    """
    plain = text.strip()
    begins = _DAY.match(plain)
    if begins is None:
        return None
    on = day(begins[0], dates)
    if on is None:
        return None
    rest = plain[begins.end() :].lstrip("Tt, \u00a0\u202f")
    if not rest:
        at, offset = "00:00:00", ""
    else:
        split = _clock(rest)
        if split is None:
            return None
        at, offset = split
    if zone is None:
        return f"{on} {at}{offset}"
    return f"{on} {at}{offset or _offset(on, at, zone)}"


def clock(text: str) -> str | None:
    """`HH:MM:SS…` and an offset if there is one, or None where the text is no time of day."""
    found = _clock(text.strip())
    return None if found is None else found[0] + found[1]


def habit(samples: Iterable[str]) -> str | None:
    """ "iso", "dmy" or "mdy": how these texts write a day; None where they could be either of the two."""
    pairs = []
    for text in samples:
        begins = _DAY.match(text.strip())
        found = _OTHER.fullmatch(begins[0]) if begins else None
        if found:
            pairs.append((int(found[1]), int(found[2])))
    if not pairs:
        return "iso"
    day_first = any(first > 12 for first, _ in pairs)
    month_first = any(second > 12 for _, second in pairs)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    # With a day and a month of one number it is the same either way.
    return "dmy" if not day_first and all(first == second for first, second in pairs) else None


def _month(name: str) -> str:
    """The month's number; 0 where it is none."""
    said = name.lower()
    found = [
        n for n, month in enumerate(_MONTHS, 1) if said in (month, month[:3]) or (said == "sept" and n == 9)
    ]
    return str(found[0]) if found else "0"


def _day(year: str, month: str, day_: str) -> str | None:
    try:
        return date(int(year), int(month), int(day_)).isoformat()
    except ValueError:
        return None


def _clock(text: str) -> tuple[str, str] | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = int(found[1]), found[2], found[3] or "00"
    if found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[5][0] in "Pp" else 0)
    if hour > 24 or (hour == 24 and (minute, second) != ("00", "00")) or int(minute) > 59 or int(second) > 59:
        return None
    fraction = f".{found[4]}" if found[4] else ""
    zone = found[6] or ""
    if zone in ("Z", "UTC", "GMT"):
        zone = "+00"
    return f"{hour:02d}:{minute}:{second}{fraction}", zone


def _offset(on: str, at: str, zone: str) -> str:
    if at.startswith("24"):
        local = datetime.fromisoformat(f"{on} 00:00:00") + timedelta(days=1)
    else:
        local = datetime.fromisoformat(f"{on} {at[:8]}")
    place = _zone(zone)
    first = local.replace(tzinfo=place).utcoffset() or timedelta()
    second = local.replace(tzinfo=place, fold=1).utcoffset() or timedelta()
    if first != second:
        raise Twice(zone)
    seconds = int(first.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    hours, rest = divmod(seconds, 3600)
    text = f"{sign}{hours:02d}:{rest // 60:02d}"
    return text + (f":{rest % 60:02d}" if rest % 60 else "")


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def known_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
