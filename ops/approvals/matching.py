"""From rules and a change to the stages it must pass."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals.rules import ANY, OWNER, ApprovalRule, declared_rules, stored_rules
from ops.catalog import Table
from ops.words import t

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposed:
    """One row's change as rules see it: the whole row as texts, before (None: created) and after."""

    kind: str
    table: Table
    old: Mapping[str, str | None] | None
    new: Mapping[str, str | None] | None
    touched: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stage:
    """`needed` people of `role` must say yes, because the rules named in `why` ask for it."""

    role: str
    needed: int
    why: tuple[str, ...]


_Case = tuple[ApprovalRule, conditions.Condition, Proposed]
_AT_ONCE = 500  # conditions in one statement; PostgreSQL has 1,664 columns at most


def matching(
    tx: Session, changes: Sequence[Proposed], stored: Sequence[ApprovalRule] | None = None
) -> list[Stage]:
    """The stages that all matching rules together ask for; an empty list: nobody need be asked.

    `stored` are the table's rules where the caller has read them already. Costs no round trip unless a rule
    with a condition concerns the change: PostgreSQL judges, all at once.
    """
    if stored is None:
        stored = stored_rules(tx)
    asked: list[Stage] = []
    cases: list[_Case] = []
    for change in changes:
        for rule in (*stored, *declared_rules(change.table)):
            if rule.concerns(change.kind, change.table, change.touched):
                _sort(rule, change, asked, cases)
    return merged([*asked, *_judged(tx, cases)])


def asked_by_written(
    tx: Session, judged: Sequence[Proposed], written: Sequence[Proposed], stored: Sequence[ApprovalRule]
) -> list[Stage]:
    """The stages that rules ask for on rows as they were written: defaults, generated columns, triggers.

    `written` begins with the rows of `judged`, in their order; further ones went along with them. A rule that
    reads nothing but what it was judged by already costs nothing.
    """
    news = [_news(before, after) for before, after in zip(judged, written, strict=False)]
    asked: list[Stage] = []
    cases: list[_Case] = []
    for position, change in enumerate(written):
        for rule in (*stored, *declared_rules(change.table)):
            if position < len(news) and (not news[position] or not _reads(rule, change, news[position])):
                continue
            if rule.concerns(change.kind, change.table, change.touched):
                _sort(rule, change, asked, cases)
    return merged([*asked, *_judged(tx, cases)])


def concerned(changes: Sequence[Proposed], stored: Sequence[ApprovalRule]) -> bool:
    """Whether any rule looks at the changes at all, its condition aside; asks nobody."""
    return any(
        rule.concerns(change.kind, change.table, change.touched)
        for change in changes
        for rule in (*stored, *declared_rules(change.table))
    )


def merged(asked: Iterable[Stage]) -> list[Stage]:
    """One stage for each role, with the most that any rule needs; the owner comes last."""
    stages: dict[str, Stage] = {}
    for stage in asked:
        known = stages.get(stage.role)
        why = dict.fromkeys((*(known.why if known else ()), *stage.why))
        stages[stage.role] = Stage(stage.role, max(known.needed if known else 1, stage.needed), tuple(why))
    return sorted(stages.values(), key=lambda stage: stage.role == OWNER)


def missing(wanted: Iterable[Stage], there: Iterable[Stage]) -> list[Stage]:
    """What `there` does not yet cover of `wanted`: further roles, and further people of a role."""
    have: dict[str, int] = {}
    for stage in there:
        have[stage.role] = have.get(stage.role, 0) + stage.needed
    return [
        Stage(stage.role, stage.needed - have.get(stage.role, 0), stage.why)
        for stage in wanted
        if stage.needed > have.get(stage.role, 0)
    ]


def _judged(tx: Session, cases: Sequence[_Case]) -> list[Stage]:
    asked = []
    for start in range(0, len(cases), _AT_ONCE):
        some = cases[start : start + _AT_ONCE]
        answers = conditions.judge(tx, [(condition, values_of(change)) for _, condition, change in some])
        for (rule, _, _), answer in zip(some, answers, strict=True):
            if isinstance(answer, conditions.Unevaluable):
                asked.append(doubtful(rule, str(answer)))
            elif answer:
                asked.append(Stage(rule.role, rule.needed, (rule.name,)))
    return asked


def _news(judged: Proposed, written: Proposed) -> frozenset[str]:
    """The columns that are not what rules were told they would be."""
    told = judged.new or {}
    return frozenset(name for name, text in (written.new or {}).items() if told.get(name) != text)


def _reads(rule: ApprovalRule, written: Proposed, news: frozenset[str]) -> bool:
    """Whether the rule could think otherwise of the row now that it is written."""
    if written.kind == "create" and not rule.condition.strip():
        return False  # it asks about what a person gives, and nobody gave a default
    return bool(news & (_read_new(rule.condition) | rule.columns))


@lru_cache(maxsize=1024)
def _read_new(condition: str) -> frozenset[str]:
    """The columns whose new values a condition reads; none where it cannot be read itself."""
    try:
        return frozenset(name.column for name in conditions.parse(condition).names() if name.side == "new")
    except conditions.ParseError:
        return frozenset()


def _sort(
    rule: ApprovalRule,
    change: Proposed,
    asked: list[Stage],
    cases: list[_Case],
) -> None:
    """Put the rule to what is asked already, or to the cases PostgreSQL must judge."""
    lost = rule.lost(change.table)
    if lost:
        asked.append(doubtful(rule, f"the table has no column {', '.join(sorted(lost))}"))
        return
    if not rule.condition.strip():
        asked.append(Stage(rule.role, rule.needed, (rule.name,)))
        return
    try:
        condition = conditions.parse(rule.condition)
    except conditions.ParseError as error:
        asked.append(doubtful(rule, str(error)))
        return
    # A rule for every table is about those that have its columns.
    named = {name.column for name in condition.names()}
    if rule.table != ANY or named <= set(change.table.columns):
        cases.append((rule, condition, change))


def doubtful(rule: ApprovalRule, why: str) -> Stage:
    """The stage of a rule that cannot be evaluated: the owner is asked."""
    log.warning("approval rule %r cannot be evaluated (%s); the owner is asked instead", rule.name, why)
    return Stage(OWNER, max(rule.needed, 1), (t("door.unevaluated", rule=rule.name),))


def values_of(change: Proposed) -> dict[str, tuple[str, str | None]]:
    """What a condition may read of a change: `old.x` and `new.x` of every column, each with its type."""
    values: dict[str, tuple[str, str | None]] = {}
    for name, column in change.table.columns.items():
        values[f"old.{name}"] = (column.cast_type, (change.old or {}).get(name))
        values[f"new.{name}"] = (column.cast_type, (change.new or {}).get(name))
    return values
