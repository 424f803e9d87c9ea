"""The numbers of a change of many rows in sums and ranges, and the rows whose numbers change the most."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.changes.bulk.showing import COUNTED
from ops.changes.heads import Head
from ops.policy import View

FEW = 5  # rows that are named as the ones that change the most
_NUMBERS = frozenset({"integer", "number"})

# Texts that are no plain numbers (NaN, infinity, what is not a number at all) count as not there.
_PAIRS = """
    SELECT t.position, n.name, v.was, v.will FROM ops.change_target t
    CROSS JOIN unnest(CAST(:names AS text[])) AS n (name)
    CROSS JOIN LATERAL (SELECT t.base ->> n.name AS was, coalesce(t.after, CAST(:after AS jsonb)) ->> n.name AS will) r
    CROSS JOIN LATERAL (SELECT
        CASE WHEN r.was ~ :plain THEN CAST(r.was AS numeric) END AS was,
        CASE WHEN r.will ~ :plain THEN CAST(r.will AS numeric) END AS will) v
    WHERE t.change_id = :change_id AND t.kind = 'update' AND v.was IS NOT NULL AND v.will IS NOT NULL
"""
_SUMS = sa.text(
    f"""
    WITH pairs AS MATERIALIZED ({_PAIRS}), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY name ORDER BY abs(will - was) DESC, position) AS place FROM pairs
    )
    SELECT name, count(*) AS many, sum(was) AS was, sum(will) AS will, min(was) AS was_least, max(was) AS was_most,
        min(will) AS will_least, max(will) AS will_most,
        array_agg(position ORDER BY place) FILTER (WHERE place <= :few AND will <> was) AS steepest
    FROM ranked GROUP BY name
    """
)


@dataclass(frozen=True, slots=True)
class Figures:
    """One column of numbers, over the `many` rows that have one before and after: sums, and the smallest and largest.

    `steepest`: positions of the rows whose number changes the most, those first.
    """

    column: str
    many: int
    was: Decimal
    will: Decimal
    was_range: tuple[Decimal, Decimal]
    will_range: tuple[Decimal, Decimal]
    steepest: tuple[int, ...]


def figures(tx: Session, seen: View, head: Head) -> list[Figures]:
    """For each column of numbers that the person sees unmasked; names of rows are no amounts.

    Nothing where there are very many rows, or a condition limits which of them are the person's to see.
    """
    table = seen.table
    named = {name for one in table.foreign_keys for name in one.columns} | set(table.key)
    names = [
        name
        for name in head.columns
        if name not in named
        and name in table.columns
        and table.columns[name].category in _NUMBERS
        and seen.sees(name)
    ]
    if head.total > COUNTED or seen.limited_rows() or not names:
        return []
    values = {
        "change_id": head.change_id,
        "names": names,
        "after": None if head.after is None else json.dumps(dict(head.after)),
        "plain": r"^-?\d{1,40}(\.\d{1,40})?$",
        "few": FEW,
    }
    found = {row.name: row for row in tx.execute(_SUMS, values)}
    return [_figures(name, found[name]) for name in names if name in found]


def _figures(name: str, row: sa.Row[tuple[object, ...]]) -> Figures:
    one = row._mapping
    steepest: Sequence[int] = one["steepest"] or ()
    return Figures(
        name, one["many"], one["was"], one["will"], (one["was_least"], one["was_most"]),
        (one["will_least"], one["will_most"]), tuple(steepest),
    )  # fmt: skip
