"""The form of an action: a field for each parameter, and what it would do once that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ops import policy, records
from ops.approvals import Stage
from ops.catalog import Action, Parameter, Table
from ops.changes import Operation
from ops.policy import View
from ops.web import from_list, moments
from ops.web.addresses import list_href, row_href
from ops.web.gate import actor, platform, tx
from ops.web.role_words import asked_words
from ops.web.trouble import Trouble
from ops.words import t

PREFIX = "a."
Options = Sequence[tuple[str, str]]


class Control(NamedTuple):
    """One parameter with what stands in it."""

    parameter: Parameter
    value: str
    error: str | None
    options: Options = ()
    source: str | None = None

    @property
    def name(self) -> str:
        """What it is posted as."""
        return PREFIX + self.parameter.name


class Line(NamedTuple):
    """One column of the difference."""

    label: str
    was: str | None
    will_be: str | None
    moved: bool = False


@dataclass(frozen=True)
class Effect:
    """What it would do: a difference for each row, who is asked, what is told to others afterwards."""

    rows: Sequence[
        tuple[str | None, Sequence[Line]]
    ]  # what each row is called where there are many, its lines
    unseen: int
    stages: Sequence[Stage]
    told: Sequence[str]
    sealed: str
    too_slow: bool = False  # of many: the rows were not found within the time a page takes
    failing: Sequence[tuple[str, int]] = ()  # of many: why rows are left out, and how many of those looked at

    @property
    def asks(self) -> str | None:
        """Who is asked, in words."""
        return asked_words(self.stages) or None


@dataclass(frozen=True)
class ActionPage:
    """What templates/actions/form.html shows."""

    table: Table
    action: Action
    key: str | None
    row: str | None
    address: str
    token: str
    controls: Sequence[Control]
    reason: str = ""
    effect: Effect | None = None
    trouble: Trouble | None = None
    kept: Sequence[tuple[str, str]] = field(default_factory=tuple)  # of many rows: how they were chosen
    many: str | None = None
    later: moments.Later = moments.AT_ONCE

    @property
    def heading(self) -> str:
        """The page's name."""
        said = self.row or self.many
        return f"{self.action.label}: {said}" if said else self.action.label

    @property
    def back(self) -> str:
        """Where one goes who gives up."""
        if self.key is None:
            return from_list.list_href(self.table)
        return from_list.along(row_href(self.table, self.key))

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        way: list[tuple[str, str | None]] = [
            (t("frame.tables"), "/tables/"), (self.table.label, from_list.list_href(self.table)),
        ]  # fmt: skip
        if self.key is not None:
            way.append((self.row or self.table.label_one, self.back))
        return [*way, (self.action.label, None)]

    @property
    def errors(self) -> list[tuple[str | None, str, str]] | None:
        """The marked fields as `f.errors` wants them; None where it was not about fields."""
        if self.trouble is None or not self.trouble.fields:
            return None
        labels = {one.name: one.label for one in self.action.parameters}
        columns = self.table.columns
        return [
            moments.problem(text)
            if name == moments.FIELD
            else (PREFIX + name, labels[name], text)
            if name in labels
            else (None, columns[name].label if name in columns else "", text)
            for name, text in self.trouble.fields.items()
        ]


def controls(action: Action, typed: Mapping[str, str] | None, trouble: Trouble | None) -> list[Control]:
    """The fields; what was typed stands in them again, else the declared defaults."""
    return [_control(one, typed, trouble) for one in action.parameters]


def _control(one: Parameter, typed: Mapping[str, str] | None, trouble: Trouble | None) -> Control:
    value = (one.default or "") if typed is None else typed.get(one.name, "")
    error = trouble.fields.get(one.name) if trouble else None
    if one.target is None:
        return Control(one, value, error, one.options)
    target = platform().catalog.tables.get(one.target)
    if target is None or not policy.sees(actor(), target) or len(target.key) != 1:
        return Control(one, value, error)
    seen = policy.view(actor(), target, platform().catalog)
    (found,) = records.whole(tx(), [(seen, target.key)]) if target.estimate <= records.FEW else [None]
    if found is None:
        return Control(one, value, error, source=f"{list_href(target)}pick")
    return Control(one, value, error, [(offer.values[0], offer.title) for offer in found])


def differences(seen: View, operations: Sequence[Operation]) -> tuple[list[tuple[None, list[Line]]], int]:
    """The lines of each row as the person sees them, and how many columns they do not see."""
    rows: list[tuple[None, list[Line]]] = []
    unseen = 0
    for one in operations:
        was, will_be = seen.redact(one.base), seen.redact(one.after)
        columns = seen.table.columns
        lines = [Line(columns[n].label, was.get(n), will_be[n]) for n in one.after if n in will_be]
        rows.append((None, lines))
        unseen += len(one.after) - len(will_be)
    return rows, unseen
