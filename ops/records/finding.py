"""Rows by key, number, e-mail or name in every table a person may see, within one budget of time.

Each table is searched by what serves its own search columns, through the person's view of it: small tables anywhere
in the text, large ones as their indexes allow. First come all that cost next to nothing, in one statement; then small
tables, then large ones whose index has to collect its matches. Where the time is over, the rest is named.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops import policy
from ops.catalog import Table, key_text
from ops.db import BUSY_STATES, sqlstate
from ops.policy import View
from ops.records.arms import Arm
from ops.records.facts import SMALL, known_rows
from ops.records.searching import search_of

MILLISECONDS = 400
OF_A_TABLE = 5
LONGEST = 100
_AT_ONCE = 30_000  # rows of small tables that one statement goes through
_RANKS = {"exact": 0, "prefix": 1, "substring": 2}


@dataclass(frozen=True, slots=True)
class Found:
    """One row: its table, its key in address form, its title."""

    table: Table
    key: str
    title: str


@dataclass(frozen=True)
class Finding:
    """What was found, best first; `late`: tables there was no time for; `unserved`: large ones no index serves."""

    rows: list[Found] = field(default_factory=list)
    late: list[Table] = field(default_factory=list)
    unserved: list[Table] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Probe:
    """One way into one table. `place` is the table's among all; `tier` when it is asked; `rows` what it may cost."""

    place: int
    view: View
    arm: Arm
    tier: int
    rows: int


def searchable(text: str) -> str:
    """The text as it is looked for; "" where it is too short to mean a row."""
    text = " ".join(text.split())[:LONGEST]
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return ""
    return text if "\x00" not in text and (len(text) > 1 or text.isdecimal()) else ""


def find(
    tx: Session, views: Sequence[View], text: str, *, each: int = OF_A_TABLE, milliseconds: int = MILLISECONDS
) -> Finding:
    """Rows of these views that `text` may mean, at most `each` of a table. The transaction lives on."""
    text = searchable(text)
    asked = [view for view in views if view.table.key and view.table.kind not in ("view", "foreign table")]
    if not text or not asked:
        return Finding()
    probes, unserved = _probes(asked, text)
    until = time.monotonic() + milliseconds / 1000
    hits: list[Any] = []
    late: set[int] = set()
    with _Patience(tx) as patience:
        for batch in _batches(probes):
            found = patience.ask(_statement(asked, batch, each), until)
            if found is None:
                late.update(one.place for one in batch)
            else:
                hits += found
    tables = [asked[place].table for place in sorted(late)]
    return Finding(_ranked(asked, hits, text, each), tables, unserved)


def _probes(asked: Sequence[View], text: str) -> tuple[list[_Probe], list[Table]]:
    probes: list[_Probe] = []
    unserved: list[Table] = []
    for place, view in enumerate(asked):
        # Without the catalog only the table's own columns: what is found across a foreign key is found there.
        alone = policy.view(view.actor, view.table)
        rows = known_rows(view.table)
        arms = search_of(alone, text).arms
        if not arms and rows >= SMALL:
            unserved.append(view.table)
        for arm in arms:
            inside = arm.how == "substring"
            tier = 0 if not inside else 1 if rows < SMALL else 2
            probes.append(_Probe(place, view, arm, tier, max(rows, 100) if tier == 1 else 0))
    return probes, unserved


def _batches(probes: Iterable[_Probe]) -> list[list[_Probe]]:
    """What is asked together: all that is quick with the first small tables, more small ones, then each large one."""
    batches: list[list[_Probe]] = []
    room = 0
    for one in sorted(probes, key=lambda probe: (probe.tier, probe.rows)):
        if not batches or one.tier == 2 or one.rows > room:
            batches.append([])
            room = _AT_ONCE
        batches[-1].append(one)
        room -= one.rows
    return batches


def _statement(
    asked: Sequence[View], batch: Sequence[_Probe], each: int
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    width = max(len(asked[one.place].table.key) for one in batch)
    parts = [_select(one, width, each) for one in batch]
    if len(parts) == 1:
        return parts[0]
    return sa.union_all(*(sa.select(part.subquery(f"found{n}")) for n, part in enumerate(parts)))


def _select(one: _Probe, width: int, each: int) -> sa.Select[Any]:
    names = one.view.table.key
    keys: list[Any] = [one.view.text(name).label(f"k{n}") for n, name in enumerate(names)]
    keys += [sa.cast(sa.null(), sa.Text).label(f"k{n}") for n in range(len(names), width)]
    said: tuple[Any, ...] = (
        sa.literal_column(str(one.place)).label("place"),
        sa.literal_column(str(_RANKS[one.arm.how])).label("rank"),
        one.view.title().label("title"),
    )
    found = one.view.select(*said, *keys)
    if one.arm.spelled is not None:
        return one.arm.spelled.rows(found, each, "each_spelling")
    return found.where(one.arm.condition).limit(sa.literal_column(str(each)))


def _ranked(asked: Sequence[View], hits: Iterable[Any], text: str, each: int) -> list[Found]:
    """The best first: what is called so, what begins so, then the rest, tables in their order; each row once."""
    sought = text.casefold()
    best: dict[tuple[int, str], tuple[int, str]] = {}
    for place, rank, title, *keys in hits:
        key = key_text([part or "" for part in keys[: len(asked[place].table.key)]])
        said = (title or "").casefold()
        fits = min(rank, 0 if said == sought else 1 if said.startswith(sought) else 3)
        if (place, key) not in best or best[place, key][0] > fits:
            best[place, key] = (fits, title or "")
    taken: dict[int, int] = {}
    found = []
    for (place, key), (_rank, title) in sorted(
        best.items(), key=lambda one: (one[1][0], one[0][0], one[1][1])
    ):
        taken[place] = taken.get(place, 0) + 1
        if taken[place] <= each:
            found.append(Found(asked[place].table, key, title))
    return found


class _Patience:
    """A savepoint in which statements have what is left of the time, and large tables are never walked through."""

    def __init__(self, tx: Session) -> None:
        self._tx = tx
        self._open = False

    def __enter__(self) -> _Patience:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if self._open and kind is None:
            self._send("ROLLBACK TO SAVEPOINT ops_finding")  # undoes the settings as well

    def ask(self, statement: sa.Select[Any] | sa.CompoundSelect[Any], until: float) -> list[Any] | None:
        """The rows; None where there was no time for them, or the company changed the table under us."""
        left = int((until - time.monotonic()) * 1000)
        if left < 5:
            return None
        limit = f"SET LOCAL statement_timeout = {left}"
        # A disabled walk looks so dear to the planner that it would compile the statement first.
        first = "SAVEPOINT ops_finding; SET LOCAL enable_seqscan = off; SET LOCAL jit = off; "
        self._send(limit if self._open else first + limit)
        self._open = True
        try:
            return list(self._tx.execute(statement).all())
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            self._send("ROLLBACK TO SAVEPOINT ops_finding")
            self._open = False
            if sqlstate(error) not in (*BUSY_STATES, "42P01", "42703"):
                raise
            return None

    def _send(self, text: str) -> None:
        """Our own words and numbers only; several at once are one round trip where nothing is bound."""
        connection = self._tx.connection()
        connection.execution_options(no_parameters=True).exec_driver_sql(text)
        connection.execution_options(no_parameters=False)
