"""A change taken up again: its form, what the form brings back, and what the page says where it cannot be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote

from ops import changes
from ops.changes import Conflict, Invalid, Operation, Row, Side, Taken
from ops.changes.times import FIELD
from ops.db import Busy, Unavailable
from ops.policy import Forbidden
from ops.web import inputs, moments
from ops.web.addresses import row_href
from ops.web.changes.revise_controls import control_of
from ops.web.changes.revise_given import Form, dropped, kind_in, touched
from ops.web.gate import actor
from ops.web.inputs import PLAIN, Kind, can_be_empty
from ops.web.judged import Judged, Text
from ops.web.page import formats
from ops.web.shown import size_of
from ops.web.trouble import Trouble
from ops.web.visible import marked
from ops.words import t


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
    original: Text
    proposed: Text
    now: Text
    keep: str
    kept: str | None
    options: Sequence[tuple[str, str]] = ()
    source: str | None = None
    kind: Kind = PLAIN
    size: str | None = None  # of a file, in words
    href: str | None = None  # where the one that is there is downloaded

    def beside(self, letter: str) -> str:
        """What a field that travels with the control is posted as: `k` its kind, `z` its zone, `u` a file."""
        return f"{letter}{self.name[1:]}"

    @property
    def zones(self) -> list[str]:
        """The zones one may choose for a moment."""
        return inputs.zones(self.kind.chosen, self.kind.zone)

    @property
    def native(self) -> bool:
        """Whether a browser's own control for dates and times holds the value."""
        return inputs.is_plain_clock(self.value)


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
    lines: list[tuple[str, Text]]

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
    def multipart(self) -> bool:
        """Whether it may bring files."""
        return any(one.control == "file" for row in self.rows for one in (*row.fields, *row.others))

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
    if not asked:
        return position  # seen before the door: by the row's own number
    several = [place for place, one in asked if changes.changed([replace(one, links={})]) or one.links]
    return several[min(position, len(several) - 1)] if several else 0


def _row(one: Row, several: bool, form: Form | None, wrong: Mapping[str, str]) -> ShownRow:
    what = t(f"changes.what.{one.kind}", table=one.table.label)
    shown = [] if one.kind == "delete" else [_field(one, side, form, wrong) for side in one.sides]
    asked = {f"v.{one.position}.{side.column.name}" for side in one.sides if side.touched}
    judged = Judged(one.table, formats())
    lines = [
        (side.column.label, judged.one(side.column.name, side.now))
        for side in one.sides
        if one.kind == "delete"
    ]
    return ShownRow(
        row=one,
        heading=t("changes.numbered", number=one.position + 1, what=what) if several else what,
        href=row_href(one.table, one.key) if one.key is not None and one.title is not None else None,
        base=json.dumps(dict(one.now), ensure_ascii=False),
        fields=[f for f in shown if f.name in asked],
        others=[f for f in shown if f.name not in asked],
        dropped=form is not None and dropped(one, form),
        lines=lines,
    )


def _field(one: Row, side: Side, form: Form | None, wrong: Mapping[str, str]) -> Field:
    column, name = side.column, f"v.{one.position}.{side.column.name}"
    kind = inputs.kind_of(column, side.proposed, actor().timezone)
    value = inputs.written(kind, side.proposed) if kind.name else side.proposed
    null = side.proposed is None and (side.touched or one.kind != "create" or column.default is None)
    # What nobody touched is shown as it is by now.
    if form is not None and (name in form or f"{name}--null" in form) and touched(one, side, form):
        value, null, kind = form.get(name, ""), f"{name}--null" in form, kind_in(one, side, form)
    keep = f"keep.{one.position}.{column.name}"
    control, options, source = control_of(column, value, one, kind)
    box = column.nullable and (can_be_empty(column, kind) or control == "yes_no")
    size, href = _file(one, side) if control == "file" else (None, None)
    original, proposed, now = _told(one, side)
    return Field(
        name, column.label, control, None if control == "file" else value, null if box else None, wrong.get(name),
        side.moved, original, proposed, now, keep,
        form.get(keep) if form is not None else None, options, source, kind, size, href,
    )  # fmt: skip


def _told(one: Row, side: Side) -> list[Text]:
    """What was there, is asked for and is there now, beside a clash; of a file its size alone."""
    texts = (side.original, side.proposed, side.now)
    if side.column.category == "bytes":
        return [size_of(text) if text and text.startswith("\\x") else marked(text) for text in texts]
    return Judged(one.table, formats()).apart(side.column.name, texts)


def _file(one: Row, side: Side) -> tuple[str | None, str | None]:
    """How large the file is that was asked for, or else is there, and where that one is downloaded."""
    if side.proposed is None:
        return None, None
    size = t("records.bytes", count=max(len(side.proposed) // 2 - 1, 0))
    if side.touched or one.key is None:
        return size, None
    return size, f"{row_href(one.table, one.key)}/file/{quote(side.column.name, safe='')}"


def _errors(rows: Sequence[ShownRow], wrong: Mapping[str, str]) -> list[tuple[str | None, str, str]]:
    labels = {one.name: one.label for row in rows for one in (*row.fields, *row.others)}
    labels[moments.APPLY_AT] = t("changes.apply_at")
    return [(name if name in labels else None, labels.get(name, ""), text) for name, text in wrong.items()]
