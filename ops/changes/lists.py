"""Lists of change sets, newest first, keyset-paged: theirs, all they may see; what waits is in `awaiting`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.catalog import Catalog, Table, UnknownTable, key_text
from ops.changes.authorise import sees
from ops.changes.operation import heading, reference
from ops.changes.sight import out_of_sight
from ops.changes.states import OPEN
from ops.policy import NotVisible, stamp, view
from ops.records import titles


class ChangeRow(NamedTuple):
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
    apply_at: datetime | None = None  # of one that is open: not applied before
    written: int | None = None  # of one of many rows that are not all written: how many are
    stopped: bool = False  # whether that is so because it was stopped half way

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


_OF_MANY = frozenset({"bulk", "import", "action", "undo"})
_IN_PART = (
    "SELECT change_id, applied, stopped > 0 FROM ops.change_bulk "
    "WHERE change_id = ANY(CAST(%(ids)s AS bigint[])) AND applied > 0 "
    "AND stopped + moved + gone + unseen + failed > 0"
)
# The pages are functions of the database, whose plans stay (migrations/versions/0030_turns.sql). What `{page}` finds is
# one more than is shown, so that one knows of more.
_LINES = "SELECT p.last, l.* FROM {page} AS p LEFT JOIN ops.lines_of_changes(p.those, false) AS l ON true"
_ALONE = "(SELECT {found} AS those, CAST(NULL AS bigint) AS last)"
_TURNS = (
    "ops.page_of_turns(%(person_id)s, CAST(%(roles)s AS text[]), CAST(%(before)s AS bigint), "
    "CAST(%(visible)s AS jsonb), %(limit)s)"
)
_CHANGES = (
    "ops.page_of_changes(CAST(%(of)s AS bigint), CAST(%(states)s AS text[]), CAST(%(before)s AS bigint), "
    "CAST(%(visible)s AS jsonb), %(limit)s)"
)
_ANY = _LINES.format(page=_CHANGES)
_THESE = _LINES.format(
    page=_ALONE.format(found="ops.those_there(CAST(%(ids)s AS bigint[]), CAST(%(visible)s AS jsonb))")
)
_CONCERNING = _LINES.format(
    page=_ALONE.format(
        found=f"ARRAY(SELECT DISTINCT b.id FROM unnest({_TURNS} || (SELECT those FROM {_CHANGES})) AS b (id) "
        "ORDER BY b.id DESC LIMIT %(limit)s)"
    )
)


def to_decide(catalog: Catalog, actor: Actor, waiting: Iterable[tuple[Sequence[Sequence[str]], int]]) -> int:
    """How many of the changes that wait for the person's roles are about tables that are theirs to approve.

    `waiting` counts them by their tables ([schema, name]); no statement. Rows and columns out of sight are
    judged on the list itself: this is the number beside its name.
    """
    known = _remembered(_approved, catalog, actor, dict[tuple[str, str], bool])
    count = 0
    for tables, many in waiting:
        for schema, name in tables:
            if (theirs := known.get((schema, name))) is None:
                theirs = known[schema, name] = _approves(catalog, actor, schema, name)
            if not theirs:
                break
        else:
            count += many
    return count


def _approves(catalog: Catalog, actor: Actor, schema: str, name: str) -> bool:
    try:
        return view(actor, catalog.by_name(schema, name)).may("approve")
    except (UnknownTable, NotVisible):
        return False


def mine(
    tx: Session, catalog: Catalog, actor: Actor, *, states: tuple[str, ...] = (), before: int | None = None,
    size: int = 50, names: int | None = None,
) -> ChangePage:  # fmt: skip
    """Changes the person proposed or inherited, in any of `states` (none given: in all).

    `names`: only the first so many say what their row is called.
    """
    if actor.person_id is None:
        return ChangePage((), None)
    values = {"of": actor.person_id, "states": list(states) or None, "before": before}
    page = _page(tx, catalog, actor, _ANY, values, size)
    rest = () if names is None else page.rows[names:]
    return ChangePage((*named(tx, catalog, actor, page.rows[:names]), *rest), page.next)


def everything(
    tx: Session, catalog: Catalog, actor: Actor, *, states: tuple[str, ...] = (), before: int | None = None,
    size: int = 50,
) -> ChangePage:  # fmt: skip
    """All changes of rows the person may see, in any of `states` (none given: in all).

    A page may hold fewer than `size`: rows out of the person's sight are taken out after it is cut, and it looks at
    400 changes and no further.
    """
    values = {"of": None, "states": list(states) or None, "before": before}
    page = _page(tx, catalog, actor, _ANY, values, size)
    return ChangePage(named(tx, catalog, actor, _in_sight(tx, catalog, actor, page.rows)), page.next)


def concerning(
    tx: Session, catalog: Catalog, actor: Actor, person: Actor, *, before: int | None = None, size: int = 10
) -> ChangePage:
    """Changes that wait and `person` asked for or may be asked about, as far as `actor` may see them."""
    if person.person_id is None:
        return ChangePage((), None)
    values = {
        "roles": sorted(person.roles), "person_id": person.person_id, "of": person.person_id, "states": sorted(OPEN),
        "before": before,
    }  # fmt: skip
    page = _page(tx, catalog, actor, _CONCERNING, values, size)
    return ChangePage(named(tx, catalog, actor, _in_sight(tx, catalog, actor, page.rows)), page.next)


def these(tx: Session, catalog: Catalog, actor: Actor, ids: Sequence[int]) -> tuple[ChangeRow, ...]:
    """The changes of these numbers that the person may see, newest first; one out of sight is not among them (P14)."""
    if not ids:
        return ()
    page = _page(tx, catalog, actor, _THESE, {"ids": list(ids)}, len(ids))
    return named(tx, catalog, actor, _in_sight(tx, catalog, actor, page.rows))


def named(tx: Session, catalog: Catalog, actor: Actor, rows: Iterable[ChangeRow]) -> tuple[ChangeRow, ...]:
    """The rows with the names of what they are about: one statement, through the person's own Views (P14)."""
    rows, wanted = tuple(rows), dict[str, set[str]]()
    for row in rows:
        if row.key is not None and not row.table.house:
            wanted.setdefault(row.table.ref, set()).add(row.key)
    if not wanted:
        return rows
    names = titles(tx, catalog, actor, wanted)
    return tuple([_called(row, names) for row in rows])


