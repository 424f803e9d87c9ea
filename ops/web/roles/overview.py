"""Every role on one screen: what it may on tables, which pages it opens, who holds it and through which groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops import policy
from ops.catalog import Catalog
from ops.changes import OpenChange, open_changes
from ops.identity.holding import Holding, holdings
from ops.policy import Permission
from ops.roles import ANY, VERBS, Role, TableRule, book_of
from ops.web.gate import actor, platform, tx
from ops.web.provider_names import provider_name
from ops.web.right_words import columns_words, place_words, rows_words, table_of, verb_words, verbs_words
from ops.web.roles.addresses import right_href, role_href
from ops.words import t

TABLES = ("role", "role_table")


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether a role has a verb: `all`, `some` or `none`, and in words."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role of the overview."""

    role: Role
    href: str
    mine: bool
    people: int
    groups: Sequence[tuple[str, str]]  # (name, provider)
    cells: Sequence[Cell]
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class RightLine:
    """What a role may with one place, in words."""

    role: str
    label: str
    place: str
    name: str
    href: str
    verbs: str
    rows: str
    columns: Sequence[str]
    built_in: bool
    gone: bool
    general: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What templates/roles/index.html shows."""

    built_in: Sequence[RoleLine]
    own: Sequence[RoleLine]
    rights: Sequence[RightLine]
    waiting: Sequence[OpenChange]
    may_edit: bool

    @property
    def every(self) -> Sequence[RoleLine]:
        """All roles, the built-in ones first."""
        return [*self.built_in, *self.own]


def overview() -> Overview:
    """Read once: the book is in memory, who holds what and what waits are two statements."""
    who = actor()
    book = book_of(who)
    held = holdings(tx())
    lines = [
        _line(role, held.get(role.name, Holding()), role.name in who.roles) for role in book.roles.values()
    ]
    own = sorted((one for one in lines if not one.role.built_in), key=lambda one: one.role.label.casefold())
    rights = [right for role in book.roles.values() for right in rights_of(platform().catalog, role)]
    return Overview(
        [one for one in lines if one.role.built_in],
        own,
        [right for right in rights if not right.general],
        open_changes(tx(), TABLES),
        policy.may(who, Permission.PEOPLE_EDIT),
    )


def rights_of(catalog: Catalog, role: Role) -> list[RightLine]:
    """The role's rules in words, the most general first."""
    rules = sorted(
        role.tables.values(), key=lambda one: (one.schema != ANY, one.schema, one.table != ANY, one.table)
    )
    return [_right(catalog, role, rule) for rule in rules]


def _right(catalog: Catalog, role: Role, rule: TableRule) -> RightLine:
    table = table_of(catalog, rule.schema, rule.table)
    return RightLine(
        role=role.name,
        label=role.label,
        place=place_words(catalog, rule.schema, rule.table),
        name=rule.place,
        href=right_href(role.name, rule.schema, rule.table),
        verbs=verbs_words(rule.verbs),
        rows=rows_words(rule.rows, table),
        columns=columns_words(table, rule.hidden, rule.masked, rule.readonly),
        built_in=rule.built_in,
        gone=table is None and ANY not in (rule.schema, rule.table),
        general=rule.built_in,
    )


def _line(role: Role, held: Holding, mine: bool) -> RoleLine:
    return RoleLine(
        role=role,
        href=role_href(role.name),
        mine=mine,
        people=held.people,
        groups=[(one.name, provider_name(one.iss)) for one in held.groups],
        cells=[_cell(role, verb) for verb in VERBS],
        permissions=role.permissions,
    )


def _cell(role: Role, verb: str) -> Cell:
    rules = list(role.tables.values())
    giving = [rule for rule in rules if verb in rule.verbs]
    if not giving:
        return Cell("none", t("roles.cell.none", verb=verb_words(verb)))
    everywhere = next((rule for rule in giving if rule.schema == ANY), None)
    if everywhere is None:
        return Cell("some", t("roles.cell.some", count=len(giving)))
    differs = sum(verb not in rule.verbs or bool(rule.rows) for rule in rules if rule is not everywhere)
    if everywhere.rows:
        return Cell("some", t("roles.cell.rows"))
    return Cell("some", t("roles.cell.but", count=differs)) if differs else Cell("all", t("roles.cell.all"))
