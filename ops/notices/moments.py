"""Moments in letters, on the clock of the person they are for."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates


def zone_of(name: str) -> ZoneInfo:
    """The person's time zone, or UTC where it is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def said(moment: datetime, timezone: str, locale: str) -> str:
    """Day and time with the zone they are in: a letter is read anywhere."""
    zone = zone_of(timezone)
    try:
        known = Locale.parse(locale)
    except (ValueError, UnknownLocaleError):
        known = Locale("en")
    local = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=UTC).astimezone(zone)
    text = dates.format_datetime(local, "medium", tzinfo=zone, locale=known)
    return f"{text} ({zone.key})"