def _called(row: ChangeRow, names: Mapping[str, Mapping[str, str]]) -> ChangeRow:
    name = names.get(row.table.ref, _NONE).get(row.key or "")
    return _row(ChangeRow, (*row[:_NAME], name, *row[_NAME + 1 :])) if name else row


_NONE: Mapping[str, str] = {}


def _in_sight(tx: Session, catalog: Catalog, actor: Actor, rows: Sequence[ChangeRow]) -> Iterable[ChangeRow]:
    lost = out_of_sight(tx, catalog, actor, [row.id for row in rows])
    return (row for row in rows if row.id not in lost) if lost else rows


def _page(
    tx: Session, catalog: Catalog, actor: Actor, statement: str, values: Mapping[str, object], size: int
) -> ChangePage:
    """A page of what the statement finds, without names yet; rows out of the person's sight are still among them."""
    said = {**values, "visible": visible_tables(catalog, actor), "limit": size + 1}
    found = direct.rows(tx, statement, said)
    last, lines = found[0][0], found if found[0][1] is not None else []
    rows = _told_how_far(tx, rows_of(catalog, lines[:size], 1))
    return ChangePage(rows, rows[-1].id if len(lines) > size else last)


def _told_how_far(tx: Session, rows: tuple[ChangeRow, ...]) -> tuple[ChangeRow, ...]:
    """With how many rows are written where not all are; asks only where a line may be such a change."""
    done = (row for row in rows if row.state == "applied" and row.operations > 1)
    many = [row.id for row in done if row.source in _OF_MANY]
    found = direct.rows(tx, _IN_PART, {"ids": many}) if many else ()
    parts = {number: (written, stopped) for number, written, stopped in found}
    if not parts:
        return rows
    none = (None, False)
    return tuple(
        [
            row._replace(written=written, stopped=stopped)
            for row in rows
            for written, stopped in [parts.get(row.id, none)]
        ]
    )


def rows_of(catalog: Catalog, lines: Sequence[tuple[Any, ...]], at: int = 0) -> tuple[ChangeRow, ...]:
    """Lines of `ops.lines_of_changes`, without the names of what they are about; `at`: where theirs begin."""
    tables, rows = dict[tuple[str, str], Table](), list[ChangeRow]()
    for line in lines:
        (number, title, state, source, proposer, proposer_id, schema, name, kind, parts, operations, turn, due_at,
         created_at, finished_at, apply_at, _) = line[at:]  # fmt: skip
        if (table := tables.get((schema, name))) is None:
            table = tables[schema, name] = catalog.by_name(schema, name)
        key = None
        if parts:
            part = parts[0]  # most keys have one, and it is a number
            key = "~" + part if len(parts) == 1 and part.isalnum() and part.isascii() else key_text(parts)
        told = (number, title, state, source, proposer, proposer_id, table, kind, operations, turn, created_at,
                finished_at, key, None, due_at, apply_at, None, False)  # fmt: skip
        rows.append(_row(ChangeRow, told))
    return tuple(rows)


_NAME = ChangeRow._fields.index("name")
_row = cast(
    Callable[[type[ChangeRow], tuple[Any, ...]], ChangeRow], tuple.__new__
)  # fifty of them are on a page
_Kept = TypeVar("_Kept")
_Of = tuple[int, frozenset[str], str]  # a catalog, roles and the rights they have today
_tables: dict[_Of, tuple[Catalog, list[str]]] = {}
_approved: dict[_Of, tuple[Catalog, dict[tuple[str, str], bool]]] = {}
_MOST = 500  # sets of roles


def _remembered(
    memory: dict[_Of, tuple[Catalog, _Kept]], catalog: Catalog, actor: Actor, new: Callable[[], _Kept]
) -> _Kept:
    """What is remembered for a catalog and rights; filled by whoever asks for it first."""
    key = (id(catalog), actor.roles, stamp(actor))
    kept = memory.get(key)
    if kept is None or kept[0] is not catalog:
        if len(memory) >= _MOST:
            memory.clear()
        kept = memory[key] = (catalog, new())
    return kept[1]


def visible_tables(catalog: Catalog, actor: Actor) -> str:
    """The tables that are there for the person, {schema: [name]}; remembered for a catalog and rights.

    Changes of rights and rules are changes too: who may see them finds them among the others.
    """
    known = _remembered(_tables, catalog, actor, list[str])
    if not known:
        there: dict[str, list[str]] = {}
        for table in (*catalog, *catalog.house.values()):
            if sees(actor, table):
                there.setdefault(table.schema, []).append(table.name)
        known.append(json.dumps(there))
    return known[0]
