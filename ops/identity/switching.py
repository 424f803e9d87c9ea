"""Switching people off and on: by hand, or as a provider's SCIM says. Their history stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.catalog import key_text

By = Literal["hand", "scim"]


class SwitchedOffElsewhere(Exception):
    """The provider's SCIM says this person is not active: they are switched on there, not here."""


class OnlyOwners(Exception):
    """Whoever is no owner switches no owner off or on: an owner's word is what changes of rights wait for (P17)."""


# A word by hand is the stronger one: it stays when SCIM says the same, and later says the contrary.
_DISABLE = sa.text(
    """
    WITH was AS MATERIALIZED (
        SELECT id, disabled_at IS NOT NULL AS already, COALESCE(disabled_by, 'hand') AS by_whom
        FROM ops.person WHERE id = :person FOR NO KEY UPDATE
    )
    UPDATE ops.person p SET disabled_at = COALESCE(p.disabled_at, now()), disabled_by = :by
    FROM was WHERE p.id = was.id AND (NOT was.already OR (was.by_whom = 'scim' AND :by = 'hand'))
    RETURNING was.already
    """
)
_END_SESSIONS = sa.text("DELETE FROM ops.session WHERE person_id = :person RETURNING 1")
_END_REFRESH = sa.text("DELETE FROM ops.refresh WHERE person_id = :person")
_ENABLE = sa.text(
    "UPDATE ops.person SET disabled_at = NULL, disabled_by = NULL WHERE id = :person "
    "AND disabled_at IS NOT NULL AND (:by = 'hand' OR disabled_by = 'scim') RETURNING 1"
)
_OWNER = sa.text("SELECT EXISTS (SELECT FROM ops.person_role WHERE person_id = :person AND role = 'owner')")
_HELD = sa.text(
    "SELECT EXISTS (SELECT FROM ops.person p JOIN ops.scim_user u ON u.person_id = p.id "
    "WHERE p.id = :person AND p.disabled_by = 'scim' AND NOT u.active) "
    "AND EXISTS (SELECT FROM ops.scim_token)"
)


def disable(tx: Session, actor: Actor, person_id: int, *, by: By, reason: str | None = None) -> bool:
    """Switch a person off: no session, no refresh token and no right of theirs outlives this transaction.

    Returns False where they were off already; a word by hand then still takes the place of SCIM's, so that
    SCIM does not switch them on again. Raises OnlyOwners.
    """
    _by_owners(tx, actor, person_id, by)
    row = tx.execute(_DISABLE, {"person": person_id, "by": by}).one_or_none()
    ended = len(tx.execute(_END_SESSIONS, {"person": person_id}).all())
    tx.execute(_END_REFRESH, {"person": person_id})
    if row is None:
        return False
    facts = {"by": by, "person": str(person_id), "sessions": str(ended)}
    record(tx, actor, [_entry("people.disabled", person_id, reason, facts)])
    return not row.already


def enable(tx: Session, actor: Actor, person_id: int, *, by: By, reason: str | None = None) -> bool:
    """Switch a person on again; False where nothing changed.

    SCIM never switches on whom a hand has switched off. Raises SwitchedOffElsewhere where a hand would switch
    on whom SCIM says is not active, OnlyOwners.
    """
    _by_owners(tx, actor, person_id, by)
    if by == "hand" and tx.scalar(_HELD, {"person": person_id}):
        raise SwitchedOffElsewhere(f"person {person_id}")
    if tx.execute(_ENABLE, {"person": person_id, "by": by}).first() is None:
        return False
    facts = {"by": by, "person": str(person_id)}
    record(tx, actor, [_entry("people.enabled", person_id, reason, facts)])
    return True


def _by_owners(tx: Session, actor: Actor, person_id: int, by: By) -> None:
    """Raise OnlyOwners where a person who is none would switch one; commands and SCIM stand outside."""
    by_a_person = by == "hand" and actor.person_id is not None
    if by_a_person and "owner" not in actor.roles and tx.scalar(_OWNER, {"person": person_id}):
        raise OnlyOwners(f"person {person_id}")


def _entry(action: str, person_id: int, reason: str | None, facts: Mapping[str, str | None]) -> Entry:
    return Entry(action, table=("ops", "person"), key=key_text([str(person_id)]), reason=reason, facts=facts)
