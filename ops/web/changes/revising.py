"""A change taken up again: its form, what the form brings back, and what the page says where it cannot be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from markupsafe import Markup

from ops import changes
from ops.changes import Conflict, Invalid, Link, Operation, Row, Side, Taken
from ops.changes.times import FIELD
from ops.db import Busy, Unavailable
from ops.policy import Forbidden
from ops.web import moments
from ops.web.addresses import row_href
from ops.web.changes.revise_controls import EMPTY_TEXT, control_of
from ops.web.gate import actor
from ops.web.trouble import Trouble
from ops.web.visible import marked
from ops.words import t

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One control. `original` and `now` stand beside it where somebody else changed the value meanwhile."""

    name: str
    label: str
    control: str
    value: str | None
    null: bool | None
    error: str | None
    moved: bool
    original: Markup | str | None
    proposed: Markup | str | None
    now: Markup | str | None
    keep: str
    kept: str | None
    options: Sequence[tuple[str, str]] = ()
    source: str | None = None


@dataclass(frozen=True)
class ShownRow:
    """One row of the form. `others` are the fields this change leaves alone so far."""

    row: Row
    heading: str
    href: str | None
    base: str
    fields: list[Field]
    others: list[Field]
    dropped: bool
    lines: list[tuple[str, Markup | str | None]]

    @property
    def clashes(self) -> list[Field]:
        """The fields of which one value must be chosen."""
        return [one for one in self.fields if one.moved]


@dataclass(frozen=True)
class Page:
    """What templates/changes/edit.html shows."""

    taken: Taken
    rows: list[ShownRow]
    reason: str
    apply_at: str
    token: str
    trouble: Trouble | None = None
    errors: list[tuple[str | None, str, str]] = field(default_factory=list)

    @property
    def several(self) -> bool:
        """Whether a row can be left out."""
        return len(self.rows) > 1

    @property
    def later(self) -> moments.Later:
        """The moment to apply it at."""
        wrong = self.trouble.fields.get(moments.APPLY_AT) if self.trouble else None
        return moments.Later(self.apply_at, actor().timezone, wrong)


def page(taken: Taken, token: str, form: Form | None = None, trouble: Trouble | None = None) -> Page:
    """The form, filled with the change or, sent before, with what was typed."""
    wrong = trouble.fields if trouble else {}
    rows = [_row(one, len(taken.rows) > 1, form, wrong) for one in taken.rows]
    change, zone = taken.change, actor().timezone
    return Page(
        taken,
        rows,
        reason=change.reason if form is None else form.get("reason", ""),
        apply_at=moments.written(change.apply_at if change.ahead else None, zone)
        if form is None
        else form.get(moments.APPLY_AT, ""),
        token=token,
        trouble=trouble,
        errors=_errors(rows, wrong),
    )


def sent(taken: Taken, form: Form) -> list[tuple[int, Operation]]:
    """What the form asks for, with the place of each row in the page; rows left out are not there.

    Raises Invalid where it is none of our forms, or a choice is missing.
    """
    kept = [one for one in taken.rows if not _dropped(one, form)]
    places = {one.position: n for n, one in enumerate(kept)}
    found = []
    for one in kept:
        if all(link.position in places for link in one.links.values()):
            links = {name: Link(places[link.position], link.column) for name, link in one.links.items()}
            found.append((one.position, _operation(one, form, links)))
        else:
            raise Invalid({}, t("changes.revise.hangs"))
    return found


def apply_at(form: Form) -> datetime | None:
    """The moment that was chosen. Raises Invalid."""
    return moments.chosen(form, actor().timezone)


def trouble_of(error: Exception, asked: Sequence[tuple[int, Operation]]) -> Trouble:
    """What the door's no means for the form; fields are named as the form names them."""
    if isinstance(error, Invalid):
        place = _place(error.position, asked)
        named = {
            moments.APPLY_AT if name == FIELD else f"v.{place}.{name}": text
            for name, text in error.fields.items()
        }
        if not named:
            return Trouble(error.general or t("changes.revise.not_sent"), t("records.kept"))
        return Trouble(t("changes.revise.not_sent"), error.general or t("records.kept"), fields=named)
    if isinstance(error, Conflict):
        key = "gone" if error.row_gone else "moved"
        return Trouble(t(f"changes.revise.{key}"), t(f"changes.revise.{key}_text"), 409, "warn")
    if isinstance(error, changes.Stale):
        return Trouble(t("changes.revise.stale"), error.text, 409, "warn")
    if isinstance(error, Forbidden):
        return Trouble(t("changes.revise.not_sent"), f"{error} {t('records.kept')}", 403)
    if isinstance(error, Busy | Unavailable):
        return Trouble.away(error)
    raise error


