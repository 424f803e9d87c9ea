"""Fills the fields of one row: from its values, over them what was typed, beside them what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops.catalog import Column, Table
from ops.web import inputs
from ops.web.gate import actor
from ops.web.page import formats
from ops.web.records.fields import Choice, Field
from ops.web.records.fields import field as field_of
from ops.web.records.parsing import Posted, control_text, rendered
from ops.web.shown import Shown
from ops.words import t

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that somebody else changed too, ready to be shown. `prefix`: of which row, `row` in words."""

    column: str
    label: str
    original: Shown
    proposed: Shown
    current: Shown
    prefix: str = ""


@dataclass(frozen=True)
class Wrong:
    """What was wrong with one row: sentences by column, what clashed, and how the row stands now."""

    fields: Mapping[str, str] = field(default_factory=dict)
    clashes: Sequence[Clash] = ()
    now: Values = field(default_factory=dict)
    general: str | None = None


@dataclass(frozen=True)
class Filling:
    """One row of a table to be shown as fields. `values` None: it is to be made; `start` is what it starts with."""

    table: Table
    values: Values | None
    posted: Posted | None = None
    wrong: Wrong = field(default_factory=Wrong)
    offered: Mapping[str, Choice] = field(default_factory=dict)
    prefix: str = ""
    start: Values = field(default_factory=dict)

    def field(self, name: str) -> Field:
        """One column's field."""
        column = self.table.columns[name]
        return self._new(column) if self.values is None else self._there(column, self.values)

    def _new(self, column: Column) -> Field:
        name, zone = column.name, actor().timezone
        text = self.start.get(name)
        kind = inputs.kind_of(column, text, zone)
        value = inputs.written(kind, control_text(column, text))
        null = None if text is None else False
        if self.posted is not None:
            kind, value = self.posted.kind(name), self._typed(column)
            null = name in self.posted.null
            if name not in self.posted.typed and name not in self.posted.kinds:
                kind = inputs.kind_of(column, None, zone)
        return field_of(
            column, value, creating=True, null=null, error=self.wrong.fields.get(name),
            choice=self.offered.get(name), kind=kind, prefix=self.prefix,
        )  # fmt: skip

    def _there(self, column: Column, values: Values) -> Field:
        name, text = column.name, values.get(column.name)
        kind = inputs.kind_of(column, text, actor().timezone)
        value = inputs.written(kind, text) if kind.name else control_text(column, text)
        hidden: str | None = rendered(column, text)
        null, now = None, None
        if self.posted is not None and name in self.posted.hidden and not self.posted.takes_theirs(name):
            # What the person typed, beside what they had seen: their base must not move under them.
            kind, value, hidden = self.posted.kind(name), self._typed(column), self.posted.seen(name)
            null = name in self.posted.null
        if any(clash.column == name for clash in self.wrong.clashes):
            now = rendered(column, self.wrong.now.get(name))
        return field_of(
            column, value, null=null, hidden=hidden, now=now, error=self.wrong.fields.get(name),
            choice=self.offered.get(name), zone_hint=_zone_hint(column, text, kind), kind=kind, prefix=self.prefix,
        )  # fmt: skip

    def _typed(self, column: Column) -> str | None:
        # A browser never gets a file back: it would have to be sent to it.
        return self.posted.typed.get(column.name) if self.posted and column.category != "bytes" else None


def _zone_hint(column: Column, text: str | None, kind: inputs.Kind) -> str | None:
    """What a moment is on the person's own clock, where the field shows it on another."""
    if column.category != "timestamp" or not text or kind.name == "wall":
        return None
    if kind.name == "moment" and kind.zone == actor().timezone:
        return None
    moment = formats().when(text)
    return t("records.zone_hint", moment=moment.exact) if moment.exact else None
