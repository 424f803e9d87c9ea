"""The platform's own tables that people change through the door like the company's: roles, mappings, rules.

They are shaped here, not by users, and stand apart from the company's: in no list of tables, under no `*`.
Only the columns named here exist for a View; a secret that a later migration adds beside them never leaves.
"""

# ruff: noqa: RUF012 - the options are read once by the catalog and never changed

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from ops.catalog.model import Relation
from ops.catalog.resource import Resource
from ops.db import SCHEMA

GROUP = "Rights"


class People(Resource):
    """Who signs in: made by sign-in and provisioning, never here."""

    table = f"{SCHEMA}.person"
    label = "People"
    label_one = "Person"
    group = GROUP
    title = "{name}"
    columns = ("name", "email", "iss", "signed_in_at", "disabled_at")
    search = ("name", "email")
    readonly = ("iss", "sub", "name", "email", "signed_in_at", "disabled_at", "created_at")
    order = "name"


class PersonRoles(Resource):
    """A role given to a person by hand."""

    table = f"{SCHEMA}.person_role"
    label = "Roles of people"
    label_one = "Role of a person"
    group = GROUP
    title = "{person} · {role}"
    columns = ("person_id", "role", "origin", "granted_at")
    readonly = ("origin", "granted_at")


class GroupRoles(Resource):
    """What a group of an identity provider means here."""

    table = f"{SCHEMA}.group_role"
    label = "Group mappings"
    label_one = "Group mapping"
    group = GROUP
    title = "{group_name} → {role}"
    columns = ("iss", "group_name", "role")
    labels = {"iss": "Provider", "group_name": "Group"}


class Roles(Resource):
    """A company's own roles, beside the built-in ones."""

    table = f"{SCHEMA}.role"
    label = "Roles"
    label_one = "Role"
    group = GROUP
    title = "{label}"
    columns = ("name", "label", "description", "permissions")
    readonly = ("created_at",)


class RoleTables(Resource):
    """What a role may do with a table: verbs, rows, columns."""

    table = f"{SCHEMA}.role_table"
    label = "Rights on tables"
    label_one = "Right on a table"
    group = GROUP
    title = "{role} on {schema_name}.{table_name}"
    columns = ("role", "schema_name", "table_name", "verbs", "rows", "hidden", "masked", "readonly")
    labels = {
        "schema_name": "Schema",
        "table_name": "Table",
        "verbs": "May",
        "rows": "Only rows where",
        "hidden": "Hidden columns",
        "masked": "Masked columns",
        "readonly": "Read-only columns",
    }


class ApprovalRules(Resource):
    """Which changes must be approved, and by whom."""

    table = f"{SCHEMA}.approval_rule"
    label = "Approval rules"
    label_one = "Approval rule"
    group = GROUP
    title = "{name}"
    columns = ("name", "tables", "kinds", "condition", "stages", "enabled")
    labels = {
        "tables": "About",
        "kinds": "Looks at",
        "columns": "Only if one of these changes",
        "condition": "Only if",
        "min_rows": "Only from so many rows on",
        "sources": "Only if it comes about by",
        "proposer_roles": "Only if asked for by",
        "stages": "Asks",
        "expires_hours": "Waits no longer than (hours)",
        "enabled": "Switched on",
    }
    readonly = ("created_at",)


HOUSE: tuple[type[Resource], ...] = (People, PersonRoles, GroupRoles, Roles, RoleTables, ApprovalRules)
NAMES = tuple(resource.table.removeprefix(f"{SCHEMA}.") for resource in HOUSE)
_COLUMNS: dict[str, frozenset[str]] = {
    "person": frozenset(
        ("id", "iss", "sub", "name", "email", "email_verified", "signed_in_at", "disabled_at", "created_at")
    ),
    "person_role": frozenset(("person_id", "role", "origin", "granted_at")),
    "group_role": frozenset(("iss", "group_name", "role")),
    "role": frozenset(("name", "label", "description", "permissions", "created_at")),
    "role_table": frozenset(
        ("role", "schema_name", "table_name", "verbs", "rows", "hidden", "masked", "readonly")
    ),
    "approval_rule": frozenset(
        (
            "id", "name", "tables", "kinds", "columns", "condition", "min_rows", "sources", "proposer_roles", "stages",
            "expires_hours", "enabled", "created_at",
        )
    ),
}  # fmt: skip


def narrowed(relations: Iterable[Relation]) -> dict[tuple[str, str], Relation]:
    """The house's relations with only the columns named here, and the foreign keys among themselves."""
    found = {(one.schema, one.name): one for one in relations}
    return {
        name: replace(
            one,
            columns=MappingProxyType({c: one.columns[c] for c in one.columns if c in _COLUMNS[one.name]}),
            foreign_keys=tuple(
                foreign
                for foreign in one.foreign_keys
                if (foreign.target_schema, foreign.target_table) in found
                and _COLUMNS[one.name].issuperset(foreign.columns)
            ),
        )
        for name, one in found.items()
    }
