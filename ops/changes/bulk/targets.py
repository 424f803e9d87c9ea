"""The rows a change is about, frozen: `ops.change_target` is filled once, hashed, and then only gets results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import key_text
from ops.changes.heads import RESULTS, Head

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Target:
    """One row of a change: `parts` of its key (None: to be made), what stood there, what it shall be.

    `after` holds the head's values where the row has none of its own. Of a target to be frozen `state` may say
    at once what became of it, with the `problem` in a sentence.
    """

    position: int
    kind: str
    parts: tuple[str, ...] | None
    base: Values = field(default_factory=dict)
    after: Values | None = None
    state: str = "waiting"
    problem: str | None = None
    result: Mapping[str, Any] | None = None

    @property
    def key(self) -> str | None:
        """The key in address form: of a row that was made, the one it got."""
        made = (self.result or {}).get("key")
        parts = made or self.parts
        return None if parts is None else key_text(parts)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row."""

    position: int
    state: str
    problem: str | None = None
    result: Mapping[str, Any] | None = None


TABLE = sa.table(
    "change_target",
    *(
        sa.column(name)
        for name in (
            "change_id",
            "position",
            "kind",
            "row_key",
            "base",
            "after",
            "state",
            "problem",
            "result",
        )
    ),
    schema="ops",
)
_RECORD = """jsonb_to_recordset(CAST(:targets AS jsonb)) AS x (
    position int, kind text, row_key jsonb, base jsonb, after jsonb, state text, problem text, result jsonb)"""
INSERT = f"""
    INSERT INTO ops.change_target (change_id, position, kind, row_key, base, after, state, problem, result)
    SELECT c.id, x.position, x.kind, x.row_key, x.base, x.after, x.state, x.problem, x.result FROM c, {_RECORD}
"""
_FILL = sa.text(f"WITH c AS (SELECT CAST(:change_id AS bigint) AS id) {INSERT} ON CONFLICT DO NOTHING")
_NEXT = sa.text(
    """
    SELECT position, kind, row_key, base, after, state, problem, result FROM ops.change_target
    WHERE change_id = :change_id AND position > :after AND state = :state ORDER BY position LIMIT :limit
    """
)
_PAGE = sa.text(
    """
    SELECT position, kind, row_key, base, after, state, problem, result FROM ops.change_target
    WHERE change_id = :change_id AND position > :after
      AND (CAST(:state AS text) IS NULL OR state = CAST(:state AS text)) ORDER BY position LIMIT :limit
    """
)
_AT = sa.text(
    """
    SELECT position, kind, row_key, base, after, state, problem, result FROM ops.change_target
    WHERE change_id = :change_id AND position = ANY(CAST(:positions AS int[]))
    ORDER BY array_position(CAST(:positions AS int[]), position)
    """
)
# Hashed in PostgreSQL, a thousand rows at a time: a million rows need no memory and never leave the database.
_DIGEST = sa.text(
    """
    SELECT encode(sha256(convert_to(coalesce(string_agg(d, '' ORDER BY block), ''), 'UTF8')), 'hex')
    FROM (
        SELECT position / 1000 AS block, encode(sha256(convert_to(string_agg(
            jsonb_build_array(position, kind, row_key, base, after)::text, E'\\n' ORDER BY position), 'UTF8')), 'hex')
            AS d
        FROM ops.change_target WHERE change_id = :change_id GROUP BY 1
    ) blocks
    """
)
_COUNT = sa.text(
    "SELECT state, count(*) AS many, max(position) AS last FROM ops.change_target "
    "WHERE change_id = :change_id GROUP BY state"
)
_COLUMNS = sa.text(
    "SELECT t.kind, array_agg(DISTINCT k.name) AS names FROM ops.change_target t "
    "CROSS JOIN LATERAL jsonb_object_keys(t.after) AS k (name) "
    "WHERE t.change_id = :change_id AND t.kind <> 'delete' GROUP BY t.kind"
)
_KINDS = sa.text("SELECT DISTINCT kind FROM ops.change_target WHERE change_id = :change_id")
# One statement writes what became of the rows of a chunk, how far the change is, and the events of it.
RESULTS_CTES = """
    results AS (
        UPDATE ops.change_target t SET state = coalesce(x.state, 'applied'), problem = x.problem, result = x.result
        FROM unnest(CAST(:positions AS int[])) AS p (position)
        LEFT JOIN jsonb_to_recordset(CAST(:results AS jsonb)) AS x (
            position int, state text, problem text, result jsonb) USING (position)
        WHERE t.change_id = :change_id AND t.position = p.position
    ), counted AS (
        UPDATE ops.change_bulk SET done = greatest(done, :done),
            applied = applied + :applied, same = same + :same, moved = moved + :moved, gone = gone + :gone,
            unseen = unseen + :unseen, failed = failed + :failed, held = held + :held, stopped = stopped + :stopped
        WHERE change_id = :change_id
    )
"""
_STOP = sa.text(
    """
    WITH s AS (
        UPDATE ops.change_target SET state = 'stopped' WHERE change_id = :change_id AND state IN ('waiting', 'held')
        RETURNING 1
    )
    UPDATE ops.change_bulk SET stopped = stopped + (SELECT count(*) FROM s), held = 0 WHERE change_id = :change_id
    """
)


