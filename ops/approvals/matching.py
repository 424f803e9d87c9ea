"""From rules and a change to the stages it must pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals.named import doubtful, stages_for
from ops.approvals.rules import UNKNOWN, ApprovalRule, Circumstances, declared_rules, stored_rules
from ops.approvals.stages import Stage, merged
from ops.catalog import Table


@dataclass(frozen=True, slots=True)
class Proposed:
    """One row's change as rules see it: the whole row as texts, before (None: created) and after."""

    kind: str
    table: Table
    old: Mapping[str, str | None] | None
    new: Mapping[str, str | None] | None
    touched: frozenset[str]


_Case = tuple[ApprovalRule, conditions.Condition, Proposed]


@dataclass(slots=True)
class _Found:
    """Rules that match, each once and in their order, those PostgreSQL must judge, and doubts."""

    rules: dict[ApprovalRule, None] = field(default_factory=dict)
    cases: list[_Case] = field(default_factory=list)
    doubts: list[Stage] = field(default_factory=list)


_AT_ONCE = 500  # conditions in one statement; PostgreSQL has 1,664 columns at most


def matching(
    tx: Session,
    changes: Sequence[Proposed],
    stored: Sequence[ApprovalRule] | None = None,
    about: Circumstances = UNKNOWN,
) -> list[Stage]:
    """The stages that all matching rules together ask for; an empty list: nobody need be asked.

    `stored` are the table's rules where the caller has read them already. Costs no round trip unless a rule
    with a condition concerns the change: PostgreSQL judges, all at once.
    """
    if stored is None:
        stored = stored_rules(tx)
    found = _Found()
    for change in changes:
        for rule in (*stored, *declared_rules(change.table)):
            if rule.concerns(change.kind, change.table, change.touched, about):
                _sort(rule, change, found)
    return _stages(tx, found)


def asked_by_written(
    tx: Session,
    judged: Sequence[Proposed],
    written: Sequence[Proposed],
    stored: Sequence[ApprovalRule],
    about: Circumstances = UNKNOWN,
) -> list[Stage]:
    """The stages that rules ask for on rows as they were written: defaults, generated columns, triggers.

    `written` begins with the rows of `judged`, in their order; further ones went along with them. A rule that
    reads nothing but what it was judged by already costs nothing.
    """
    news = [_news(before, after) for before, after in zip(judged, written, strict=False)]
    found = _Found()
    for position, change in enumerate(written):
        for rule in (*stored, *declared_rules(change.table)):
            if position < len(news) and (not news[position] or not _reads(rule, change, news[position])):
                continue
            if rule.concerns(change.kind, change.table, change.touched, about):
                _sort(rule, change, found)
    return _stages(tx, found)


def asked_by_unread(
    tx: Session,
    changes: Sequence[Proposed],
    stored: Sequence[ApprovalRule],
    about: Circumstances = UNKNOWN,
) -> list[Stage]:
    """The stages that rules may ask for on rows nobody has read: `changes` without old and new values.

    A rule with a condition cannot be judged there, which asks the owner.
    """
    found = _Found()
    for change in changes:
        for rule in (*stored, *declared_rules(change.table)):
            if not rule.concerns(change.kind, change.table, change.touched, about):
                continue
            if not rule.condition.strip() and not rule.lost(change.table):
                found.rules[rule] = None
            elif _is_about(rule, change.table):
                found.doubts.append(doubtful(rule, "more rows go along than are read"))
    return _stages(tx, found)


def _is_about(rule: ApprovalRule, table: Table) -> bool:
    """A rule for every table is about those that have its columns."""
    try:
        named = (
            {name.column for name in conditions.parse(rule.condition).names()} if rule.condition else set()
        )
    except conditions.ParseError:
        return True
    return not rule.general(table) or named <= set(table.columns)


def concerned(
    changes: Sequence[Proposed], stored: Sequence[ApprovalRule], about: Circumstances = UNKNOWN
) -> bool:
    """Whether any rule looks at the changes at all, its condition aside; asks nobody."""
    return any(
        rule.concerns(change.kind, change.table, change.touched, about)
        for change in changes
        for rule in (*stored, *declared_rules(change.table))
    )


def _stages(tx: Session, found: _Found) -> list[Stage]:
    """What the rules that match ask for, in their own order: the stored ones first, as they were made."""
    for start in range(0, len(found.cases), _AT_ONCE):
        some = found.cases[start : start + _AT_ONCE]
        answers = conditions.judge(tx, [(condition, values_of(change)) for _, condition, change in some])
        for (rule, _, _), answer in zip(some, answers, strict=True):
            if isinstance(answer, conditions.Unevaluable):
                found.doubts.append(doubtful(rule, str(answer)))
            elif answer:
                found.rules[rule] = None
    return merged([*stages_for(tx, found.rules), *found.doubts])


def _news(judged: Proposed, written: Proposed) -> frozenset[str]:
    """The columns that are not what rules were told they would be."""
    told = judged.new or {}
    return frozenset(name for name, text in (written.new or {}).items() if told.get(name) != text)


def _reads(rule: ApprovalRule, written: Proposed, news: frozenset[str]) -> bool:
    """Whether the rule could think otherwise of the row now that it is written."""
    if written.kind == "create" and not rule.condition.strip():
        # It asks about what a person gives, and nobody gave a default; what is generated is made of what was given.
        news = frozenset(name for name in news if written.table.columns[name].generated)
    return bool(news & (_read_new(rule.condition) | rule.columns))


@lru_cache(maxsize=1024)
def _read_new(condition: str) -> frozenset[str]:
    """The columns whose new values a condition reads; none where it cannot be read itself."""
    try:
        return frozenset(name.column for name in conditions.parse(condition).names() if name.side == "new")
    except conditions.ParseError:
        return frozenset()


def _sort(rule: ApprovalRule, change: Proposed, found: _Found) -> None:
    """Put the rule to those that match, or to the cases PostgreSQL must judge."""
    lost = rule.lost(change.table)
    if lost:
        found.doubts.append(doubtful(rule, f"the table has no column {', '.join(sorted(lost))}"))
        return
    if not rule.condition.strip():
        found.rules[rule] = None
        return
    try:
        condition = conditions.parse(rule.condition)
    except conditions.ParseError as error:
        found.doubts.append(doubtful(rule, str(error)))
        return
    # A rule for every table is about those that have its columns.
    named = {name.column for name in condition.names()}
    if not rule.general(change.table) or named <= set(change.table.columns):
        found.cases.append((rule, condition, change))


def values_of(change: Proposed) -> dict[str, tuple[str, str | None]]:
    """What a condition may read of a change: `old.x` and `new.x` of every column, each with its type."""
    values: dict[str, tuple[str, str | None]] = {}
    for name, column in change.table.columns.items():
        values[f"old.{name}"] = (column.judged_as, (change.old or {}).get(name))
        values[f"new.{name}"] = (column.judged_as, (change.new or {}).get(name))
    return values
