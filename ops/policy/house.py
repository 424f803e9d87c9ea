"""Who sees and changes the platform's own tables: by permission, never by a right on tables such as `*`."""

from __future__ import annotations

from collections.abc import Set

from ops.catalog import Table
from ops.roles import VERBS, Permission

_RULES = {"approval_rule"}
# Made by sign-in and provisioning; what may be changed of a person are their roles.
_FIXED = {"person"}
_READING = {"see", "export"}
_WRITING = {"create", "edit", "delete", "approve"}


def needed(table: Table, verb: str) -> Permission | None:
    """The permission that lets one do this with a table of the house; None where nobody may."""
    rules = table.name in _RULES
    if verb in _READING:
        return Permission.RULES_READ if rules else Permission.PEOPLE_READ
    if verb not in _WRITING or table.name in _FIXED:
        return None
    return Permission.RULES_EDIT if rules else Permission.PEOPLE_EDIT


def verbs(permissions: Set[Permission], table: Table) -> frozenset[str]:
    """What these permissions let one do with a table of the house; without "see" it does not exist."""
    if needed(table, "see") not in permissions:
        return frozenset()
    return frozenset(verb for verb in VERBS if needed(table, verb) in permissions)
