"""Who looked at rows of sensitive tables: a row once in five minutes for each person, a list each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.catalog import Table
from ops.db import Database

MINUTES = 5  # for which one event tells of every look at a row
MOST_KEYS = 200  # in one event; a page holds fifty rows

# The trail itself remembers: the index of a row's events finds the newest of them, in the newest partition.
_LATELY = sa.text(
    """
    SELECT EXISTS (
        SELECT FROM ops.event e
        WHERE e.schema_name = :schema AND e.table_name = :table AND e.row_key = :key
        AND e.action = 'row.viewed' AND e.person_id = :person
        AND e.at > clock_timestamp() - make_interval(mins => :minutes))
    """
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page is about to show: one row (`key`), or rows of a list (`keys`) with the query they came by."""

    table: Table
    key: str | None = None
    keys: Sequence[str] = ()
    query: str = ""


def viewed(db: Database, actor: Actor, sights: Sequence[Sight]) -> None:
    """Write down what of it is sensitive, in a transaction of its own, before any of it is sent (P21).

    Raises what the database raises: then nothing may be shown. Tables that are not sensitive cost nothing.
    """
    sights = [one for one in sights if one.table.resource.sensitive]
    if sights:
        with db.transaction() as tx:
            note(tx, actor, sights)


def note(tx: Session, actor: Actor, sights: Sequence[Sight]) -> None:
    """The same in a transaction that is open already."""
    told = [one for one in sights if one.table.resource.sensitive and not _lately(tx, actor, one)]
    audit.record(tx, actor, [_entry(one) for one in told])


def _lately(tx: Session, actor: Actor, one: Sight) -> bool:
    if one.key is None:
        return False
    values = {"schema": one.table.schema, "table": one.table.name, "key": one.key}
    return bool(tx.scalar(_LATELY, {**values, "person": actor.person_id, "minutes": MINUTES}))


def _entry(one: Sight) -> audit.Entry:
    facts: dict[str, str | None] = {}
    if one.key is None:
        facts = {"list": one.query, "keys": " ".join(one.keys[:MOST_KEYS]), "rows": str(len(one.keys))}
    table = one.table
    return audit.Entry(
        "row.viewed", table=(table.schema, table.name), oid=str(table.oid), key=one.key, facts=facts
    )
