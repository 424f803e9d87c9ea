"""A rule put to the changes of the last days as if it had stood then: what it would have asked about, and whom.

It reads a stretch at a time, newest first, within bounds of rows and seconds, and says how far back it came.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import conditions
from ops.actor import Actor
from ops.approvals import Answer, ApprovalRule, Circumstances, Remembered, would_ask
from ops.catalog import Catalog, Table, UnknownTable
from ops.changes.authorise import in_full, sees
from ops.changes.operation import LONG, reference
from ops.changes.sight import out_of_sight
from ops.policy import NotVisible, view

DAYS = 90
SECONDS = 3.0
ROWS = 20_000
SHOWN = 50
_STRETCH = 200  # change sets at a time
_TARGETS = 1000  # rows of one change of many that are looked at

_CHANGES = sa.text(
    """
    SELECT c.id, c.title, c.state, c.source, c.submitted_at, c.proposer_id, p.name AS proposer,
           coalesce(b.total, (SELECT count(*) FROM ops.operation o WHERE o.change_id = c.id)) AS rows,
           b.change_id IS NOT NULL AS bulk, b.after AS same_after,
           EXISTS (SELECT FROM ops.stage s WHERE s.change_id = c.id) AS asked,
           ARRAY(SELECT DISTINCT r.role FROM ops.held_role r
                 WHERE r.person_id = coalesce(c.heir_id, c.proposer_id)) AS roles
    FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id
    LEFT JOIN ops.change_bulk b ON b.change_id = c.id
    WHERE c.id < :before ORDER BY c.id DESC LIMIT :stretch
    """
)
_OPERATIONS = sa.text(
    """
    SELECT o.change_id, o.kind, o.schema_name, o.table_name, o.base, o.after, o.result
    FROM ops.operation o WHERE o.change_id = ANY(CAST(:ids AS bigint[])) ORDER BY o.change_id DESC, o.position
    """
)
_MANY = sa.text(
    "SELECT t.change_id, t.kind, t.base, t.after, t.result -> 'values' AS result FROM ops.change_target t "
    "WHERE t.change_id = :id ORDER BY t.position LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A change the rule would have asked about, for `rows` of those looked at. `asked`: somebody was asked then."""

    reference: str
    title: str
    state: str
    proposer: str
    proposer_id: int
    at: datetime
    answer: Answer
    rows: int
    asked: bool


@dataclass(slots=True)
class Replay:
    """What came of it. `since`: how far back it was looked; `whole`: that is all of the days asked for."""

    since: datetime
    whole: bool = False
    looked_at: int = 0
    counts: dict[Answer, int] = field(default_factory=dict)
    unasked: int = 0  # of those it would have asked about: nobody was asked then
    stopped: list[Stopped] = field(default_factory=list)
    proposers: dict[int, int] = field(default_factory=dict)  # person -> changes it would have asked about
    unseen: int = 0  # tables that are left out: columns it reads, or rows, are not the person's to see
    capped: int = 0  # changes of many rows of which only the first were looked at

    def count(self, answer: Answer) -> int:
        """How many changes had this answer."""
        return self.counts.get(answer, 0)


def replay(tx: Session, catalog: Catalog, actor: Actor, rule: ApprovalRule, *, days: int = DAYS) -> Replay:
    """Put the rule to the changes of the last days, of rows the person sees in what the rule reads (P14)."""
    start, now = time.monotonic(), datetime.now(UTC)
    found = Replay(now)
    tables = _tables(catalog, actor, rule, found)
    rows_left = ROWS
    for stretch in _stretches(tx, now - timedelta(days=days)) if tables else ():
        rows_left -= _look(tx, catalog, actor, rule, tables, stretch, found)
        found.since = stretch[-1].submitted_at or found.since
        if rows_left <= 0 or time.monotonic() - start > SECONDS:
            return found
    found.since, found.whole = now - timedelta(days=days), True
    return found


def _stretches(tx: Session, since: datetime) -> Iterator[list[Any]]:
    """Change sets that were sent since then, newest first."""
    before = 2**63 - 1
    while True:
        rows = tx.execute(_CHANGES, {"before": before, "stretch": _STRETCH}).all()
        some = [row for row in rows if row.submitted_at is not None and row.submitted_at >= since]
        if some:
            yield some
        old = any(row.submitted_at is not None and row.submitted_at < since for row in rows)
        if len(rows) < _STRETCH or old:
            return
        before = rows[-1].id


