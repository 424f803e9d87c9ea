"""What a posted form means: which columns were touched, and what they shall hold.

A form carries, for each column it offers, the control (`v.COLUMN`), the box "No value" (`v.COLUMN--null`) and what the
control was filled from (`b.COLUMN`). A column counts as touched only if the posted text differs from the rendered one.
What stands in a control that is not PostgreSQL's own text, `inputs` says (`k.COLUMN`, `z.COLUMN`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ops.catalog import Column, Table
from ops.changes import fold
from ops.web import inputs
from ops.web.inputs import PLAIN, Kind, Unreal, can_be_empty
from ops.web.json_text import laid_out
from ops.web.moments import APPLY_AT

_BOX = "--null"
_JSON = json.JSONEncoder(ensure_ascii=False)  # made once: `json.dumps` makes one for every value
_PREFIXES = (
    "v",
    "b",
    "c",
    "keep",
    "k",
)  # control, what it was filled from, its value now, the choice, its kind


class Torn(Exception):
    """The form is not one we wrote: a hidden field is missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one control was filled with, as the form brings it back."""

    base: str | None  # the value as the door compares it: over 8 kB its digest
    plain: str | None  # of the text in the control, without regard to line ends: itself, or its digest
    breaks: str = "\n"  # how the value's lines end

    def same(self, posted: str) -> bool:
        """Whether the control came back as it was."""
        if self.plain is None:
            return False
        plain = _plain(posted)
        return self.plain in (plain, _digest(plain))


@dataclass(frozen=True)
class Posted:
    """A form taken apart: `after` the touched columns, `base` what they were, `typed` every control as it came."""

    after: dict[str, str | None] = field(default_factory=dict)
    base: dict[str, str | None] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    null: frozenset[str] = frozenset()
    hidden: dict[str, str] = field(default_factory=dict)
    now: dict[str, str] = field(
        default_factory=dict
    )  # after a conflict: what the page showed as today's value
    kept: dict[str, str] = field(default_factory=dict)  # and the choice: column -> "mine" or "theirs"
    kinds: dict[str, Kind] = field(default_factory=dict)
    wrong: dict[str, str] = field(
        default_factory=dict
    )  # sentences about what cannot be meant, seen before the door
    reason: str = ""
    apply_at: str = ""

    def takes_theirs(self, name: str) -> bool:
        """Whether the person gave way in a conflict."""
        return self.kept.get(name) == "theirs" and name in self.now

    def seen(self, name: str) -> str | None:
        """What the person compared their value with: the field as it was filled, or after a conflict today's."""
        return (
            self.now.get(name)
            if self.kept.get(name) == "mine" and name in self.now
            else self.hidden.get(name)
        )

    def kind(self, name: str) -> Kind:
        """What stood in the control."""
        return self.kinds.get(name, PLAIN)


def control_text(column: Column, text: str | None) -> str | None:
    """What stands in the control for a value: jsonb laid out for reading, all else as PostgreSQL writes it."""
    return laid_out(text) if text is not None and column.base == "jsonb" else text


def rendered(column: Column, text: str | None) -> str:
    """The hidden field beside a control filled from `text`: JSON, because browsers turn line ends into CRLF."""
    folded = fold(text)
    if folded == text:
        return _JSON.encode(text)
    shown = control_text(column, text) or ""
    breaks = _breaks(text or "")
    return json.dumps({"fold": folded, "plain": _digest(_plain(shown)), "breaks": breaks})


def read_rendered(column: Column, hidden: str | None) -> Rendered:
    """The other way. Raises Torn."""
    try:
        value = json.loads(hidden or "")
    except (ValueError, RecursionError):  # a hundred thousand brackets are nothing a form of ours carries
        raise Torn from None
    if value is None:
        return Rendered(None, None)
    if isinstance(value, str):
        return Rendered(fold(value), _plain(control_text(column, value) or ""), _breaks(value))
    if isinstance(value, dict) and {"fold", "plain", "breaks"} == set(value):
        return Rendered(str(value["fold"]), str(value["plain"]), str(value["breaks"]))
    raise Torn


