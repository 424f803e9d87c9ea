"""Fields as markup: what does not differ from one record to the next is rendered once by its template, then kept.

What differs are the value, what it was filled from, what the row is called that it names, and which of several rows it
is of: these are holes (`ops.web.records.holed`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any, cast

from flask import current_app
from markupsafe import Markup

from ops.catalog import Column
from ops.records import Offer
from ops.web.kept import kept
from ops.web.marks import escaped
from ops.web.records.fields import Field
from ops.web.records.holed import Holed, hole

MOST = 2000  # fields of half a kilobyte
_FREE = frozenset(
    {"text", "mono", "number", "textarea", "list", "json", "date", "moment", "wall", "clock", "picker"}
)
_CHOSEN = frozenset({"select", "yes_no"})  # where the value is one of few: it tells one field from another
_KNOWN = _FREE | _CHOSEN


def control(one: Field, found: tuple[str, Sequence[Offer]] | None = None) -> Markup:
    """The field as templates/records/_control.html has it; `found`: what a search for the text of a field found."""
    known = _key(one) if not found and not kept().fresh else None
    if known is None:
        return _rendered(one, found)
    memory: dict[Hashable, tuple[Column, Holed]] = current_app.extensions.setdefault(
        "countersign_controls", {}
    )
    made = memory.get(known)
    if made is None or made[0] is not one.column:
        if len(memory) >= MOST:
            memory.clear()
        made = memory[known] = (one.column, Holed(_rendered(_emptied(one))))
    title = one.choice.title if one.choice else None
    return made[1].filled(
        {
            "value": escaped(one.value) if one.value else "",
            "hidden": escaped(one.hidden) if one.hidden else "",
            "title": escaped(title) if title else "",
            "prefix": one.prefix,
        }
    )


def _rendered(one: Field, found: tuple[str, Sequence[Offer]] | None = None) -> Markup:
    macros: Any = current_app.jinja_env.get_template("records/_control.html").module
    return cast(Markup, macros.control(one, found))


def _key(one: Field) -> Hashable:
    """All that the markup follows from beside what the holes are filled with; None where it is not worth keeping."""
    if one.error is not None or one.now is not None or one.control not in _KNOWN:
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
        value=hole("value") if one.control in _FREE else one.value,
        hidden=None if one.hidden is None else hole("hidden"),
        choice=replace(one.choice, title=hole("title")) if one.choice else None,
        prefix=hole("prefix"),
    )
