"""Who sees and changes the platform's own tables: by permission, never by a right on tables such as `*`."""

from __future__ import annotations

from collections.abc import Set

from ops.catalog import Table
from ops.roles import Permission

_RULES = {"approval_rule"}
# Made by sign-in and provisioning; what may be changed of a person are their roles.
_FIXED = {"person"}


def verbs(permissions: Set[Permission], table: Table) -> frozenset[str]:
    """What these permissions let one do with a table of the house; without "see" it does not exist."""
    rules = table.name in _RULES
    if (Permission.RULES_READ if rules else Permission.PEOPLE_READ) not in permissions:
        return frozenset()
    found = {"see", "export"}
    if (
        Permission.RULES_EDIT if rules else Permission.PEOPLE_EDIT
    ) in permissions and table.name not in _FIXED:
        found |= {"create", "edit", "delete", "approve"}
    return frozenset(found)
