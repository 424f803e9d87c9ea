"""Whom saving a form may ask, told before anybody has typed: from the rules alone, no value is judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals import ApprovalRule, Circumstances, declared_rules, stored_rules
from ops.changes.authorise import in_full, settable
from ops.policy import View
from ops.words import t


@dataclass(frozen=True, slots=True)
class Ahead:
    """A rule that may ask `needed` people of `role`, or words for people by name. `when`: its condition in words;
    `always`: it has none.

    A condition that speaks of columns the person does not see is not told: then both are None and False.
    """

    role: str
    needed: int
    rule: str
    when: str | None
    always: bool


def asks_ahead(
    tx: Session,
    seen: View,
    kind: str,
    columns: Collection[str] | None = None,
    *,
    source: str = "form",
    figure: Callable[[str], str] = str,
) -> list[Ahead]:
    """The rules that look at what the person can change in such a form. One round trip, for the stored rules.

    `columns`: the form offers these alone. `source`: how the change will come about. `figure`: how a number is read.
    """
    form = (seen, kind, settable(seen, kind) if columns is None else columns)
    return asks_ahead_of_many(tx, [form], source=source, figure=figure)


def asks_ahead_of_many(
    tx: Session,
    forms: Sequence[tuple[View, str, Collection[str]]],
    stored: Sequence[ApprovalRule] | None = None,
    *,
    source: str = "form",
    figure: Callable[[str], str] = str,
) -> list[Ahead]:
    """The same for a form that holds rows of several tables: for each the kind of change and the columns it offers.

    The first is what the form is about; of the others nobody knows whether they will be touched. `stored`: the rules of
    the table, where they have been read.
    """
    stored = stored_rules(tx) if stored is None else stored
    found = [
        one if place == 0 else replace(one, always=False)
        for place, (seen, kind, offered) in enumerate(forms)
        for rule in (*stored, *declared_rules(seen.table))
        if rule.concerns(kind, seen.table, frozenset(offered), Circumstances(source, roles=seen.actor.roles))
        for one in _ahead(seen, rule, figure)
    ]
    said: dict[tuple[str, str, str | None], Ahead] = {}
    for one in found:
        said.setdefault((one.role, one.rule, one.when), one)
    return list(said.values())


def _ahead(seen: View, rule: ApprovalRule, figure: Callable[[str], str]) -> list[Ahead]:
    """A line for each of its stages."""
    columns = seen.table.columns
    if not rule.condition.strip():
        plain = not rule.columns and rule.min_rows == 1
        return _lines(rule, None, always=plain)
    try:
        condition = conditions.parse(rule.condition)
    except conditions.ParseError:
        return _lines(rule, None, always=False)
    named = frozenset(name.column for name in condition.names())
    if not named <= set(columns):
        return []  # a rule for every table is about those that have its columns
    words = conditions.to_words(condition, lambda name: columns[name].label or name, figure)
    return _lines(rule, words if in_full(seen, named) else None, always=False)


def _lines(rule: ApprovalRule, when: str | None, *, always: bool) -> list[Ahead]:
    return [
        Ahead(one.role or t("door.asks_people", count=len(one.people)), one.needed, rule.name, when, always)
        for one in rule.asks
    ]
