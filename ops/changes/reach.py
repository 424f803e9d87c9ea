"""Which changes lead nowhere for a reader: of those a page says that something waits, and nothing more (P14).

By the measure of the change's own page: a table that is not there for the reader, or a row of it.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, UnknownTable
from ops.changes.authorise import sees
from ops.changes.sight import out_of_sight
from ops.policy import View, limited_views

_ROWS = sa.text(
    "SELECT DISTINCT o.change_id, o.schema_name, o.table_name, c.proposer_id, "
    "EXISTS (SELECT FROM ops.change_bulk b WHERE b.change_id = c.id) AS many "
    "FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id "
    "WHERE o.change_id = ANY(CAST(:ids AS bigint[]))"
)


def beyond(tx: Session, view: View, ids: Collection[int], *, closely: bool = True) -> frozenset[int]:
    """Those of the changes whose pages are not there for the person whose view it is.

    No statement for who sees every table and every row. Not `closely`, changes of many rows by others are not asked
    about where a condition limits which rows are the person's: then they are not there, for a list has no time.
    """
    if not ids or view.catalog is None or sees_everything(view):
        return frozenset()
    catalog, actor = view.catalog, view.actor
    limited = {(one.table.schema, one.table.name) for one in limited_views(actor, catalog)}
    lost = set[int]()
    for row in tx.execute(_ROWS, {"ids": sorted(ids)}).all():
        pair = (row.schema_name, row.table_name)
        many = row.many and not closely and pair in limited and row.proposer_id != actor.person_id
        if many or not _is_there(actor, catalog, *pair):
            lost.add(row.change_id)
    return frozenset(lost | out_of_sight(tx, catalog, actor, sorted(set(ids) - lost)))


def sees_everything(view: View) -> bool:
    """Whether every table and every row is there for the person whose view it is."""
    catalog, actor = view.catalog, view.actor
    if catalog is None:
        return False
    key = ("sees everything", id(catalog))
    found: bool | None = view.shape.memory.get(key)
    if found is None:
        found = all(sees(actor, table) for table in catalog) and not limited_views(actor, catalog)
        view.shape.memory[key] = found
    return found


def _is_there(actor: Actor, catalog: Catalog, schema: str, name: str) -> bool:
    try:
        return sees(actor, catalog.by_name(schema, name))
    except UnknownTable:
        return False
