"""The digest of a table's shape: how a change made for yesterday's table is kept from today's (P47)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from ops import direct
from ops.catalog import queries
from ops.catalog.model import Table

Names = tuple[str, ...]
_NOW = "SELECT * FROM ops.table_shapes(%(schemas)s::text[], %(names)s::text[])"


def shapes_of(tx: Session, oids: Sequence[int]) -> dict[int, tuple[str, tuple[Names, ...]]]:
    """oid -> (digest, what can tell rows apart: the primary key first, then unique NOT NULL indexes)."""
    rows = tx.execute(queries.SHAPES, {"oids": list(oids), "schemas": [], "names": []})
    return {row.oid: _shape(row) for row in rows}


def digests_now(tx: Session, tables: Collection[Table]) -> dict[str, str]:
    """Reference -> the digest of that table as it is in this transaction; tables that are gone are left out.

    One round trip. Unequal to `Table.digest` means the company changed the table since the catalog was read.
    """
    by_name = {(table.schema, table.name): table.ref for table in tables}
    found = direct.named_rows(
        tx, _NOW, {"schemas": [schema for schema, _ in by_name], "names": [name for _, name in by_name]}
    )
    return {by_name[row.schema, row.name]: _shape(row)[0] for row in found}


def digests_from(rows: Sequence[Mapping[str, Any]], tables: Collection[Table]) -> dict[str, str]:
    """The same out of rows of `ops.table_shapes` that came with something else, as JSON."""
    by_name = {(table.schema, table.name): table.ref for table in tables}
    return {by_name[one["schema"], one["name"]]: _shape(SimpleNamespace(**one))[0] for one in rows}


def fingerprint(tx: Session, schemas: Sequence[str] | None, *, own: str, house: Sequence[str] = ()) -> str:
    """One text for everything a catalog of these schemas is made of. One round trip, without reading any of it."""
    wanted = None if schemas is None else list(schemas)
    return str(tx.scalar(queries.FINGERPRINT, {"schemas": wanted, "own": own, "house": list(house)}))


def _shape(row: Any) -> tuple[str, tuple[Names, ...]]:
    keys = tuple(tuple(names) for names in row.keys_ or ())
    line = json.dumps(
        [row.schema, row.name, row.columns, list(keys[0]) if keys else []],
        ensure_ascii=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(line.encode()).hexdigest(), keys
