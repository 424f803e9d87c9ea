"""Nobody changes their own rights (P17): told from the operation and the person alone."""

from __future__ import annotations

import re

from ops.actor import Actor
from ops.changes.operation import Operation
from ops.words import t

# Seeing what one sees anyway: whoever may propose such a change has it already.
_HARMLESS = "viewer"
# As PostgreSQL writes a number. It also reads 05, +5, 0x5 and 0_5, which are all the same person.
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_TOLD = frozenset(("provider", "scim"))  # origins that come again with the next word of the provider


def own_rights(actor: Actor, one: Operation) -> str | None:
    """Why this change of rights is not the person's to propose or to decide; None if it is.

    A role given to or taken from oneself; a role gained or lost through a group one is in; the meaning of a
    role one holds. Nor is a role a person's to take that a group gives: the mapping is.
    """
    if not one.table.house or actor.person_id is None:
        return None
    parts = one.parts if one.key is not None else ()
    # The key says which row it is, whatever the base tells of it: of an edit only what it touches is compared.
    row = {**one.base, **dict(zip(one.table.key, parts, strict=False)), **one.after}
    match one.table.name:
        case "person_role":
            return _of_person(actor, one, row.get("person_id") or "", row.get("origin"))
        case "group_role" if row.get("group_name") in actor.groups and _moves(actor, one, row.get("role")):
            return t("door.refused.own.group", group=row["group_name"])
        case "role" if row.get("name") in actor.roles:
            return t("door.refused.own.meaning", role=row["name"])
        case "role_table" if row.get("role") in actor.roles:
            return t("door.refused.own.meaning", role=row["role"])
    return None


def _of_person(actor: Actor, one: Operation, number: str, origin: str | None) -> str | None:
    if not _NUMBER.fullmatch(number):
        return t("door.refused.person")
    if number == str(actor.person_id):
        return t("door.refused.own.role")
    return t("door.refused.given") if one.kind != "create" and origin in _TOLD else None


def _moves(actor: Actor, one: Operation, role: str | None) -> bool:
    return role != _HARMLESS and (role in actor.roles) == (one.kind == "delete")
