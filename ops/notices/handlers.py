"""From outbox rows to notices. Each may run twice: the row's id keeps a person from hearing it twice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.notices.alarms import break_glass
from ops.outbox import Handler, OutboxRow
from ops.words import t

# Those whose turn it is: the role of the first open stage, but no maker, and nobody who has decided on this revision.
_DECIDERS = sa.text(
    """
    INSERT INTO ops.notice (outbox_id, person_id, text, href)
    SELECT :outbox_id, p.id, :text, :href
    FROM ops.change_set c
    CROSS JOIN LATERAL (
        SELECT s.role FROM ops.stage s
        WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
        ORDER BY s.position LIMIT 1
    ) turn
    JOIN ops.held_role r ON r.role = turn.role
    JOIN ops.person p ON p.id = r.person_id AND p.disabled_at IS NULL
    WHERE c.id = :change_id AND c.state = 'in_review'
      AND NOT EXISTS (SELECT FROM ops.change_party y
                      WHERE y.change_id = c.id AND y.person_id = p.id AND y.side = 'maker')
      AND NOT EXISTS (SELECT FROM ops.decision d
                      WHERE d.change_id = c.id AND d.revision = c.revision AND d.person_id = p.id)
    GROUP BY p.id
    ON CONFLICT (outbox_id, person_id) DO NOTHING
    """
)
# The proposer hears what others did; what was applied or withdrawn by their own hand they know.
_PROPOSER = sa.text(
    """
    INSERT INTO ops.notice (outbox_id, person_id, text, href)
    SELECT :outbox_id, COALESCE(c.heir_id, c.proposer_id), :text, :href FROM ops.change_set c
    WHERE c.id = :change_id
      AND (c.state NOT IN ('applied', 'withdrawn')
           OR EXISTS (SELECT FROM ops.decision d WHERE d.change_id = c.id))
    ON CONFLICT (outbox_id, person_id) DO NOTHING
    """
)
_CHANGE = sa.text(
    "SELECT c.title, c.state, p.name AS proposer "
    "FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id WHERE c.id = :change_id"
)
_OUTCOMES = frozenset({"applied", "sent_back", "rejected", "conflicted", "failed", "expired"})


def tell(tx: Session, row: OutboxRow) -> None:
    """Tell about one change as it stands now: those whose turn it is, or its proposer how it ended."""
    change_id = int(row.body["change_id"])
    change = tx.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if change is None:
        return
    values = {"outbox_id": row.id, "change_id": change_id, "href": f"/changes/CH-{change_id}"}
    named = {"ref": f"CH-{change_id}", "title": change.title}
    if change.state == "in_review":
        # Without the title: it may name a row that one of them may not see.
        tx.execute(
            _DECIDERS, {**values, "text": t("notices.asks", proposer=change.proposer, ref=named["ref"])}
        )
    elif row.kind == "change.scheduled" and change.state == "approved":
        tx.execute(_PROPOSER, {**values, "text": t("notices.scheduled", **named)})
    elif change.state in _OUTCOMES:
        tx.execute(_PROPOSER, {**values, "text": t(f"notices.{change.state}", **named)})


# A lone owner's change of rights takes effect after a day: everybody who looks after others shall know, also an owner
# who counts no more because the provider has not vouched for them lately.
_WATCHERS = sa.text(
    """
    INSERT INTO ops.notice (outbox_id, person_id, text, href)
    SELECT :outbox_id, p.id, :text, :href FROM ops.person p
    JOIN ops.change_set c ON c.id = :change_id AND c.proposer_id <> p.id
    WHERE p.disabled_at IS NULL AND EXISTS (
        SELECT FROM ops.person_role r WHERE r.person_id = p.id AND r.role IN ('manager', 'auditor', 'owner'))
    ON CONFLICT (outbox_id, person_id) DO NOTHING
    """
)


def alone(tx: Session, row: OutboxRow) -> None:
    """Tell every manager, auditor and other owner that a lone owner's change of rights takes effect in a day."""
    change_id = int(row.body["change_id"])
    change = tx.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if change is not None:
        text = t("notices.alone", proposer=change.proposer, ref=f"CH-{change_id}")
        values = {
            "outbox_id": row.id,
            "change_id": change_id,
            "text": text,
            "href": f"/changes/CH-{change_id}",
        }
        tx.execute(_WATCHERS, values)


_HEIR = sa.text(
    "INSERT INTO ops.notice (outbox_id, person_id, text, href) VALUES (:outbox_id, :heir, :text, '/changes/') "
    "ON CONFLICT (outbox_id, person_id) DO NOTHING"
)


def inherited(tx: Session, row: OutboxRow) -> None:
    """Tell somebody that they took over what a person left open."""
    name = tx.scalar(
        sa.text("SELECT name FROM ops.person WHERE id = :id"), {"id": int(row.body["person_id"])}
    )
    text = t("notices.inherited", name=name, count=row.body["count"])
    tx.execute(_HEIR, {"outbox_id": row.id, "heir": int(row.body["to"]), "text": text})


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "offboarding.handed_over": inherited,
        "rights.alone": alone,
        "break_glass.used": break_glass,
        "break_glass.closed_here": break_glass,
        "break_glass.closed_everywhere": break_glass,
        "break_glass.closed": break_glass,  # put before tries were counted by address
    }
    | {
        f"change.{what}": tell
        for what in (
            "submitted",
            "in_review",
            "approved",
            "decided",
            "withdrawn",
            "reopened",
            "scheduled",
            *sorted(_OUTCOMES),
        )
    }
)
"""What the clock hands outbox rows to."""
