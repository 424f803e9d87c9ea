"""Fields as markup: what does not differ from one record to the next is rendered once by its template, then kept.

What differs are the value, what it was filled from, what the row is called that it names, and which of several rows it
is of. Where they stand holes are left, to be filled with what markup may hold.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, cast

from flask import current_app
from markupsafe import Markup, escape

from ops.catalog import Column
from ops.records import Offer
from ops.web.kept import kept
from ops.web.records.fields import Field

MOST = 2000  # fields of half a kilobyte
# Of letters and figures alone, which stand alike in names, ids and texts; nobody outside this process can write them.
_MARK = "hole" + secrets.token_hex(16)
_VALUE, _HIDDEN, _TITLE, _PREFIX = (f"{_MARK}{letter}z" for letter in "vhtp")
_HOLES = re.compile(f"{_MARK}([vhtp])z")
_FREE = frozenset(
    {"text", "mono", "number", "textarea", "list", "json", "date", "moment", "wall", "clock", "picker"}
)
_CHOSEN = frozenset({"select", "yes_no"})  # where the value is one of few: it tells one field from another
_Parts = tuple[Column, list[str]]


def control(one: Field, found: tuple[str, Sequence[Offer]] | None = None) -> Markup:
    """The field as templates/records/_control.html has it; `found`: what a search for the text of a field found."""
    known = _key(one) if not found and not kept().fresh else None
    if known is None:
        return _rendered(one, found)
    memory: dict[Hashable, _Parts] = current_app.extensions.setdefault("countersign_controls", {})
    parts = memory.get(known)
    if parts is None or parts[0] is not one.column:
        if len(memory) >= MOST:
            memory.clear()
        parts = memory[known] = (one.column, _HOLES.split(_rendered(_emptied(one))))
    texts = {
        "v": escape(one.value or ""),
        "h": escape(one.hidden or ""),
        "t": escape((one.choice.title if one.choice else None) or ""),
        "p": one.prefix,
    }
    filled = (texts[part] if place % 2 else part for place, part in enumerate(parts[1]))
    return Markup("".join(filled))  # noqa: S704 - the output of a template, with escaped values in it


def _rendered(one: Field, found: tuple[str, Sequence[Offer]] | None = None) -> Markup:
    macros: Any = current_app.jinja_env.get_template("records/_control.html").module
    return cast(Markup, macros.control(one, found))


def _key(one: Field) -> Hashable:
    """All that the markup follows from beside what the holes are filled with; None where it is not worth keeping."""
    if one.error is not None or one.now is not None or one.control not in _FREE | _CHOSEN:
        return None
    value = None
    if one.control in _CHOSEN:
        value = one.value
        if one.control == "select" and value and value not in {key for key, _ in one.options}:
            return None
    choice = (one.choice.source, tuple(one.choice.fills)) if one.choice else None
    about = (one.null, one.hint, one.required, one.wide, one.blank, one.placeholder, one.rows, one.native)
    return (
        id(one.column),
        one.control,
        one.kind,
        value,
        one.hidden is None,
        choice,
        tuple(one.options),
        *about,
    )


def _emptied(one: Field) -> Field:
    return replace(
        one,
        value=_VALUE if one.control in _FREE else one.value,
        hidden=None if one.hidden is None else _HIDDEN,
        choice=replace(one.choice, title=_TITLE) if one.choice else None,
        prefix=_PREFIX,
    )
