"""Rules on many changes of one table: what each row asks for, judged by one statement for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals.matching import Proposed, Stage, doubtful, merged, values_of
from ops.approvals.rules import ANY, ApprovalRule, declared_rules
from ops.catalog import Table
from ops.conditions.rows import judge_rows

_Judged = tuple[ApprovalRule, conditions.Condition]


def matching_each(
    tx: Session, table: Table, changes: Sequence[Proposed], stored: Sequence[ApprovalRule]
) -> list[list[Stage]]:
    """For each change, the stages that all matching rules ask for. One round trip at most, none without conditions.

    Every rule counts on every row; one that cannot be evaluated on a row asks the owner about it.
    """
    asked: list[list[Stage]] = [[] for _ in changes]
    judged: list[_Judged] = []
    for rule in (*stored, *declared_rules(table)):
        places = [n for n, one in enumerate(changes) if rule.concerns(one.kind, table, one.touched)]
        if not places:
            continue
        stage, condition = _at_sight(rule, table)
        if stage is not None:
            for place in places:
                asked[place].append(stage)
        elif condition is not None:
            judged.append((rule, condition))
    if judged:
        _judge(tx, table, changes, judged, asked)
    return [merged(stages) if stages else [] for stages in asked]


def reads(
    table: Table, kinds: Sequence[str], touched: frozenset[str], stored: Sequence[ApprovalRule]
) -> bool:
    """Whether any rule looks at such changes of the table at all, its condition aside."""
    return any(
        rule.concerns(kind, table, touched) for kind in kinds for rule in (*stored, *declared_rules(table))
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
    """What the rule asks of every row it concerns, or the condition that is to be judged on each."""
    if lost := rule.lost(table):
        return doubtful(rule, f"the table has no column {', '.join(sorted(lost))}"), None
    if not rule.condition.strip():
        return Stage(rule.role, rule.needed, (rule.name,)), None
    try:
        condition = conditions.parse(rule.condition)
    except conditions.ParseError as error:
        return doubtful(rule, str(error)), None
    # A rule for every table is about those that have its columns.
    known = rule.table != ANY or {name.column for name in condition.names()} <= set(table.columns)
    return None, condition if known else None


def _judge(
    tx: Session,
    table: Table,
    changes: Sequence[Proposed],
    judged: Sequence[_Judged],
    asked: list[list[Stage]],
) -> None:
    types = {f"{side}.{n}": c.cast_type for n, c in table.columns.items() for side in ("old", "new")}
    read = {name.full for _, condition in judged for name in condition.names()}
    rows = [{name: _value(one, name) for name in read} for one in changes]
    try:
        answers = judge_rows(tx, [condition for _, condition in judged], types, rows)
    except conditions.Unevaluable:
        _one_by_one(tx, changes, judged, asked)
        return
    for place, answer in enumerate(answers):
        for (rule, _), holds in zip(judged, answer, strict=True):
            if holds and rule.concerns(changes[place].kind, table, changes[place].touched):
                asked[place].append(Stage(rule.role, rule.needed, (rule.name,)))


def _one_by_one(
    tx: Session, changes: Sequence[Proposed], judged: Sequence[_Judged], asked: list[list[Stage]]
) -> None:
    """A value on some row is at fault: the others are still judged by what they are."""
    for place, one in enumerate(changes):
        rules = [rule for rule, _ in judged if rule.concerns(one.kind, one.table, one.touched)]
        conditions_of = [condition for rule, condition in judged if rule in rules]
        answers = conditions.judge(tx, [(condition, values_of(one)) for condition in conditions_of])
        for rule, answer in zip(rules, answers, strict=True):
            if isinstance(answer, conditions.Unevaluable):
                asked[place].append(doubtful(rule, str(answer)))
            elif answer:
                asked[place].append(Stage(rule.role, rule.needed, (rule.name,)))


def _value(one: Proposed, name: str) -> str | None:
    side, _, column = name.partition(".")
    return ((one.old if side == "old" else one.new) or {}).get(column)


__all__ = ["matching_each", "read_columns", "reads"]
