"""What a rule would have asked about, among the last changes of its tables: a dry run, nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops import conditions
from ops.approvals import Answer, ApprovalRule, would_ask
from ops.changes import Past, past
from ops.web.gate import actor, platform, tx

LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class DryRun:
    """The changes it would have asked about, of `looked_at` that one may see in full."""

    looked_at: int
    asked: Sequence[tuple[Past, Answer]]


def dry_run(rule: ApprovalRule) -> DryRun:
    """Put the rule to the last changes of its tables: three statements."""
    catalog = platform().catalog
    tables = [one for one in catalog if any(place.covers(one.schema, one.name) for place in rule.places)]
    found = past(tx(), catalog, actor(), tables, _reads(rule), LOOKED_AT)
    answers = would_ask(tx(), rule, [one.change for one in found])
    asked = [(one, said) for one, said in zip(found, answers, strict=True) if said != "passes"]
    return DryRun(len(found), asked)


def _reads(rule: ApprovalRule) -> frozenset[str]:
    """The columns the rule looks at: of others' values nothing may be learnt by asking (P14)."""
    try:
        named = conditions.parse(rule.condition).names() if rule.condition.strip() else ()
    except conditions.ParseError:
        named = ()
    return rule.columns | {name.column for name in named}
