"""What the form of a change that is taken up again brings back: which values were touched, and what they shall be.

Of row N a control is `v.N.COLUMN`, its box "No value" `v.N.COLUMN--null`; what stands in it that is not PostgreSQL's
own text is said by `k.N.COLUMN` and `z.N.COLUMN` (`ops.web.inputs`), a file comes as `u.N.COLUMN` (`ops.web.uploaded`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ops import changes
from ops.changes import Invalid, Link, Operation, Row, Side, Taken
from ops.web import inputs, uploaded
from ops.web.inputs import PLAIN, Kind, Unreal, can_be_empty
from ops.words import t

Form = Mapping[str, str]


def with_files(taken: Taken, form: Form) -> dict[str, str]:
    """The form with the files it brought. Raises Invalid, at the first row that has one too large."""
    found = dict(form.items())
    sides = {f"{one.position}.{side.column.name}": side.column for one in taken.rows for side in one.sides}
    wrong = uploaded.into(found, sides.get)
    for one in taken.rows:
        mine = {name: text for name, text in wrong.items() if name.startswith(f"{one.position}.")}
        if mine:
            named = {name.partition(".")[2]: text for name, text in mine.items()}
            raise Invalid(named, position=one.position)
    return found


def sent(taken: Taken, form: Form) -> list[tuple[int, Operation]]:
    """What the form asks for, with the place of each row in the page; rows left out are not there.

    Raises Invalid where it is none of our forms, or a choice is missing.
    """
    kept = [one for one in taken.rows if not dropped(one, form)]
    places = {one.position: n for n, one in enumerate(kept)}
    found = []
    for one in kept:
        if all(link.position in places for link in one.links.values()):
            links = {name: Link(places[link.position], link.column) for name, link in one.links.items()}
            found.append((one.position, _operation(one, form, links)))
        else:
            raise Invalid({}, t("changes.revise.hangs"))
    return found


def dropped(one: Row, form: Form) -> bool:
    """Whether the row is left out of what is sent."""
    return one.gone or f"drop.{one.position}" in form


def _operation(one: Row, form: Form, links: Mapping[str, Link]) -> Operation:
    base = base_of(form.get(f"base.{one.position}"))
    if one.kind == "delete":
        return Operation("delete", one.table, one.key, base)
    after, wrong = {}, {}
    for side in one.sides:
        keep = form.get(f"keep.{one.position}.{side.column.name}")
        if side.moved and keep not in ("mine", "theirs"):
            wrong[side.column.name] = t("changes.revise.choose")
        if keep == "theirs":
            continue
        try:
            given = _given(one, side, base, form)
        except Unreal as error:
            wrong[side.column.name] = str(error)
            continue
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
    """The value in a control, or _NOT_THERE where the form leaves the column alone. Raises Unreal."""
    name, column = f"v.{one.position}.{side.column.name}", side.column
    boxed = f"{name}--null" in form
    if name not in form and not boxed:
        return side.proposed if side.touched else _NOT_THERE
    typed = form.get(name, "").replace("\r\n", "\n")
    if not side.touched and one.kind == "create" and not typed and not boxed:
        return _NOT_THERE
    shown, kind = side.proposed if side.touched else base.get(column.name), kind_in(one, side, form)
    if boxed or (not typed and not can_be_empty(column, kind)):
        value: str | None = None
    else:
        value = shown if shown is not None and _same(kind, shown, typed) else inputs.read(kind, typed)
    if not side.touched and changes.fold(value) == shown and column.name in base:
        return _NOT_THERE
    return value


def _same(kind: Kind, shown: str, typed: str) -> bool:
    """Whether the control came back as it was shown; a browser turns line ends into its own."""
    if kind is not PLAIN:
        return inputs.same(kind, shown, typed)
    return shown.replace("\r\n", "\n").replace("\r", "\n") == typed


def base_of(text: str | None) -> dict[str, str | None]:
    """The row as the page showed it. Raises Invalid where that is none of our texts."""
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or not all(one is None or isinstance(one, str) for one in read.values()):
        raise Invalid({}, t("door.general.incomplete"))
    return read


def kind_in(one: Row, side: Side, form: Form) -> Kind:
    """What stands in a control, as the form says."""
    place = f"{one.position}.{side.column.name}"
    kind = form.get(f"k.{place}")
    return PLAIN if kind is None else inputs.posted_kind(kind, form.get(f"z.{place}"))


def touched(one: Row, side: Side, form: Form) -> bool:
    """Whether the form says anything of the column."""
    try:
        return _given(one, side, base_of(form.get(f"base.{one.position}")), form) is not _NOT_THERE
    except (Invalid, Unreal):
        return True  # no form of ours: what was typed is kept as it came
