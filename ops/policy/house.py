"""Who sees and changes the platform's own tables: by permission, never by a right on tables such as `*`."""

from __future__ import annotations

from ops.actor import Actor
from ops.catalog import Table
from ops.policy.grants import may
from ops.roles import Permission

_RULES = {"approval_rule"}
# Made by sign-in and provisioning; what may be changed of a person are their roles.
_FIXED = {"person"}


def sees(actor: Actor, table: Table) -> bool:
    """Whether the table of the house exists for the person."""
    return may(actor, Permission.RULES_READ if table.name in _RULES else Permission.PEOPLE_READ)


def may_do(actor: Actor, table: Table, verb: str) -> bool:
    """Whether the person may "create", "edit", "delete", "export" or "approve" here."""
    if verb == "export":
        return sees(actor, table)
    needed = Permission.RULES_EDIT if table.name in _RULES else Permission.PEOPLE_EDIT
    return table.name not in _FIXED and verb in ("create", "edit", "delete", "approve") and may(actor, needed)
