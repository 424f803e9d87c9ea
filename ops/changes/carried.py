"""How the rows came out that went along with what was written: looked at again in the same transaction.

The foreign keys have acted by then, and so have the triggers of those rows: the trail and the rules are told what is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.approvals import ApprovalRule, Proposed
from ops.approvals.each import read_columns
from ops.audit import Entry
from ops.catalog import Catalog, Table, parse_key
from ops.changes import writing
from ops.changes.cascades import Along, Cascade, Start, Way, unforeseen
from ops.changes.operation import fold, is_folded
from ops.changes.writing import Row

Known = Mapping[str, str | None]


def settled(
    tx: Session, catalog: Catalog, found: Cascade, starts: Sequence[Start], afters: Sequence[Known | None]
) -> Cascade:
    """The same with every row as it is now, without those that nothing became of. `afters`: of the starts.

    One statement for each table, none where nothing stays; further ones where references are part of keys. What cannot
    be found again has no `after`. A column that others point at and that a trigger changed, of a start or of one of the
    rows, is told in `beyond`.
    """
    beyond: list[Way] = []
    for start, after in zip(starts, afters, strict=True):
        if after is not None:
            beyond += unforeseen(catalog, start, after)
    if not found.rows and not beyond:
        return found
    own = {
        (start.table.ref, writing.key_of(start.table, start.row)): after
        for start, after in zip(starts, afters, strict=True)
        if after is not None
    }
    rows = _again(tx, found.rows, list(afters), own)
    for one in rows:
        if one.effect != "delete" and one.after is not None:
            beyond += unforeseen(catalog, Start(one.table, one.row, one.columns), one.after)
    if beyond:
        found = replace(found, more=True, beyond=(*found.beyond, *beyond))
    return replace(found, rows=tuple(one for one in rows if one.effect == "delete" or moved(one)))


def judged(
    rows: Iterable[Along], beyond: Iterable[Way], rules: Sequence[ApprovalRule]
) -> tuple[list[Proposed], list[Proposed]]:
    """The rows as rules see them, and apart from them what no rule can judge: without its values.

    That are rows of which nobody knows how they came out, those not read at all, and those with a text that a rule
    reads and that is kept by its digest alone.
    """
    known: list[Proposed] = []
    unknown = {(table.ref, effect, columns): table for table, effect, columns in beyond}
    reading: dict[str, frozenset[str]] = {}
    for one in rows:
        if one.table.ref not in reading:
            reading[one.table.ref] = read_columns(one.table, rules)
        gone = one.effect == "delete"
        if (one.after is None and not gone) or _blind(one, reading[one.table.ref]):
            unknown[one.table.ref, one.effect, moved(one)] = one.table
            continue
        kind, touched = ("delete", frozenset[str]()) if gone else ("update", moved(one))
        known.append(Proposed(kind, one.table, one.row, one.after, touched))
    return known, [_unread(table, effect, columns) for (_, effect, columns), table in unknown.items()]


def _unread(table: Table, effect: str, columns: frozenset[str]) -> Proposed:
    if effect == "delete":
        return Proposed("delete", table, None, None, frozenset())
    return Proposed("update", table, None, None, columns)


def _blind(one: Along, names: Iterable[str]) -> bool:
    return any(is_folded(row[name]) for name in names for row in (one.row, one.after) if row is not None)


def entry(one: Along, change_id: int | None, by: str | None) -> Entry:
    """The event of one row that went along with the row `by` (a key in address form)."""
    table = one.table
    before, after = dict(one.row), None
    if one.effect != "delete":
        other = moved(one)
        names = [name for name in table.columns if name in other]
        before = {name: one.row[name] for name in names}
        after = {name: one.after[name] for name in names} if one.after is not None else None
    key = one.key if one.after is None or one.key_after is None else one.key_after
    return Entry(
        "row.cascaded",
        table=(table.schema, table.name),
        oid=str(table.oid),
        key=key,
        key_before=one.key if key != one.key else None,
        change_id=change_id,
        before=before,
        after=after,
        facts={
            "effect": one.effect,
            "through": ", ".join(tie.foreign_key.name for tie in one.ties),
            "with": by,
        },
    )


def moved(one: Along) -> frozenset[str]:
    """What became other of a row that stays; where it is not known, what the foreign keys write."""
    if one.after is None:
        return one.columns
    return frozenset(name for name, text in one.after.items() if fold(text) != fold(one.row.get(name)))


def _guessed(one: Along, nodes: Sequence[Known | None], own: Mapping[tuple[str, str | None], Known]) -> Along:
    """A row that stays with what the foreign keys make of it, by which it is found again."""
    if one.effect == "delete":
        return one
    if one.key is not None and (written := own.get((one.table.ref, one.key))) is not None:
        # One of the starts, which points at itself or at another one: as it was written, before foreign keys acted.
        one = replace(one, row={name: fold(text) for name, text in written.items()})
    made: Row = {}
    lost: set[str] = set()
    for tie in one.ties:
        above = nodes[tie.above] if tie.above is not None else None
        if tie.effect == "set null":
            made |= dict.fromkeys(tie.columns)
        elif tie.effect == "update" and above is not None:
            foreign_key = tie.foreign_key
            pairs = zip(foreign_key.columns, foreign_key.target_columns, strict=True)
            made |= {name: above[target] for name, target in pairs}
        else:
            lost |= set(tie.columns)
    after = {**one.row, **made}
    if one.table.key:
        key = None if lost & set(one.table.key) else writing.key_of(one.table, after)
        return replace(one, key_after=key)
    return one if lost else replace(one, after=after)


def _again(
    tx: Session, rows: Sequence[Along], nodes: list[Known | None], own: Mapping[tuple[str, str | None], Known]
) -> list[Along]:
    """The rows as they are now. `nodes`: the starts as they are; the rows join them as ties count them.

    Those whose key is known come first: the keys of others are made of what is found so. In a ring some are never.
    """
    found, first = list(rows), len(nodes)
    nodes += [None] * len(rows)
    waiting = list(range(len(rows)))
    while waiting:
        guessed = {place: _guessed(found[place], nodes, own) for place in waiting}
        ready = [place for place, one in guessed.items() if _ready(one)] or waiting
        for place, one in zip(ready, _now(tx, [guessed[place] for place in ready]), strict=True):
            found[place], nodes[first + place] = one, one.after
        waiting = sorted(set(waiting) - set(ready))
    return found


def _ready(one: Along) -> bool:
    return one.effect == "delete" or one.key_after is not None or one.after is not None


def _now(tx: Session, rows: Sequence[Along]) -> list[Along]:
    """The rows that stay as they are now, by one statement for each table."""
    keys: dict[str, tuple[Table, set[str]]] = {}
    for one in rows:
        if one.key_after is not None:
            keys.setdefault(one.table.ref, (one.table, set()))[1].add(one.key_after)
    there: dict[tuple[str, str | None], Row] = {}
    for table, some in keys.values():
        for row in _there(tx, table, sorted(some)):
            there[table.ref, writing.key_of(table, row)] = row
    return [
        one if one.key_after is None else replace(one, after=there.get((one.table.ref, one.key_after)))
        for one in rows
    ]


def _there(tx: Session, table: Table, keys: Sequence[str]) -> list[Row]:
    names = list(table.columns)
    parts = [parse_key(key, len(table.key)) for key in keys]
    statement = sa.select(*writing.expressions(table, names, ())).where(writing.one_of(table, parts))
    return [dict(zip(names, row, strict=True)) for row in tx.execute(statement)]