def edited(table: Table, form: Mapping[str, str]) -> Posted:
    """An edit form. Names that are no control of ours are taken over as they are: the door refuses them (P15).

    Raises Torn for a control without the field that says what it was filled with.
    """
    posted = _controls(table, form)
    for name in _names(posted):
        column = table.columns.get(name)
        if column is None:
            posted.after[name] = posted.typed.get(name)
            posted.base[name] = None
            continue
        if _as_filled(column, posted, name):
            continue
        was = read_rendered(column, posted.hidden.get(name))
        try:
            touched = _touched(column, was, posted, name)
        except Unreal as error:
            posted.wrong[name] = str(error)
            continue
        if touched is not None and not posted.takes_theirs(name):
            posted.after[name] = touched[0]
            posted.base[name] = read_rendered(column, posted.seen(name)).base
    return posted


def created(table: Table, form: Mapping[str, str]) -> Posted:
    """A form for a new record: a control left empty is left out, so that the database's default acts."""
    posted = _controls(table, form)
    for name in _names(posted):
        column = table.columns.get(name)
        if column is None:
            posted.after[name] = posted.typed.get(name)
            continue
        try:
            given = _given(column, posted, name)
        except Unreal as error:
            posted.wrong[name] = str(error)
            continue
        if given is not None:
            posted.after[name] = given[0]
    return posted


def _given(column: Column, posted: Posted, name: str) -> tuple[str | None] | None:
    """(what the new row shall hold,), or None where nothing was said."""
    text, null, kind = posted.typed.get(name), name in posted.null, posted.kind(name)
    if text and not (null and column.default is not None):
        # A column without a default starts with the box ticked: typing counts, a forgotten tick does not.
        return (inputs.read(kind, _lines(text, "\n")),)
    if null:
        return (None,)
    if text == "" and column.nullable and column.default is None and can_be_empty(column, kind):
        # The box was ticked and is not any more: the empty text, or the empty list, is meant.
        return (inputs.read(kind, ""),)
    return None


def _as_filled(column: Column, posted: Posted, name: str) -> bool:
    """Whether the plain control clearly came back as it was filled: most do, and their JSON need not be read."""
    text, hidden = posted.typed.get(name), posted.hidden.get(name)
    if (
        text is None
        or hidden is None
        or name in posted.null
        or name in posted.kinds
        or column.base == "jsonb"
    ):
        return False
    # What is printable and without these two stands in JSON as it is (RFC 8259, 7).
    return hidden == f'"{text}"' and text.isprintable() and not ('"' in text or "\\" in text)


def _touched(column: Column, was: Rendered, posted: Posted, name: str) -> tuple[str | None] | None:
    """(what the column shall hold,), or None where it stays as it is. Raises Unreal."""
    text, null, kind = posted.typed.get(name), name in posted.null, posted.kind(name)
    if was.base is None:
        if text:
            # Typed over NULL: the text counts, though the box was left ticked.
            return (inputs.read(kind, _lines(text, "\n")),)
        return (inputs.read(kind, ""),) if text == "" and not null and can_be_empty(column, kind) else None
    if null:
        return (None,)
    if text is None or (was.same(text) if kind is PLAIN else inputs.same(kind, was.base, text)):
        return None
    if text == "" and not can_be_empty(column, kind):
        return (None,)
    return (inputs.read(kind, _lines(text, was.breaks)),)


def _controls(table: Table, form: Mapping[str, str]) -> Posted:
    parts: tuple[dict[str, str], ...] = ({}, {}, {}, {}, {})
    values, hidden, now, kept, kinds = parts
    places = dict(zip(_PREFIXES, parts, strict=True))
    for name, text in form.items():
        prefix, dot, rest = name.partition(".")
        if dot and (place := places.get(prefix)) is not None:
            place[rest] = text
    # A column may itself be called so; then it is the control.
    boxes = {name for name in values if name.endswith(_BOX) and name not in table.columns}
    typed = {name: text for name, text in values.items() if name not in boxes}
    null = {name.removesuffix(_BOX) for name in boxes}
    shaped = {name: inputs.posted_kind(text, form.get(f"z.{name}")) for name, text in kinds.items()}
    reason = _lines(form.get("reason", ""), "\n").strip()
    return Posted(
        typed=typed, null=frozenset(null), hidden=hidden, now=now, kept=kept, kinds=shaped, reason=reason,
        apply_at=form.get(APPLY_AT, "").strip()[:40],
    )  # fmt: skip


def _names(posted: Posted) -> list[str]:
    return [*posted.typed, *sorted(posted.null - set(posted.typed))]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(text: str, breaks: str) -> str:
    plain = _plain(text)
    return plain if breaks == "\n" else plain.replace("\n", breaks)


def _breaks(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
