"""Rules on many changes of one table: what each row asks for, judged by one statement for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals.matching import Proposed, values_of
from ops.approvals.named import doubtful, stages_of_each
from ops.approvals.rules import UNKNOWN, ApprovalRule, Circumstances, declared_rules
from ops.approvals.stages import Stage, merged
from ops.catalog import Table
from ops.conditions.rows import judge_rows

_Judged = tuple[ApprovalRule, conditions.Condition]


@dataclass(slots=True)
class _Asked:
    """For each change the rules that match it, and doubts, which ask the owner."""

    rules: list[list[ApprovalRule]]
    doubts: list[list[Stage]]


def matching_each(
    tx: Session,
    table: Table,
    changes: Sequence[Proposed],
    stored: Sequence[ApprovalRule],
    about: Circumstances = UNKNOWN,
) -> list[list[Stage]]:
    """For each change, the stages that all matching rules ask for. One round trip at most, none without conditions.

    Every rule counts on every row; one that cannot be evaluated on a row asks the owner about it. A rule that names
    people by their addresses costs one more.
    """
    asked = _Asked([[] for _ in changes], [[] for _ in changes])
    judged: list[_Judged] = []
    for rule in (*stored, *declared_rules(table)):
        places = [n for n, one in enumerate(changes) if rule.concerns(one.kind, table, one.touched, about)]
        if not places:
            continue
        doubt, condition = _at_sight(rule, table)
        if doubt is not None:
            for place in places:
                asked.doubts[place].append(doubt)
        elif condition is not None:
            judged.append((rule, condition))
        elif not rule.condition.strip():
            for place in places:
                asked.rules[place].append(rule)
    if judged:
        _judge(tx, table, changes, judged, asked, about)
    distinct = list(dict.fromkeys(rule for rules in asked.rules for rule in rules))
    stages = dict(zip(distinct, stages_of_each(tx, distinct), strict=True))
    return [
        merged([*(stage for rule in rules for stage in stages[rule]), *doubts])
        for rules, doubts in zip(asked.rules, asked.doubts, strict=True)
    ]


def reads(
    table: Table,
    kinds: Sequence[str],
    touched: frozenset[str],
    stored: Sequence[ApprovalRule],
    about: Circumstances = UNKNOWN,
) -> bool:
    """Whether any rule looks at such changes of the table at all, its condition aside."""
    return any(
        rule.concerns(kind, table, touched, about)
        for kind in kinds
        for rule in (*stored, *declared_rules(table))
    )


def read_columns(table: Table, stored: Sequence[ApprovalRule]) -> frozenset[str]:
    """The table's columns that any rule's condition reads: what must be known of a row to judge it."""
    found: set[str] = set()
    for rule in (*stored, *declared_rules(table)):
        try:
            found |= (
                {name.column for name in conditions.parse(rule.condition).names()}
                if rule.condition
                else set()
            )
        except conditions.ParseError:
            continue
    return frozenset(found & set(table.columns))


def _at_sight(rule: ApprovalRule, table: Table) -> tuple[Stage | None, conditions.Condition | None]:
    """The doubt of a rule that cannot be judged here, or the condition to be judged on each row, if it has one."""
    if lost := rule.lost(table):
        return doubtful(rule, f"the table has no column {', '.join(sorted(lost))}"), None
    if not rule.condition.strip():
        return None, None
    try:
        condition = conditions.parse(rule.condition)
    except conditions.ParseError as error:
        return doubtful(rule, str(error)), None
    # A rule for every table is about those that have its columns.
    known = not rule.general(table) or {name.column for name in condition.names()} <= set(table.columns)
    return None, condition if known else None


def _judge(
    tx: Session,
    table: Table,
    changes: Sequence[Proposed],
    judged: Sequence[_Judged],
    asked: _Asked,
    about: Circumstances,
) -> None:
    types = {f"{side}.{n}": c.judged_as for n, c in table.columns.items() for side in ("old", "new")}
    read = {name.full for _, condition in judged for name in condition.names()}
    rows = [{name: _value(one, name) for name in read} for one in changes]
    try:
        answers = judge_rows(tx, [condition for _, condition in judged], types, rows)
    except conditions.Unevaluable:
        _one_by_one(tx, changes, judged, asked, about)
        return
    for place, answer in enumerate(answers):
        one = changes[place]
        for (rule, _), holds in zip(judged, answer, strict=True):
            if holds and rule.concerns(one.kind, table, one.touched, about):
                asked.rules[place].append(rule)


def _one_by_one(
    tx: Session,
    changes: Sequence[Proposed],
    judged: Sequence[_Judged],
    asked: _Asked,
    about: Circumstances,
) -> None:
    """A value on some row is at fault: the others are still judged by what they are."""
    for place, one in enumerate(changes):
        some = [each for each in judged if each[0].concerns(one.kind, one.table, one.touched, about)]
        answers = conditions.judge(tx, [(condition, values_of(one)) for _, condition in some])
        for (rule, _), answer in zip(some, answers, strict=True):
            if isinstance(answer, conditions.Unevaluable):
                asked.doubts[place].append(doubtful(rule, str(answer)))
            elif answer:
                asked.rules[place].append(rule)


def _value(one: Proposed, name: str) -> str | None:
    side, _, column = name.partition(".")
    return ((one.old if side == "old" else one.new) or {}).get(column)


__all__ = ["matching_each", "read_columns", "reads"]
