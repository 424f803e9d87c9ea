"""Lists of change sets, newest first, keyset-paged: waiting for a person, theirs, all they may see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals import WAITING
from ops.catalog import Catalog, Table, UnknownTable, key_text
from ops.changes.authorise import sees
from ops.changes.deciding import decidable
from ops.changes.operation import heading, reference
from ops.changes.sight import out_of_sight
from ops.policy import NotVisible, view
from ops.records import titles


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of a list. `table` is the first operation's; `turn` the role, or the names, whose turn it is.

    `key` and `name` are those of the one row it is about, as far as the person who looks may see it now.
    """

    id: int
    title: str
    state: str
    source: str
    proposer: str
    proposer_id: int
    table: Table
    kind: str
    operations: int
    turn: str | None
    created_at: datetime
    finished_at: datetime | None
    key: str | None = None
    name: str | None = None
    due_at: datetime | None = None  # when the stage whose turn it is should be decided

    @property
    def reference(self) -> str:
        """The name people use: CH-1042."""
        return reference(self.id)

    @property
    def heading(self) -> str:
        """What it does and to which row: "Edit customer: Hansen Ltd"."""
        return heading(self.title, self.kind, self.table, self.name)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of a list; `next` is the `before` of the following one."""

    rows: tuple[ChangeRow, ...]
    next: int | None


# A change of which any table is not there for the person is not there either.
VISIBLE = """NOT EXISTS (
    SELECT FROM ops.operation o WHERE o.change_id = c.id AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(CAST(:visible AS jsonb)) AS v (s text, n text)
        WHERE v.s = o.schema_name AND v.n = o.table_name))"""
LIST = """
    SELECT c.id, c.title, c.state, c.source, p.name AS proposer, c.proposer_id, f.schema_name, f.table_name, f.kind,
           f.row_key,
           coalesce((SELECT b.total FROM ops.change_bulk b WHERE b.change_id = c.id),
                    (SELECT count(*) FROM ops.operation o WHERE o.change_id = c.id)) AS operations,
           CASE WHEN c.state = 'in_review' THEN (
               SELECT coalesce(nullif(s.role, ''), (
                   SELECT string_agg(n.name, ', ' ORDER BY n.name) FROM ops.person n WHERE n.id = ANY(s.people)))
               FROM ops.stage s WHERE s.change_id = c.id AND s.revision = c.revision
               AND s.closed_at IS NULL ORDER BY s.position LIMIT 1) END AS turn,
           CASE WHEN c.state = 'in_review' THEN (
               SELECT s.due_at FROM ops.stage s WHERE s.change_id = c.id AND s.revision = c.revision
               AND s.closed_at IS NULL ORDER BY s.position LIMIT 1) END AS due_at,
           c.created_at, c.finished_at
    FROM ops.change_set c
    JOIN ops.person p ON p.id = c.proposer_id
    JOIN ops.operation f ON f.change_id = c.id AND f.position = 0
    WHERE (CAST(:before AS bigint) IS NULL OR c.id < :before) AND {condition}
    ORDER BY c.id DESC LIMIT :limit
"""
_IN_STATES = " AND (CAST(:states AS text[]) IS NULL OR c.state = ANY(CAST(:states AS text[])))"
_ALL = sa.text(LIST.format(condition=VISIBLE + _IN_STATES))
_THEIRS = " AND (c.proposer_id = :person_id OR c.heir_id = :person_id)"
_MINE = sa.text(LIST.format(condition=VISIBLE + _IN_STATES + _THEIRS))
_WAITING = sa.text(LIST.format(condition=VISIBLE + " AND " + WAITING))
_OPEN = "('submitted', 'in_review', 'sent_back', 'approved', 'applying')"
_CONCERNING = sa.text(
    LIST.format(
        condition=f"{VISIBLE} AND (({WAITING}) OR (c.state IN {_OPEN} AND c.proposer_id = :person_id))"
    )
)


def waiting(
    tx: Session, catalog: Catalog, actor: Actor, *, before: int | None = None, size: int = 50
) -> ChangePage:
    """Changes the person can decide now: their role's turn, no hand in it, every value visible."""
    if actor.person_id is None or not actor.roles:
        return ChangePage((), None)
    values = {"roles": sorted(actor.roles), "person_id": actor.person_id}
    page = page_of(tx, catalog, actor, _WAITING, values, before, size)
    theirs = decidable(tx, catalog, actor, [row.id for row in page.rows])
    return named(tx, catalog, actor, tuple(row for row in page.rows if row.id in theirs), page.next)


