"""Trying out a rule on changes that were: would it have asked? Nothing is kept and nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from ops import conditions
from ops.approvals.matching import Proposed, values_of
from ops.approvals.rules import ApprovalRule

Answer = Literal["asks", "passes", "doubtful"]  # doubtful: it cannot be judged, which asks the owner


def would_ask(tx: Session, rule: ApprovalRule, changes: Sequence[Proposed]) -> list[Answer]:
    """The rule's answer to each change. One statement where a condition must be judged, else none."""
    answers: list[Answer] = ["passes"] * len(changes)
    cases = []
    try:
        condition = conditions.parse(rule.condition) if rule.condition.strip() else None
    except conditions.ParseError:
        return [
            "doubtful" if rule.concerns(one.kind, one.table, one.touched) else "passes" for one in changes
        ]
    named = {name.column for name in condition.names()} if condition else set()
    for place, one in enumerate(changes):
        if not rule.concerns(one.kind, one.table, one.touched):
            continue
        if rule.lost(one.table):
            answers[place] = "doubtful"
        elif condition is None:
            answers[place] = "asks"
        elif not rule.general(one.table) or named <= set(one.table.columns):
            cases.append((place, one))
    if condition is not None and cases:
        judged = conditions.judge(tx, [(condition, values_of(one)) for _, one in cases])
        for (place, _), said in zip(cases, judged, strict=True):
            answers[place] = (
                "doubtful" if isinstance(said, conditions.Unevaluable) else "asks" if said else "passes"
            )
    return answers
