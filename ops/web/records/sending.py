"""A record's form as it was sent: its fields, its rows, its files, and what it asks for besides being saved.

Without scripts three buttons ask for the same form again: one more row (`more`), a search for what stands in a foreign
key's field (`find`), and taking one of the rows found (`take`). Nothing is saved then, and nothing typed is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from flask import request

from ops.changes import Operation, changed
from ops.policy import View
from ops.web import uploaded
from ops.web.records import children, editing, lines, parsing
from ops.web.records.filters_typed import taken_of
from ops.web.records.form_page import Given
from ops.web.records.lines import Belonging, Line
from ops.web.records.parsing import Posted

_ASKED = ("more", "find", "take")


@dataclass(frozen=True)
class Sent:
    """A form taken apart. `key` is None for a new record."""

    view: View
    key: str | None
    posted: Posted
    lines: list[Line]
    belongings: list[Belonging]  # the lists that stand in the form
    again: bool
    given: Given = field(default_factory=Given)

    @property
    def wrong(self) -> bool:
        """Whether something cannot be meant, seen before the door."""
        return bool(self.posted.wrong) or any(line.posted.wrong for line in self.lines)

    @cached_property
    def asked(self) -> list[tuple[int | None, Operation]]:
        """The record's own change (None), then its rows' by their number. May read the record."""
        own = self._own()
        found: list[tuple[int | None, Operation]] = [(None, own)] if own is not None else []
        made = any(one.key is None and not one.removed and not one.blank for one in self.lines)
        values = None
        if self.key is not None:
            values = editing.read(self.view, self.key).values if made else {}
        return [*found, *lines.operations(self.lines, self.belongings, values)]

    def _own(self) -> Operation | None:
        if self.key is None:
            return Operation("create", self.view.table, after=self.posted.after)
        one = Operation("update", self.view.table, self.key, self.posted.base, self.posted.after)
        return one if self.posted.after and changed([one]) else None


def sent(view: View, key: str | None) -> Sent:
    """The request's form. Raises Torn for one that is not ours, NotVisible where the record is gone."""
    form = request.form.to_dict()
    _take(form)
    too_large = uploaded.into(form, view.table.columns.get)
    posted = parsing.created(view.table, form) if key is None else parsing.edited(view.table, form)
    posted.wrong.update(too_large)
    belongings = children.belongings(view)
    rows = lines.posted(form, belongings)
    given = Given(posted, rows, add=form.get("more"), asks=form.get("find"))
    return Sent(view, key, posted, rows, belongings, any(name in form for name in _ASKED), given)


def _take(form: dict[str, str]) -> None:
    """Put the row that was chosen into the fields it belongs to, as if it had been typed."""
    for name, text in taken_of(form.get("take")).items():
        if name in form:
            form[name] = text
            form.pop(f"{name}--null", None)