def to_decide(catalog: Catalog, actor: Actor, waiting: Iterable[tuple[Sequence[Sequence[str]], int]]) -> int:
    """How many of the changes that wait for the person's roles are about tables that are theirs to approve.

    `waiting` counts them by their tables ([schema, name]); no statement. Rows and columns out of sight are
    judged on the list itself: this is the number beside its name.
    """
    return sum(many for tables, many in waiting if all(_approves(catalog, actor, *table) for table in tables))


def _approves(catalog: Catalog, actor: Actor, schema: str, name: str) -> bool:
    try:
        return view(actor, catalog.by_name(schema, name)).may("approve")
    except (UnknownTable, NotVisible):
        return False


def mine(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    *,
    states: tuple[str, ...] = (),
    before: int | None = None,
    size: int = 50,
) -> ChangePage:
    """Changes the person proposed or inherited, in any of `states` (none given: in all)."""
    values = {"person_id": actor.person_id, "states": list(states) or None}
    page = page_of(tx, catalog, actor, _MINE, values, before, size)
    return named(tx, catalog, actor, page.rows, page.next)


def everything(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    *,
    states: tuple[str, ...] = (),
    before: int | None = None,
    size: int = 50,
) -> ChangePage:
    """All changes of rows the person may see, in any of `states` (none given: in all).

    A page may hold fewer than `size`: rows out of the person's sight are taken out after it is cut.
    """
    page = page_of(tx, catalog, actor, _ALL, {"states": list(states) or None}, before, size)
    lost = out_of_sight(tx, catalog, actor, [row.id for row in page.rows])
    return named(tx, catalog, actor, tuple(row for row in page.rows if row.id not in lost), page.next)


def concerning(
    tx: Session, catalog: Catalog, actor: Actor, person: Actor, *, before: int | None = None, size: int = 10
) -> ChangePage:
    """Changes that wait and `person` asked for or may be asked about, as far as `actor` may see them."""
    values = {"roles": sorted(person.roles), "person_id": person.person_id}
    page = page_of(tx, catalog, actor, _CONCERNING, values, before, size)
    lost = out_of_sight(tx, catalog, actor, [row.id for row in page.rows])
    return named(tx, catalog, actor, tuple(row for row in page.rows if row.id not in lost), page.next)


def named(
    tx: Session, catalog: Catalog, actor: Actor, rows: tuple[ChangeRow, ...], older: int | None
) -> ChangePage:
    """The rows with the names of what they are about: one statement, through the person's own Views (P14)."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if row.key is not None and not row.table.house:
            wanted.setdefault(row.table.ref, set()).add(row.key)
    names = titles(tx, catalog, actor, wanted) if wanted else {}
    named = (replace(row, name=names.get(row.table.ref, {}).get(row.key or "") or None) for row in rows)
    return ChangePage(tuple(named), older)


def page_of(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    statement: sa.TextClause,
    values: Mapping[str, object],
    before: int | None,
    size: int,
) -> ChangePage:
    """A page of those that a statement made of `LIST` finds, without their names yet.

    Rows out of the person's sight are the caller's to take out.
    """
    # Changes of rights and rules are changes too: who may see them finds them among the others.
    every = (*catalog, *catalog.house.values())
    visible = [{"s": table.schema, "n": table.name} for table in every if sees(actor, table)]
    found = tx.execute(
        statement, {**values, "visible": json.dumps(visible), "before": before, "limit": size + 1}
    ).all()
    rows = tuple(
        ChangeRow(
            id=row.id, title=row.title, state=row.state, source=row.source, proposer=row.proposer,
            proposer_id=row.proposer_id,
            table=catalog.by_name(row.schema_name, row.table_name), kind=row.kind, operations=row.operations,
            turn=row.turn, created_at=row.created_at, finished_at=row.finished_at, due_at=row.due_at,
            key=key_text(row.row_key) if row.row_key and row.operations == 1 else None,
        )
        for row in found[:size]
    )  # fmt: skip
    return ChangePage(rows, rows[-1].id if len(found) > size else None)
