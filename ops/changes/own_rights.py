"""Nobody changes their own rights (P17): told from the operation and the person alone."""

from __future__ import annotations

from ops.actor import Actor
from ops.changes.operation import Operation
from ops.words import t

# Seeing what one sees anyway: whoever may propose such a change has it already.
_HARMLESS = "viewer"


def own_rights(actor: Actor, one: Operation) -> str | None:
    """Why this change of rights is not the person's to propose or to decide; None if it is.

    A role given to or taken from oneself; a role gained or lost through a group one is in; the meaning of a
    role one holds.
    """
    if not one.table.house or actor.person_id is None:
        return None
    told = {**one.base, **one.after}
    parts = one.parts if one.key is not None else ()
    row = {**dict(zip(one.table.key, parts, strict=False)), **told}
    match one.table.name:
        case "person_role" if row.get("person_id") == str(actor.person_id):
            return t("door.refused.own.role")
        case "group_role" if row.get("group_name") in actor.groups and _moves(actor, one, row.get("role")):
            return t("door.refused.own.group", group=row["group_name"])
        case "role" if row.get("name") in actor.roles:
            return t("door.refused.own.meaning", role=row["name"])
        case "role_table" if row.get("role") in actor.roles:
            return t("door.refused.own.meaning", role=row["role"])
    return None


def _moves(actor: Actor, one: Operation, role: str | None) -> bool:
    return role != _HARMLESS and (role in actor.roles) == (one.kind == "delete")
