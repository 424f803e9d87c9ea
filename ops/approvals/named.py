"""From a rule's stages to stages of people who are there: names in code become persons, once each."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.approvals.rules import ApprovalRule
from ops.approvals.stages import OWNER, Stage, chained
from ops.words import t

log = logging.getLogger(__name__)

# A person is (iss, sub), never an address (P2): an address that two persons have proved stands for neither.
_BY_EMAIL = sa.text(
    """
    SELECT lower(p.email) AS email, min(p.id) AS id FROM ops.person p
    WHERE lower(p.email) = ANY(CAST(:emails AS text[])) AND p.email_verified AND p.disabled_at IS NULL
    GROUP BY 1 HAVING count(*) = 1
    """
)


def stages_for(tx: Session, rules: Iterable[ApprovalRule]) -> list[Stage]:
    """The stages these rules ask for, each in its own order. One round trip only if a rule names an address."""
    return [stage for stages in stages_of_each(tx, list(rules)) for stage in stages]


def stages_of_each(tx: Session, rules: Sequence[ApprovalRule]) -> list[list[Stage]]:
    """The same for each rule by itself."""
    emails = {name.casefold() for rule in rules for one in rule.asks for name in one.people if "@" in name}
    known = by_email(tx, sorted(emails)) if emails else {}
    return [_stages(rule, known) for rule in rules]


def by_email(tx: Session, emails: Sequence[str]) -> dict[str, int]:
    """The one person of each address, who has proved it and is not switched off."""
    return {row.email: row.id for row in tx.execute(_BY_EMAIL, {"emails": list(emails)})}


def doubtful(rule: ApprovalRule, why: str) -> Stage:
    """The stage of a rule that cannot be evaluated: the owner is asked."""
    log.warning("approval rule %r cannot be evaluated (%s); the owner is asked instead", rule.name, why)
    most = max((one.needed for one in rule.asks), default=1)
    return Stage(OWNER, most, (t("door.unevaluated", rule=rule.name),), expires=rule.expires)


def _stages(rule: ApprovalRule, known: Mapping[str, int]) -> list[Stage]:
    found = []
    for one in rule.asks:
        people = frozenset(who for name in one.people if (who := _person(name, known)) is not None)
        if not one.role and len(people) < one.needed:
            found.append(doubtful(rule, "it names people who are not there"))
            continue
        escalate = one.due if one.escalate_to else None
        found.append(
            Stage(
                one.role, one.needed, (rule.name,), people, one.due, one.remind, escalate,
                one.escalate_to if escalate else None, expires=rule.expires,
            )
        )  # fmt: skip
    return chained(found)


def _person(name: str, known: Mapping[str, int]) -> int | None:
    if name.isascii() and name.isdigit():
        return int(name)
    return known.get(name.casefold())