def _look(
    tx: Session, catalog: Catalog, actor: Actor, rule: ApprovalRule, tables: Mapping[tuple[str, str], Table],
    stretch: Sequence[Any], found: Replay,
) -> int:  # fmt: skip
    """Judge a stretch, and return how many rows that were."""
    of_change: dict[int, list[Remembered]] = {}
    changes, lost = {row.id: row for row in stretch}, set[int]()
    for row in tx.execute(_OPERATIONS, {"ids": list(changes)}):
        table = tables.get((row.schema_name, row.table_name))
        change = changes[row.change_id]
        if table is None and not _is_there(catalog, actor, row):
            lost.add(row.change_id)
        if table is None:
            continue
        if not change.bulk:
            of_change.setdefault(row.change_id, []).append(_remembered(row, table, change, None))
        elif row.change_id not in of_change:
            of_change[row.change_id] = _many(tx, change, table, found)
    lost |= out_of_sight(tx, catalog, actor, sorted(of_change.keys() - lost))
    flat = [(place, one) for place, rows in of_change.items() if place not in lost for one in rows]
    answers: dict[int, list[Answer]] = {}
    for (place, _), answer in zip(flat, would_ask(tx, rule, [one for _, one in flat]), strict=True):
        answers.setdefault(place, []).append(answer)
    for place in sorted(answers, reverse=True):
        _count(changes[place], answers[place], found)
    return len(flat)


def _is_there(catalog: Catalog, actor: Actor, row: Any) -> bool:
    """Whether the table of the operation is there for the person: else the whole change is not (P14)."""
    try:
        return sees(actor, catalog.by_name(row.schema_name, row.table_name))
    except UnknownTable:
        return False


def _count(change: Any, answers: Sequence[Answer], found: Replay) -> None:
    """What the rule says of a whole change: the most that it says of any of its rows."""
    found.looked_at += 1
    answer = next(one for one in _WEIGHT if one in answers)
    found.counts[answer] = found.counts.get(answer, 0) + 1
    if answer not in ("asks", "doubtful"):
        return
    found.unasked += not change.asked
    found.proposers[change.proposer_id] = found.proposers.get(change.proposer_id, 0) + 1
    if len(found.stopped) < SHOWN:
        found.stopped.append(
            Stopped(
                reference(change.id), change.title, change.state, change.proposer, change.proposer_id,
                change.submitted_at, answer, answers.count(answer), change.asked,
            )
        )  # fmt: skip


_WEIGHT: tuple[Answer, ...] = ("asks", "doubtful", "unknown", "passes")


def _many(tx: Session, change: Any, table: Table, found: Replay) -> list[Remembered]:
    rows = tx.execute(_MANY, {"id": change.id, "most": _TARGETS}).all()
    found.capped += change.rows > len(rows)
    return [_remembered(row, table, change, change.same_after) for row in rows]


def _remembered(row: Any, table: Table, change: Any, after: Mapping[str, str | None] | None) -> Remembered:
    base, given = row.base or {}, row.after or after or {}
    written = row.result or {}
    old = None if row.kind == "create" else _known(base)
    new = None if row.kind == "delete" else {**_known(base), **given, **_known(written)}
    about = Circumstances(change.source, change.rows, frozenset(change.roles))
    return Remembered(
        row.kind, table, old, new, frozenset() if row.kind == "delete" else frozenset(given), about
    )


def _known(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Without long texts, of which only a digest is kept."""
    return {name: text for name, text in values.items() if not _folded(text)}


def _folded(text: str | None) -> bool:
    return text is not None and text.startswith("sha256:") and len(text) == len("sha256:") + 64 < LONG


def _tables(
    catalog: Catalog, actor: Actor, rule: ApprovalRule, found: Replay
) -> dict[tuple[str, str], Table]:
    """The rule's tables of which the person sees all that it reads: of others nothing may be learnt by asking."""
    try:
        named = conditions.parse(rule.condition).names() if rule.condition.strip() else []
    except conditions.ParseError:
        named = []
    reads = rule.columns | {name.column for name in named}
    kept = {}
    for table in catalog:
        if not any(place.covers(table.schema, table.name) for place in rule.places):
            continue
        try:
            seen = in_full(view(actor, table), reads & frozenset(table.columns))
        except NotVisible:
            seen = False
        if seen:
            kept[table.schema, table.name] = table
        else:
            found.unseen += 1
    return kept