def _place(position: int, asked: Sequence[tuple[int, Operation]]) -> int:
    """The row of the page that the door means: it counts only those in which something is to change."""
    touched = [place for place, one in asked if changes.changed([replace(one, links={})]) or one.links]
    return touched[min(position, len(touched) - 1)] if touched else 0


def _dropped(one: Row, form: Form) -> bool:
    return one.gone or f"drop.{one.position}" in form


def _operation(one: Row, form: Form, links: Mapping[str, Link]) -> Operation:
    base = _base(form.get(f"base.{one.position}"))
    if one.kind == "delete":
        return Operation("delete", one.table, one.key, base)
    after, wrong = {}, {}
    for side in one.sides:
        keep = form.get(f"keep.{one.position}.{side.column.name}")
        if side.moved and keep not in ("mine", "theirs"):
            wrong[side.column.name] = t("changes.revise.choose")
        if keep == "theirs":
            continue
        given = _given(one, side, base, form)
        if given is not _NOT_THERE:
            after[side.column.name] = given
    if wrong:
        raise Invalid(wrong, position=one.position)
    kept = {name: text for name, text in base.items() if name in after}
    if one.kind == "create":
        return Operation("create", one.table, after=after, links=links)
    return Operation("update", one.table, one.key, kept, after, links=links)


_NOT_THERE = "\x00"  # no text of a database


def _given(one: Row, side: Side, base: Mapping[str, str | None], form: Form) -> str | None:
    """The value in a control, or _NOT_THERE where the form leaves the column alone."""
    name, column = f"v.{one.position}.{side.column.name}", side.column
    boxed = f"{name}--null" in form
    if name not in form and not boxed:
        return side.proposed if side.touched else _NOT_THERE
    typed = form.get(name, "").replace("\r\n", "\n")
    if not side.touched and one.kind == "create" and not typed and not boxed:
        return _NOT_THERE
    # A browser turns line ends into its own: what came back as it was shown is what it was.
    shown = side.proposed if side.touched else base.get(column.name)
    if boxed or (not typed and column.category not in EMPTY_TEXT):
        value: str | None = None
    else:
        value = shown if shown is not None and _plain(shown) == typed else typed
    if not side.touched and changes.fold(value) == shown and column.name in base:
        return _NOT_THERE
    return value


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _base(text: str | None) -> dict[str, str | None]:
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or not all(one is None or isinstance(one, str) for one in read.values()):
        raise Invalid({}, t("door.general.incomplete"))
    return read


def _row(one: Row, several: bool, form: Form | None, wrong: Mapping[str, str]) -> ShownRow:
    what = t(f"changes.what.{one.kind}", table=one.table.label)
    shown = (
        [] if one.kind == "delete" else [_field(one, side, form, wrong) for side in one.sides if _shows(side)]
    )
    touched = {f"v.{one.position}.{side.column.name}" for side in one.sides if side.touched}
    lines = [(side.column.label, marked(side.now)) for side in one.sides] if one.kind == "delete" else []
    return ShownRow(
        row=one,
        heading=t("changes.numbered", number=one.position + 1, what=what) if several else what,
        href=row_href(one.table, one.key) if one.key is not None and one.title is not None else None,
        base=json.dumps(dict(one.now), ensure_ascii=False),
        fields=[f for f in shown if f.name in touched],
        others=[f for f in shown if f.name not in touched],
        dropped=form is not None and _dropped(one, form),
        lines=lines,
    )


def _shows(side: Side) -> bool:
    return side.column.category != "bytes"


def _field(one: Row, side: Side, form: Form | None, wrong: Mapping[str, str]) -> Field:
    column, name = side.column, f"v.{one.position}.{side.column.name}"
    value, null = side.proposed, side.proposed is None
    # What nobody touched is shown as it is by now.
    if form is not None and (name in form or f"{name}--null" in form) and _touched(one, side, form):
        value, null = form.get(name, ""), f"{name}--null" in form
    keep = f"keep.{one.position}.{column.name}"
    control, options, source = control_of(column, value, one)
    box = column.nullable and (column.category in EMPTY_TEXT or control == "yes_no")
    return Field(
        name, column.label, control, value, null if box else None, wrong.get(name), side.moved,
        marked(side.original), marked(side.proposed), marked(side.now), keep,
        form.get(keep) if form is not None else None, options, source,
    )  # fmt: skip


def _touched(one: Row, side: Side, form: Form) -> bool:
    try:
        return _given(one, side, _base(form.get(f"base.{one.position}")), form) is not _NOT_THERE
    except Invalid:
        return True  # no form of ours: what was typed is kept as it came


def _errors(rows: Sequence[ShownRow], wrong: Mapping[str, str]) -> list[tuple[str | None, str, str]]:
    labels = {one.name: one.label for row in rows for one in (*row.fields, *row.others)}
    labels[moments.APPLY_AT] = t("changes.apply_at")
    return [(name if name in labels else None, labels.get(name, ""), text) for name, text in wrong.items()]
