"""Days and moments as people mean them: a day typed is that whole day in their zone, "today" is theirs too.

What is typed stands for a stretch of time, from its beginning up to, not including, its end: a date for a day, a time
without seconds for a minute, anything longer for one instant. Weeks begin on Monday (ISO 8601).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PERIODS = (
    *("today", "yesterday", "tomorrow", "this-week", "last-week", "next-week", "this-month", "last-month"),
    *("next-month", "this-quarter", "last-quarter", "this-year", "last-year"),
)
MOST_DAYS = 36_500
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MOMENT = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[ T]\d\d:\d\d)(?P<second>:\d\d(?:\.\d{1,6})?)?\s?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?\Z",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and where: "today" needs both."""

    now: datetime
    zone: str = "UTC"

    @classmethod
    def here(cls, zone: str) -> Clock:
        """The time it is now, for somebody in `zone`; an unknown zone is UTC."""
        return cls(datetime.now(UTC), zone)

    @property
    def place(self) -> ZoneInfo:
        """The zone itself."""
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            return ZoneInfo("UTC")

    @property
    def today(self) -> date:
        """The date there."""
        return self.now.astimezone(self.place).date()


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `first` up to `beyond`, which is no longer in it; both as PostgreSQL reads them. None: one instant."""

    first: str
    beyond: str | None


def period(name: str, today: date) -> tuple[date, date]:
    """The first day of a period and the day after its last. Raises KeyError for an unknown name."""
    near = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if name in near:
        first = today + timedelta(days=near[name])
        return first, first + timedelta(days=1)
    which, _, unit = name.partition("-")
    step = {"this": 0, "last": -1, "next": 1}[which]
    if unit == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return first, first + timedelta(weeks=1)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    begun = (today.year * 12 + today.month - 1) // months * months + step * months
    return _month(begun), _month(begun + months)


def begins(day: date, clock: Clock, *, zoned: bool) -> str:
    """When the day begins there, for a column with a zone; else its midnight on any wall."""
    if not zoned:
        return f"{day.isoformat()} 00:00:00"
    return datetime.combine(day, time(), clock.place).astimezone(UTC).isoformat(" ")


def now_there(clock: Clock, *, zoned: bool) -> str:
    """This moment, for a column with a zone; else what a clock on a wall there shows."""
    if zoned:
        return clock.now.astimezone(UTC).isoformat(" ")
    return clock.now.astimezone(clock.place).replace(tzinfo=None).isoformat(" ")


def stretch(text: str, clock: Clock, *, zoned: bool) -> Stretch:
    """What a text typed for a moment stands for. What only PostgreSQL can read ("infinity") stays as it is."""
    text = text.strip()
    try:
        if _DATE.match(text):
            day = date.fromisoformat(text)
            return Stretch(
                begins(day, clock, zoned=zoned), begins(day + timedelta(days=1), clock, zoned=zoned)
            )
        found = _MOMENT.match(text)
        if found is None:
            return Stretch(text, None)
        first = _moment(found, clock, zoned=zoned)
        if found["second"]:
            return Stretch(first.isoformat(" "), None)
        return Stretch(first.isoformat(" "), (first + timedelta(minutes=1)).isoformat(" "))
    except (ValueError, OverflowError):
        return Stretch(text, None)  # no day of any calendar: PostgreSQL will say so


def with_zone(text: str, clock: Clock) -> str:
    """The same moment with the zone it was typed in, so that it stays itself where somebody else opens it."""
    found = _MOMENT.match(text.strip())
    if found is None or found["zone"]:
        return text
    try:
        at = datetime.fromisoformat(text.strip()).replace(tzinfo=clock.place)
        offset = at.strftime("%z")
    except (ValueError, OverflowError):
        return text
    return f"{found['minute'].replace(' ', 'T')}{found['second'] or ''}{offset[:3]}:{offset[3:5]}"


def _moment(found: re.Match[str], clock: Clock, *, zoned: bool) -> datetime:
    at = datetime.fromisoformat(found["minute"] + (found["second"] or ""))
    if not zoned:
        return at  # PostgreSQL too leaves a zone aside that is written for a clock on a wall
    if found["zone"] is None:
        return at.replace(tzinfo=clock.place).astimezone(UTC)
    zone = found["zone"] if found["zone"] == "Z" or len(found["zone"]) > 3 else found["zone"] + ":00"
    return datetime.fromisoformat(at.isoformat() + zone).astimezone(UTC)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
