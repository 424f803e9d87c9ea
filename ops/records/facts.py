"""What PostgreSQL believes of a table just now: rows, ties of its columns. Asked once in ten minutes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Table
from ops.policy import View

SMALL = 10_000  # rows: up to so many may be sorted, searched and counted without an index
FEW_PAGES = 1_500  # blocks: up to so many may be read for it
TIED = 500  # rows of one value: up to so many are put in order on the way
_KEPT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Facts:
    """`rows`: an estimate. `ties`: the most rows any one value of a column has. `odd_indexes`: indexes whose
    order is not the one ORDER BY asks for (another collation or operator class). `pages`: blocks of the table.
    """

    rows: int
    pages: int = 0
    ties: Mapping[str, float] = field(default_factory=dict)
    odd_indexes: frozenset[str] = frozenset()
    filled: bool = True  # False: a materialized view that was never refreshed, which cannot be read at all

    @property
    def small(self) -> bool:
        """Whether walking through the whole table is nothing."""
        return self.rows < SMALL and self.pages <= FEW_PAGES

    def nearly_unique(self, column: str) -> bool:
        """Whether so few rows share a value that an index on the column alone orders the list."""
        return self.ties.get(column, float("inf")) <= TIED


# reltuples as the planner scales it: by the pages there are now, not those of the last ANALYZE.
_FACTS = sa.text(
    """
WITH RECURSIVE tree AS (
    SELECT CAST(:oid AS oid) AS oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
), leaves AS (
    SELECT c.reltuples, c.relpages, pg_catalog.pg_relation_size(c.oid) AS bytes
    FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid WHERE c.relkind IN ('r', 'm')
)
SELECT (SELECT c.relispopulated FROM pg_catalog.pg_class c WHERE c.oid = CAST(:oid AS oid)) AS filled,
       (SELECT coalesce(sum(CASE WHEN reltuples < 0 OR relpages = 0 THEN bytes / 100
                                 ELSE reltuples / relpages
                                      * (bytes / pg_catalog.current_setting('block_size')::int) END), 0)::int8
        FROM leaves) AS rows,
       (SELECT coalesce(sum(bytes / pg_catalog.current_setting('block_size')::int), 0)::int8 FROM leaves) AS pages,
       ARRAY(SELECT s.attname::text FROM pg_catalog.pg_stats s
             WHERE s.schemaname = :schema AND s.tablename = :name) AS columns,
       ARRAY(SELECT ARRAY[s.n_distinct, s.null_frac, coalesce(s.most_common_freqs[1], 0)]
             FROM pg_catalog.pg_stats s
             WHERE s.schemaname = :schema AND s.tablename = :name) AS numbers,
       ARRAY(SELECT ic.relname::text
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
             WHERE i.indrelid = CAST(:oid AS oid) AND EXISTS (
                 SELECT FROM generate_series(0, i.indnkeyatts - 1) AS k
                 JOIN pg_catalog.pg_opclass opc ON opc.oid = i.indclass[k]
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]
                 WHERE NOT opc.opcdefault OR i.indcollation[k] <> a.attcollation)) AS odd
"""
)

_known: dict[int, tuple[float, Table, Facts]] = {}


def facts_of(tx: Session, view: View) -> Facts:
    """The facts of the view's table; one round trip where they are unknown or old, else none."""
    if view.table.kind in ("view", "foreign table"):
        return _of_view(tx, view)
    found = _known.get(id(view.table))
    if found is not None and found[1] is view.table and found[0] > time.monotonic():
        return found[2]
    table = view.table
    row = tx.execute(_FACTS, {"oid": table.oid, "schema": table.schema, "name": table.name}).one()
    rows = int(row.rows)
    ties = {name: _ties(rows, numbers) for name, numbers in zip(row.columns, row.numbers, strict=False)}
    facts = Facts(rows, int(row.pages), ties, frozenset(row.odd), row.filled is not False)
    if not facts.filled:
        return facts  # not kept: a REFRESH is to be seen at once
    if len(_known) > 10_000:
        _known.clear()
    _known[id(table)] = (time.monotonic() + _KEPT_SECONDS, table, facts)
    return facts


def known_rows(table: Table) -> int:
    """Rows as far as known without asking: the catalog's estimate, or a newer one."""
    found = _known.get(id(table))
    return max(table.estimate, found[2].rows if found is not None and found[1] is table else 0)


def forget() -> None:
    """Ask anew next time: for tests and after large loads."""
    _known.clear()


def _ties(rows: int, numbers: list[float]) -> float:
    distinct, nulls, commonest = (float(number) for number in numbers)
    values = -distinct * rows if distinct < 0 else distinct
    average = rows / values if values else float(rows)
    return max(average, nulls * rows, commonest * rows)


def _of_view(tx: Session, view: View) -> Facts:
    # A view has no statistics of its own: the planner says how many rows it expects of it.
    found: tuple[float, Facts] | None = view.shape.memory.get("facts")
    if found is not None and found[0] > time.monotonic():
        return found[1]
    facts = Facts(int(rows_expected(tx, view.select(sa.literal_column("1")))))
    view.shape.memory["facts"] = (time.monotonic() + _KEPT_SECONDS, facts)
    return facts


def rows_expected(tx: Session, rows: sa.Select[Any]) -> float:
    """How many rows the planner expects of a SELECT; nothing of it is run."""
    return float(_explained(tx, rows, "FORMAT JSON")["Plan Rows"])


def blocks_read(tx: Session, rows: sa.Select[Any]) -> int:
    """How many blocks a SELECT reads, by running it."""
    plan = _explained(tx, rows, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON")
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def _explained(tx: Session, rows: sa.Select[Any], options: str) -> dict[str, Any]:
    connection = tx.connection()
    compiled = rows.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    # The SELECT is the View's own, its values stay bound; the options are a word of ours.
    explain = f"EXPLAIN ({options}) " + str(compiled)
    found = connection.exec_driver_sql(explain, compiled.params or None).scalar_one()
    plan: dict[str, Any] = found[0]["Plan"]
    return plan
