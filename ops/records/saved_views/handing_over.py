"""Views somebody who leaves has shared: they go to the heir, for others work with them every day.

Without an heir they stay where they are and go on for their role; the role owner may change or remove them.
Private views are nobody else's and stay with the person who is off.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.identity.belongings import Belonging, Handover

_FIND = sa.text(
    "SELECT id, schema_name, table_name, name, role FROM ops.saved_view "
    "WHERE owner_id = :person AND role IS NOT NULL ORDER BY id"
)
_HOLD = sa.text(
    "SELECT id FROM ops.saved_view WHERE owner_id = :person AND role IS NOT NULL ORDER BY id FOR UPDATE"
)
# The heir may have a view of that name: then the number tells the two apart. A form's token is the maker's own.
_GIVE = sa.text(
    """
    UPDATE ops.saved_view v SET owner_id = :heir, form_token = NULL, edition = edition + 1,
        name = CASE WHEN EXISTS (SELECT FROM ops.saved_view o WHERE o.owner_id = :heir
            AND o.schema_name = v.schema_name AND o.table_name = v.table_name AND o.name = v.name)
            THEN left(v.name, 40) || ' (' || v.id || ')' ELSE v.name END
    WHERE id = ANY(CAST(:views AS bigint[]))
    """
)


def find(tx: Session, person_id: int, heir_id: int | None) -> list[Belonging]:
    """The views the person shares."""
    return [_belonging(row, heir_id) for row in tx.execute(_FIND, {"person": person_id})]


def give(tx: Session, actor: Actor, person_id: int, heir_id: int | None) -> list[Belonging]:
    """Make them the heir's, still shared with the same roles."""
    tx.execute(_HOLD, {"person": person_id})
    rows = tx.execute(_FIND, {"person": person_id}).all()
    if rows and heir_id is not None:
        tx.execute(_GIVE, {"heir": heir_id, "views": [row.id for row in rows]})
        facts = {"from": str(person_id), "to": str(heir_id)}
        audit.record(tx, actor, [_entry(row, facts) for row in rows])
    return [_belonging(row, heir_id) for row in rows]


def _entry(row: Any, facts: dict[str, str]) -> audit.Entry:
    told = {**facts, "view": str(row.id), "name": row.name, "role": row.role}
    return audit.Entry("view.handed_over", table=(row.schema_name, row.table_name), facts=told)


def _belonging(row: Any, heir_id: int | None) -> Belonging:
    fate, obstacle = ("goes", None) if heir_id is not None else ("stays", "shared")
    return Belonging("view", row.name, f"/views/{row.id}", fate, row.role, obstacle)


HANDOVER = Handover("view", find, give)
