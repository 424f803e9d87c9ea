"""Which rows a transaction changed beside those it was asked to: counts by table, from its own counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.changes.apply import Done
from ops.db import SCHEMA

Place = tuple[str, str, str]  # schema, table, and insert, update or delete

VERBS = ("insert", "update", "delete")
_VERB_OF = {"create": "insert", "update": "update", "delete": "delete"}
_EFFECT = {"delete": "delete", "update": "update", "set null": "update", "set default": "update"}

# Rows of partitions count for the table people know.
_NOW = sa.text(
    """
    SELECT n.nspname, c.relname, sum(s.n_tup_ins), sum(s.n_tup_upd), sum(s.n_tup_del)
    FROM pg_catalog.pg_stat_xact_user_tables s
    JOIN pg_catalog.pg_class c ON c.oid = coalesce(pg_partition_root(s.relid), s.relid)
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0 AND s.schemaname <> :own GROUP BY 1, 2
    """
)
_COUNTS = sa.text("SELECT current_setting('track_counts')::boolean")


def counts(tx: Session) -> Counter[Place] | None:
    """What this transaction wrote so far, by table; None where the database counts nothing."""
    if not tx.scalar(_COUNTS):
        return None
    found: Counter[Place] = Counter()
    for schema, table, *numbers in tx.execute(_NOW, {"own": SCHEMA}):
        found.update({(schema, table, verb): int(n) for verb, n in zip(VERBS, numbers, strict=True) if n})
    return found


def told(done: Sequence[Done], before: Counter[Place] | None, now: Counter[Place] | None) -> dict[str, Any]:
    """The findings' part about rows: what goes along by foreign keys, what changes elsewhere, what is drawn.

    `before` and `now` are the transaction's counters around the writing. `more`: not every row that goes along was
    listed; then all that was written so in those tables counts as going along.
    """
    along: Counter[Place] = Counter()
    writes: Counter[Place] = Counter()  # each foreign key writes for itself
    # A row that goes along with several stands with each of them.
    for row in {id(row): row for one in done for row in one.along.rows}.values():
        along[row.table.schema, row.table.name, row.effect] += 1
        writes.update((row.table.schema, row.table.name, _EFFECT[tie.effect]) for tie in row.ties)
    more = any(one.along.more for one in done)
    wrote = None if before is None or now is None else now - before
    elsewhere = _elsewhere(done, writes, wrote, more=more) if wrote is not None else {}
    return {
        "along": [[*place, count] for place, count in sorted(along.items())],
        "more": more,
        "elsewhere": [[*place, count] for place, count in sorted(elsewhere.items())],
        "counted": wrote is not None,
        "draws": any(verb == "insert" for _, _, verb in wrote or ())
        or any(one.operation.kind == "create" for one in done),
    }


def _elsewhere(
    done: Sequence[Done], writes: Mapping[Place, int], wrote: Counter[Place], *, more: bool
) -> Mapping[Place, int]:
    rest = Counter(wrote)
    for one in done:
        table = one.operation.table
        if one.operation.kind != "update" or one.operation.after:
            rest[table.schema, table.name, _VERB_OF[one.operation.kind]] -= 1
    for place, count in writes.items():
        rest[place] = 0 if more else rest[place] - count
    return +rest