def fill(tx: Session, change_id: int, targets: Iterable[Target]) -> None:
    """Add targets to a change that is still a draft; a row that is in already is left as it is."""
    rows = [row(one) for one in targets]
    if rows:
        tx.execute(_FILL, {"change_id": change_id, "targets": json.dumps(rows)})


def waiting(tx: Session, head: Head, *, limit: int) -> list[Target]:
    """The next rows of this round without a result, in their order, with the values they shall get.

    Those held for people come when nothing else waits: in the round after these people's yes.
    """
    state = "waiting" if head.total > sum(head.counts.values()) else "held"
    return _targets(tx, _NEXT, head, change_id=head.change_id, after=head.done, state=state, limit=limit)


def page(
    tx: Session, head: Head, *, state: str | None = None, after: int = 0, limit: int = 50
) -> list[Target]:
    """Rows of the change in their order, behind position `after`: all, or those in one state."""
    return _targets(tx, _PAGE, head, change_id=head.change_id, after=after, state=state, limit=limit)


def at(tx: Session, head: Head, positions: Sequence[int]) -> list[Target]:
    """The rows at these positions, in the order that is asked for."""
    return _targets(tx, _AT, head, change_id=head.change_id, positions=list(positions))


def digest(tx: Session, change_id: int) -> str:
    """SHA-256 over all targets: positions, kinds, keys, bases and values of their own (P28)."""
    return str(tx.scalar(_DIGEST, {"change_id": change_id}))


def counts(tx: Session, change_id: int) -> tuple[int, dict[str, int], int]:
    """How many targets there are, how many have which result already, and the last position."""
    rows = tx.execute(_COUNT, {"change_id": change_id}).all()
    found = {row.state: row.many for row in rows}
    total = sum(found.values())
    return total, {name: found.get(name, 0) for name in RESULTS}, max((row.last for row in rows), default=0)


def columns(tx: Session, change_id: int) -> dict[str, list[str]]:
    """The columns that rows with values of their own set, by kind of writing."""
    return {row.kind: sorted(row.names) for row in tx.execute(_COLUMNS, {"change_id": change_id})}


def kinds(tx: Session, change_id: int) -> list[str]:
    """The kinds of writing among the targets."""
    return sorted(tx.scalars(_KINDS, {"change_id": change_id}))


def stop(tx: Session, change_id: int) -> None:
    """Say of every row without a result that it was left as it is."""
    tx.execute(_STOP, {"change_id": change_id})


def row(one: Target) -> dict[str, Any]:
    """A target as the statements take it."""
    return {
        "position": one.position,
        "kind": one.kind,
        "row_key": None if one.parts is None else list(one.parts),
        "base": dict(one.base) or None,
        "after": None if one.after is None else dict(one.after),
        "state": one.state,
        "problem": one.problem,
        "result": one.result,
    }


def results_values(results: Sequence[Result], *, again: bool = False, done: int) -> dict[str, Any]:
    """The parameters of RESULTS_CTES, the change's id aside; `again`: these rows were held before."""
    many = dict.fromkeys(RESULTS, 0)
    told = []
    for one in results:
        many[one.state] += 1
        if one.state != "applied" or one.problem or one.result:
            told.append(
                {"position": one.position, "state": one.state, "problem": one.problem, "result": one.result}
            )
    if again:
        many["held"] -= len(results)
    return {
        "positions": [one.position for one in results], "results": json.dumps(told), "done": done, **many,
    }  # fmt: skip


def _targets(tx: Session, statement: sa.TextClause, head: Head, **values: Any) -> list[Target]:
    return [
        Target(
            found.position, found.kind, None if found.row_key is None else tuple(found.row_key),
            found.base or {}, found.after if found.after is not None else head.after, found.state, found.problem,
            found.result,
        )
        for found in tx.execute(statement, values)
    ]  # fmt: skip
