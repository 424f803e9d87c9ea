"""Events as a reader may see them: the stored row and payload, redacted through the View of its table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, UnknownTable, key_text, parse_key
from ops.db import sqlstate
from ops.history.facts import told
from ops.policy import NotVisible, View, view


class NoEvent(LookupError):
    """There is no such event; a page answers 404."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `table` is a reference into the catalog, None where the reader has no such table.

    `before` and `after` hold readable columns only, masks applied; None where nothing is to be shown.
    `hidden` says that the event has values this reader may not see.
    """

    id: int
    uid: str
    at: datetime
    action: str
    outcome: str
    person_id: int | None
    name: str
    source: str
    table: str | None
    key: str | None
    change_id: int | None
    request_id: str | None
    reason: str | None
    ip: str | None
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None] | None
    facts: Mapping[str, str | None]
    hidden: bool
    erased: bool


NOT_OF_THE_TYPE = ("22P02", "22003", "22007", "22008")

# The payload shares `uid` and `at` with its event, so only the event's own partition is looked into.
COLUMNS = (
    "e.id, e.uid::text AS uid, e.at, e.action, e.outcome, e.person_id, e.schema_name, e.table_name, "
    "e.row_key, e.change_id, e.request_id, e.line::json->>'source' AS source, p.body"
)
JOINED = "ops.event e LEFT JOIN ops.event_payload p ON p.uid = e.uid AND p.at = e.at"
_OPERATIONS = sa.text(
    "SELECT o.change_id, o.schema_name, o.table_name, o.row_key, c.proposer_id, "
    "ARRAY(SELECT jsonb_object_keys(coalesce(o.base, '{}') || coalesce(o.after, '{}'))) AS columns "
    "FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id "
    "WHERE o.change_id = ANY(CAST(:ids AS bigint[]))"
)


def readable(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    rows: Sequence[Any],
    known: Mapping[tuple[str, str], set[str]] | None = None,
) -> list[Event]:
    """The stored rows as this reader may see them; one statement per table with a row condition.

    What names a change and no table (what was said about it, its files, how it failed) is told to who sees the change.

    `known`: by table, the keys of rows that the caller has read for this reader in this transaction.
    """
    views = {pair: _view_of(catalog, actor, *pair) for pair in _tables(rows)}
    told = known or {}
    seen = {
        pair: told[pair] if pair in told else _visible_keys(tx, one, rows)
        for pair, one in views.items()
        if one and one.limited_rows()
    }
    changes = _changes(tx, catalog, actor, rows)
    return [_event(row, views, seen, changes) for row in rows]


@dataclass(frozen=True, slots=True)
class _Changes:
    """Changes that are not there for the reader, and those of which they do not see every value."""

    unseen: frozenset[int] = frozenset()
    partly: frozenset[int] = frozenset()


def _changes(tx: Session, catalog: Catalog, actor: Actor, rows: Sequence[Any]) -> _Changes:
    """Of the changes that events name alone, or say why they failed; one statement, where there are any.

    As on a change's own page: one's own is one's own to see, wherever its rows have gone.
    """
    ids = {row.change_id for row in rows if row.table_name is None or row.outcome == "failed"} - {None}
    if not ids:
        return _Changes()
    told = [
        SimpleNamespace(**{**row._asdict(), "row_key": key_text(tuple(row.row_key)) if row.row_key else None})
        for row in tx.execute(_OPERATIONS, {"ids": sorted(ids)})
    ]
    views = {pair: _view_of(catalog, actor, *pair) for pair in _tables(told)}
    seen = {pair: _visible_keys(tx, one, told) for pair, one in views.items() if one and one.limited_rows()}

    def there(row: Any) -> bool:
        pair = (row.schema_name, row.table_name)
        if views[pair] is None:
            return False
        return pair not in seen or row.proposer_id == actor.person_id or row.row_key in seen[pair]

    def whole(row: Any) -> bool:
        one = views[row.schema_name, row.table_name]
        return one is not None and all(map(one.sees, row.columns))

    return _Changes(
        frozenset(row.change_id for row in told if not there(row)),
        frozenset(row.change_id for row in told if not whole(row)),
    )


def _tables(rows: Iterable[Any]) -> set[tuple[str, str]]:
    return {(row.schema_name, row.table_name) for row in rows if row.table_name is not None}


def _view_of(catalog: Catalog, actor: Actor, schema: str, table: str) -> View | None:
    try:
        return view(actor, catalog.by_name(schema, table))
    except (UnknownTable, NotVisible):
        return None


def _visible_keys(tx: Session, one: View, rows: Iterable[Any]) -> set[str]:
    """Which rows the events tell of the reader can see now; a row that is gone is not among them."""
    table = one.table
    wanted: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if (row.schema_name, row.table_name) == (table.schema, table.name) and row.row_key:
            try:
                wanted[row.row_key] = tuple(parse_key(row.row_key, len(table.key)))
            except BadAddress:
                continue  # the table's key was another one then: closed by default
    if not wanted or not table.key:
        return set()
    listed = sa.or_(
        *(
            sa.and_(
                *(
                    one.raw(name) == one.constant(name, part)
                    for name, part in zip(table.key, parts, strict=True)
                )
            )
            for parts in wanted.values()
        )
    )
    statement = one.select(*(one.text(name) for name in table.key)).where(listed)
    try:
        with tx.begin_nested():
            return {key_text(tuple(row)) for row in tx.execute(statement)}
    except sa.exc.DBAPIError as error:
        # A key of another time may not fit the column's type of today: then nothing is shown.
        if sqlstate(error) not in NOT_OF_THE_TYPE:
            raise
        return set()


def _event(
    row: Any, views: Mapping[tuple[str, str], View | None], seen: Mapping[tuple[str, str], set[str]],
    changes: _Changes,
) -> Event:  # fmt: skip
    pair = (row.schema_name, row.table_name)
    one = views.get(pair)
    body: dict[str, Any] = json.loads(row.body) if row.body else {}
    before, after = body.get("before"), body.get("after")
    open_row = one is not None and (pair not in seen or row.row_key in seen[pair])
    of_table = row.table_name is not None
    private = not open_row if of_table else row.change_id in changes.unseen
    said = body.get("facts") or {}
    facts = {} if private else told(one, said)
    if row.outcome == "failed" and row.change_id in changes.partly:
        facts.pop("why", None)  # the reason may name columns, and values in them
    return Event(
        id=row.id,
        uid=row.uid,
        at=row.at,
        action=row.action,
        outcome=row.outcome,
        person_id=row.person_id,
        name=body.get("name") or "",
        source=row.source,
        table=one.table.ref if one else None,
        key=None if private else row.row_key,
        change_id=row.change_id,
        request_id=row.request_id,
        reason=None if private else body.get("reason"),
        ip=body.get("ip"),
        before=None if private else _values(row, one, before),
        after=None if private else _values(row, one, after),
        facts=facts,
        hidden=private or facts != said or (of_table and _hides(one, before, after)),
        erased=row.body is None,
    )


def _values(
    row: Any, one: View | None, values: Mapping[str, str | None] | None
) -> dict[str, str | None] | None:
    if values is None:
        return None
    if row.table_name is None:
        return dict(values)  # the house's own, such as roles that changed: of no table, so behind no View
    return one.redact(values) if one else None


def _hides(one: View | None, *sides: Mapping[str, str | None] | None) -> bool:
    if one is None:
        return any(sides)
    return any(not one.sees(name) for side in sides if side for name in side)
