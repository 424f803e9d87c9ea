"""What stands in the fields of the filter panel's form, as the request has it and as a filter has it.

Without scripts the button `take` beside a row that was found carries the field's name and the row's key.
"""

from __future__ import annotations

import json
from datetime import datetime

from flask import request

from ops.conditions import Clock, with_zone


def typed(name: str) -> str:
    """What stands in a field."""
    return taken_of(request.args.get("take")).get(name, request.args.get(name, ""))


def several_typed() -> list[str]:
    """The values of the request for "is one of": of boxes, of fields of their own, or one a line."""
    taken = taken_of(request.args.get("take"))
    texts = [
        taken.get(name, text) for name, text in request.args.items(multi=True) if name.startswith("add.many")
    ]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [line for line in lines if line]


def taken_of(text: str | None) -> dict[str, str]:
    """The fields that a chosen row fills, by their names; none where the text is not of such a button."""
    try:
        return {str(name): str(value) for name, value in json.loads(text or "[]")}
    except (ValueError, TypeError, RecursionError):
        return {}


def day_and_time(text: str, zone: str, *, zoned: bool) -> tuple[str, str]:
    """A moment as its day and its time on the reader's clock; a whole day has no time."""
    clock = Clock.here(zone)
    try:
        at = datetime.fromisoformat(with_zone(text, clock) if zoned else text)
    except ValueError:
        return text, ""
    if len(text.strip()) == 10:
        return text.strip(), ""
    at = at.astimezone(clock.place) if at.tzinfo else at
    return at.date().isoformat(), at.time().isoformat("minutes" if not at.second else "auto")
