"""What a rule would have asked about in the last days, and who would have had to decide: a dry run, nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ops.approvals import OWNER, ApprovalRule, Ask
from ops.approvals.named import by_email
from ops.changes import Replay, Stopped, replay
from ops.web.gate import actor, platform, tx
from ops.web.rule_words import names_of_asks, stage_words
from ops.words import t

NAMED = 12  # people who are named one by one

_HOLDERS = sa.text(
    """
    SELECT p.id, p.name FROM ops.person p
    WHERE p.disabled_at IS NULL AND (p.id = ANY(CAST(:people AS bigint[]))
          OR EXISTS (SELECT FROM ops.held_role r WHERE r.person_id = p.id AND r.role = :role))
    ORDER BY p.name, p.id LIMIT 200
    """
)


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who would have had to decide in one stage, as people are today. `short`: changes for which too few are left."""

    asks: str
    names: Sequence[str]
    more: int
    short: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What templates/rules/_tried.html shows."""

    found: Replay
    deciders: Sequence[Deciders]
    cannot: Sequence[str]

    @property
    def looked_at(self) -> int:
        """How many changes it was put to."""
        return self.found.looked_at

    @property
    def asked(self) -> int:
        """How many it would have stopped, also by asking the owner in doubt."""
        return self.found.count("asks") + self.found.count("doubtful")

    @property
    def stopped(self) -> Sequence[Stopped]:
        """The newest of them."""
        return self.found.stopped

    @property
    def since(self) -> datetime:
        """How far back it was looked."""
        return self.found.since


def dry_run(rule: ApprovalRule) -> DryRun:
    """Put the rule to the changes of the last 90 days."""
    found = replay(tx(), platform().catalog, actor(), rule)
    asks = (*rule.asks, *((Ask(OWNER),) if found.count("doubtful") else ()))
    deciders = [_deciders(one, found) for one in asks] if found.stopped else []
    return DryRun(found, deciders, _cannot(found))


def _deciders(one: Ask, found: Replay) -> Deciders:
    emails = sorted(name.casefold() for name in one.people if "@" in name)
    people = {int(name) for name in one.people if name.isdigit()} | set(
        by_email(tx(), emails).values() if emails else ()
    )
    rows = tx().execute(_HOLDERS, {"people": sorted(people), "role": one.role}).all()
    there = {row.id for row in rows}
    # Nobody decides what they asked for themselves: where the proposer is one of these, one fewer is left.
    short = sum(many for who, many in found.proposers.items() if len(there - {who}) < one.needed)
    names = [row.name for row in rows]
    return Deciders(stage_words(one, names_of_asks([one])), names[:NAMED], max(len(names) - NAMED, 0), short)


def _cannot(found: Replay) -> list[str]:
    """What the dry run does not know, in sentences."""
    said = []
    if many := found.count("unknown"):
        said.append(t("rules.cannot.unknown", count=many))
    if found.capped:
        said.append(t("rules.cannot.capped", count=found.capped))
    if found.unseen:
        said.append(t("rules.cannot.unseen", count=found.unseen))
    if not found.whole:
        said.append(t("rules.cannot.since"))
    return [*said, t("rules.cannot.others"), t("rules.cannot.today")]
