"""What a person may do, table by table, in words: those with the same verbs stand together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.policy import NotVisible, Permission, View, may, sees, view
from ops.roles import VERBS
from ops.web.people.pages import address
from ops.web.right_words import verbs_words
from ops.words import t

SHOWN = 24  # tables of one group


@dataclass(frozen=True, slots=True)
class Reached:
    """One table, with what is less than all of it."""

    label: str
    href: str
    limits: str


@dataclass(frozen=True, slots=True)
class Together:
    """Tables with the same verbs; `more` further ones are not listed."""

    words: str
    tables: Sequence[Reached]
    more: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything: tables by verbs, the widest first; how many they do not see; which pages are open beside."""

    groups: Sequence[Together]
    unseen: int
    pages: Sequence[str]


def of(catalog: Catalog, reader: Actor, person: Actor) -> Reach:
    """What the person may do with the tables that the reader sees too; of others nothing is told (P14)."""
    found: dict[tuple[str, ...], list[Reached]] = {}
    unseen = 0
    for table in (table for group in catalog.groups for table in group.tables if sees(reader, table)):
        theirs = _view(person, table)
        if theirs is None:
            unseen += 1
            continue
        verbs = tuple(verb for verb in VERBS if theirs.may(verb))
        href = address("/people/why", who=person.person_id, table=table.ref)
        found.setdefault(verbs, []).append(Reached(table.label, href, _limits(theirs)))
    groups = [
        Together(verbs_words(verbs), tables[:SHOWN], max(len(tables) - SHOWN, 0))
        for verbs, tables in sorted(found.items(), key=lambda one: (-len(one[0]), -len(one[1])))
    ]
    return Reach(groups, unseen, [one.sentence for one in Permission if _apart(one) and may(person, one)])


def _view(person: Actor, table: Table) -> View | None:
    try:
        return view(person, table)
    except NotVisible:
        return None


def _limits(theirs: View) -> str:
    hidden = len(theirs.table.columns) - len(theirs.columns)
    masked = sum(one.masked for one in theirs.columns)
    parts = [t("directory.reach.some_rows")] if theirs.limited_rows() else []
    parts += [t("directory.reach.hidden", count=hidden)] if hidden else []
    parts += [t("directory.reach.masked", count=masked)] if masked else []
    return ", ".join(parts)


def _apart(one: Permission) -> bool:
    """Pages that no right on a table opens."""
    return str(one.value).partition(".")[0] not in ("records", "changes", "exports")
