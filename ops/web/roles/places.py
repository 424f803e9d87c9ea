"""The tables a right can be about, by group, with what the role may do there today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.roles import ANY, Role
from ops.web.gate import platform
from ops.web.right_words import place_words, verbs_words
from ops.web.roles.addresses import right_href
from ops.words import t


@dataclass(frozen=True, slots=True)
class Place:
    """One choice. `own`: the role has a right of just this place already."""

    label: str
    name: str
    href: str
    may: str
    own: bool


def places(role: Role) -> list[tuple[str, Sequence[Place]]]:
    """Every table, every table of a schema, and each table of the company."""
    catalog = platform().catalog
    schemas = sorted({table.schema for table in catalog})
    general = [_place(role, ANY, ANY), *(_place(role, schema, ANY) for schema in schemas)]
    each = [
        (group.label, [_place(role, one.schema, one.name) for one in group.tables])
        for group in catalog.groups
    ]
    return [(t("roles.places_general"), general), *each]


def _place(role: Role, schema: str, name: str) -> Place:
    exact = role.tables.get((schema, name))
    rule = exact or role.rule(schema, name)
    full = ANY if schema == ANY else f"{schema}.{name}"
    return Place(
        label=place_words(platform().catalog, schema, name),
        name=full,
        href=right_href(role.name, schema, name),
        may=verbs_words(rule.verbs if rule else ()),
        own=exact is not None and not exact.built_in,
    )
