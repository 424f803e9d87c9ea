"""What became of a change's rows, a page at a time, through the eyes of the person who looks (P14, P34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.changes.authorise import in_full
from ops.changes.bulk import targets
from ops.changes.bulk.targets import Target
from ops.changes.frozen import rows_in_sight
from ops.changes.heads import Head
from ops.db import Database
from ops.policy import View, view
from ops.records import titles
from ops.words import t

COUNTED = 10_000  # rows whose values are counted
SAID = 4  # values that are told, the most frequent first
_ABOUT_COLUMNS = frozenset({"failed", "moved"})  # results whose sentence may name columns, and values in them

_VALUES = """
    WITH counted AS (
        SELECT v.key AS name, v.value AS text, count(*) AS many
        FROM ops.change_target t CROSS JOIN LATERAL jsonb_each_text(t.{side}) AS v
        WHERE t.change_id = :change_id AND v.key = ANY(CAST(:names AS text[])) GROUP BY 1, 2
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY name ORDER BY many DESC, text) AS place,
            CAST(sum(many) OVER (PARTITION BY name) AS bigint) AS of_all
        FROM counted
    )
    SELECT name, text, many, of_all FROM placed WHERE place <= :said ORDER BY name, place
"""
_WAS = sa.text(_VALUES.format(side="base"))
_WILL = sa.text(_VALUES.format(side="after"))
_UNDONE = sa.text(
    "SELECT b.change_id FROM ops.change_bulk b WHERE b.undo_of = :change_id ORDER BY b.change_id DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class TargetView:
    """One row of the change: `lines` are column, what stood there, what it shall be or was made (None: it goes)."""

    position: int
    kind: str
    key: str | None
    title: str | None
    lines: tuple[tuple[str, str | None, str | None], ...]
    state: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Values:
    """The most frequent values of one column with their numbers of rows; `others`: rows with further values."""

    told: tuple[tuple[str | None, int], ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True)
class TargetPage:
    """A page of rows; `next` is the `after` of the following one, `unseen` how many are left out of this one."""

    rows: tuple[TargetView, ...]
    next: int | None
    unseen: int


def rows(
    tx: Session, catalog: Catalog, actor: Actor, table: Table, head: Head, *,
    state: str | None = None, after: int = 0, size: int = 50, mine: bool = False, titled: bool = True,
    at: Sequence[int] | None = None,
) -> TargetPage:  # fmt: skip
    """Rows of the change, in their order, in one state or in all. `mine`: the person asked for it, and saw them.
    `at`: instead those at these positions, in that order.

    That the change is the person's to see is the caller's check. Rows out of their sight are left out after the page
    is cut; columns they do not see never come, masked ones come masked.
    """
    seen = view(actor, table, catalog)
    if at is None:
        found = targets.page(tx, head, state=state, after=after, limit=size + 1)
    else:
        found = targets.at(tx, head, at[:size])
    page, more = found[:size], len(found) > size
    kept = page
    if seen.limited_rows() and not mine:
        there = rows_in_sight(tx, seen, head, [one.position for one in page])
        kept = [one for one in page if one.position in there]
    keys = {one.key for one in kept if one.key is not None}
    names = titles(tx, catalog, actor, {table.ref: keys}).get(table.ref, {}) if keys and titled else {}
    told = mine or in_full(seen, frozenset(head.columns))
    shown = tuple(_shown(seen, head, one, names, told=told) for one in kept)
    return TargetPage(shown, page[-1].position if more else None, len(page) - len(kept))


def downloaded(db: Database, actor: Actor, table: Table, head: Head, state: str | None) -> None:
    """Write down that somebody takes the rows as a file, before a byte of it leaves (P35)."""
    entry = audit.Entry(
        "change.downloaded",
        table=(table.schema, table.name),
        oid=str(table.oid),
        change_id=head.change_id,
        facts={"state": state or "all", "rows": str(head.total)},
    )
    with db.transaction() as tx:
        audit.record(tx, actor, [entry])


def was(tx: Session, seen: View, head: Head) -> dict[str, Values]:
    """For each column the person sees unmasked, its most frequent earlier values with their number of rows.

    Nothing where there are very many rows, or a condition limits which of them are the person's to see.
    """
    return _values(tx, seen, head, _WAS)


def will(tx: Session, seen: View, head: Head) -> dict[str, Values]:
    """The same of the values they are to get, where each row gets its own; nothing where all get the same."""
    return _values(tx, seen, head, _WILL) if head.after is None else {}


def _values(tx: Session, seen: View, head: Head, statement: sa.TextClause) -> dict[str, Values]:
    names = [name for name in head.columns if seen.sees(name)]
    if head.total > COUNTED or seen.limited_rows() or not names:
        return {}
    found: dict[str, list[tuple[str | None, int]]] = {}
    of_all: dict[str, int] = {}
    for row in tx.execute(statement, {"change_id": head.change_id, "names": names, "said": SAID}):
        found.setdefault(row.name, []).append((row.text, row.many))
        of_all[row.name] = row.of_all
    return {
        name: Values(tuple(told), of_all[name] - sum(many for _, many in told))
        for name, told in found.items()
    }


def undone_by(tx: Session, head: Head) -> int | None:
    """The newest change that undoes this one."""
    found = tx.scalar(_UNDONE, {"change_id": head.change_id})
    return None if found is None else int(found)


def _shown(seen: View, head: Head, one: Target, names: Mapping[str, str], *, told: bool) -> TargetView:
    after = one.after or {}
    columns: Sequence[str] = list(one.base) if one.kind == "delete" else list(after)
    made = (one.result or {}).get("values", {})
    before = seen.redact({name: one.base.get(name) for name in columns})
    will = seen.redact({name: made.get(name, after.get(name)) for name in columns})
    lines = tuple((name, before[name], None if one.kind == "delete" else will[name]) for name in before)
    problem = one.problem if told or one.state not in _ABOUT_COLUMNS else t("bulk.problem_unseen")
    return TargetView(one.position, one.kind, one.key, names.get(one.key or ""), lines, one.state, problem)
