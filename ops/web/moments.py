"""A moment a person chooses in a form, on the clocks of their own zone: read from the field, and written into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ops.changes import Invalid
from ops.changes.times import FIELD
from ops.words import t

__all__ = ["APPLY_AT", "AT_ONCE", "FIELD", "Later", "chosen", "later", "problem", "written"]

APPLY_AT = "apply_at"  # the control; what the door says of it is named by ops.changes.times.FIELD


@dataclass(frozen=True, slots=True)
class Later:
    """The field as a form shows it (components/later.html): what stands in it, whose clocks, what is wrong with it."""

    text: str = ""
    zone: str = "UTC"
    error: str | None = None


AT_ONCE = Later()


def problem(text: str) -> tuple[str, str, str]:
    """A sentence of the door about the field, as a form's list of errors wants it."""
    return APPLY_AT, t("changes.apply_at"), text


def later(text: str, timezone: str, fields: Mapping[str, str] | None = None) -> Later:
    """The field with what was typed; `fields` are the sentences of what the door refused."""
    return Later(text, timezone, (fields or {}).get(FIELD))


def chosen(form: Mapping[str, str], timezone: str) -> datetime | None:
    """The moment in the field; None where it is empty. Raises Invalid, beside the field."""
    text = form.get(APPLY_AT, "").strip().replace(" ", "T", 1)
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({FIELD: t("door.times.unread")}) from None
    zone = ZoneInfo(timezone)
    moment = read if read.tzinfo is not None else read.replace(tzinfo=zone)
    try:
        there = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # the first and the last day of the calendar
        raise Invalid({FIELD: t("door.times.unread")}) from None
    # An hour that the clocks skip is none: whoever typed it is told, and nothing is guessed.
    if read.tzinfo is None and there != read:
        raise Invalid({FIELD: t("door.times.skipped")})
    return moment


def written(moment: datetime | None, timezone: str) -> str:
    """What stands in the field for a moment."""
    return "" if moment is None else moment.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M")
