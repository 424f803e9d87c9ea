"""Trying out a rule on changes that were: would it have asked? Nothing is kept and nobody is told.

Of a row that was changed only what the change touched is remembered. A rule that reads more is judged twice, as if all
that is not known spoke for it and as if it spoke against: where both say the same, nothing more need be known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals.rules import ApprovalRule, Circumstances
from ops.catalog import Table
from ops.conditions.rows import judge_rows
from ops.conditions.tree import All, Changed, Condition, Node, Not, Some

# doubtful: it cannot be judged, which asks the owner. unknown: what it reads was not kept.
Answer = Literal["asks", "passes", "doubtful", "unknown"]
_TRUE = All(())
_FALSE = Not(All(()))


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of one row's change. `old` None: there was no row; `new` None: there is none after it."""

    kind: str
    table: Table
    old: Mapping[str, str | None] | None
    new: Mapping[str, str | None] | None
    touched: frozenset[str]
    about: Circumstances


def would_ask(tx: Session, rule: ApprovalRule, rows: Sequence[Remembered]) -> list[Answer]:
    """The rule's answer to each. One statement for each table and set of columns not known."""
    answers: list[Answer] = ["passes"] * len(rows)
    groups: dict[tuple[str, frozenset[str]], list[int]] = {}
    try:
        condition = conditions.parse(rule.condition) if rule.condition.strip() else None
    except conditions.ParseError:
        return ["doubtful" if _concerns(rule, one) else "passes" for one in rows]
    named = {name.column for name in condition.names()} if condition else set()
    for place, one in enumerate(rows):
        if not _concerns(rule, one):
            continue
        if rule.lost(one.table):
            answers[place] = "doubtful"
        elif condition is None:
            answers[place] = "asks"
        elif not rule.general(one.table) or named <= set(one.table.columns):
            groups.setdefault((one.table.ref, _unknown(condition, one)), []).append(place)
    for (_, unknown), places in groups.items():
        assert condition is not None
        found = _judged(tx, condition, unknown, [rows[place] for place in places])
        for place, answer in zip(places, found, strict=True):
            answers[place] = answer
    return answers


def _concerns(rule: ApprovalRule, one: Remembered) -> bool:
    return rule.concerns(one.kind, one.table, one.touched, one.about)


def _unknown(condition: Condition, one: Remembered) -> frozenset[str]:
    """The names that the condition reads of what was not kept; whether a column changed is always known."""
    found = set()
    for name in _read(condition.root):
        side, _, column = name.partition(".")
        kept = one.old if side == "old" else one.new
        if kept is not None and column not in kept:
            found.add(name)
    return frozenset(found)


def _read(node: Node) -> set[str]:
    match node:
        case All(parts) | Some(parts):
            return {name for part in parts for name in _read(part)}
        case Not(part):
            return _read(part)
        case Changed():
            return set()
    return {name.full for name in Condition("", node).names()}


def _judged(
    tx: Session, condition: Condition, unknown: frozenset[str], rows: Sequence[Remembered]
) -> list[Answer]:
    table = rows[0].table
    types = {f"{side}.{n}": c.judged_as for n, c in table.columns.items() for side in ("old", "new")}
    both = [Condition("", _leaning(condition.root, unknown, for_it=side)) for side in (True, False)]
    wanted = [condition] if not unknown else both
    names = {name.full for one in wanted for name in one.names()}
    values = [{name: _value(one, name) for name in names} for one in rows]
    try:
        return [_said(found) for found in judge_rows(tx, wanted, types, values)]
    except conditions.Unevaluable:
        pass
    answers: list[Answer] = []
    for one in values:  # a value on some row is at fault: the others are judged by what they are
        try:
            answers += [_said(found) for found in judge_rows(tx, wanted, types, [one])]
        except conditions.Unevaluable:
            answers.append("doubtful")
    return answers


def _said(found: Sequence[bool]) -> Answer:
    if all(found):
        return "asks"
    return "unknown" if any(found) else "passes"


def _leaning(node: Node, unknown: frozenset[str], *, for_it: bool) -> Node:
    """The same with every comparison of what is not known taken to speak for the rule, or against it."""
    match node:
        case All(parts):
            return All(tuple(_leaning(part, unknown, for_it=for_it) for part in parts))
        case Some(parts):
            return Some(tuple(_leaning(part, unknown, for_it=for_it) for part in parts))
        case Not(part):
            return Not(_leaning(part, unknown, for_it=not for_it))
    if not unknown & _read(node):
        return node
    return _TRUE if for_it else _FALSE


def _value(one: Remembered, name: str) -> str | None:
    side, _, column = name.partition(".")
    return ((one.old if side == "old" else one.new) or {}).get(column)
