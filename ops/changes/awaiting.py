"""What waits for a person's decision: what is due soonest first, keyset-paged, all of it theirs to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.catalog import Catalog, parse_key
from ops.changes.authorise import in_full
from ops.changes.deciding import decidable
from ops.changes.lists import ChangeRow, named, rows_of, visible_tables
from ops.changes.sight import rows_there
from ops.policy import NotVisible, View, view

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What ops.page_of_waiting finds is one more than is shown, so that one knows of more.
_WAITING = (
    "SELECT l.* FROM ops.lines_of_changes(ops.page_of_waiting(%(person_id)s, CAST(%(roles)s AS text[]), "
    "CAST(%(due)s AS timestamptz), CAST(%(before)s AS bigint), CAST(%(visible)s AS jsonb), %(limit)s), true) AS l"
)
# Where somebody stood in the list who had this on the screen: by the stage they decided in, or else whose turn it is.
_PLACE = """
SELECT s.due_at FROM ops.change_set c JOIN ops.stage s ON s.change_id = c.id AND s.revision = c.revision
LEFT JOIN ops.decision d ON d.change_id = s.change_id AND d.revision = s.revision AND d.position = s.position
    AND %(person_id)s IN (d.person_id, d.on_behalf_of)
WHERE c.id = %(id)s ORDER BY d.person_id IS NULL, s.closed_at IS NOT NULL, s.position LIMIT 1
"""
_LAST = 1 << 62  # comes before every change among those of one moment


class Place(NamedTuple):
    """A place in the list: by when it should be decided, None for never, and the number of the change."""

    due_at: datetime | None
    id: int

    @property
    def text(self) -> str:
        """As an address has it: `1042`, or the microseconds of the moment before it: `1795251600000000.1042`."""
        if self.due_at is None:
            return str(self.id)
        return f"{(self.due_at - _EPOCH) // _MICROSECOND}.{self.id}"

    @property
    def order(self) -> tuple[bool, datetime, int]:
        """What the list is in the order of."""
        return self.due_at is None, self.due_at or _EPOCH, -self.id


def parse_place(text: str) -> Place | None:
    """The place of an address; None for anything else."""
    moment, _, number = text.rpartition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    if not moment:
        return Place(None, int(number)) if "." not in text else None
    if not (moment.isascii() and moment.isdigit() and len(moment) < 18):  # until the year 5138
        return None
    return Place(_EPOCH + int(moment) * _MICROSECOND, int(number))


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page of what waits; `next` is the `before` of the following one."""

    rows: tuple[ChangeRow, ...]
    next: Place | None


def waiting(
    tx: Session, catalog: Catalog, actor: Actor, *, before: Place | None = None, size: int = 50,
    names: int | None = None,
) -> WaitingPage:  # fmt: skip
    """Changes the person can decide now: their role's turn, no hand in it, every value visible.

    What is due soonest comes first, what is never due last, the newest first where nothing else tells them apart.
    `names`: only the first so many say what their row is called.
    """
    if actor.person_id is None or not actor.roles:
        return WaitingPage((), None)
    due = (
        "-infinity" if before is None else "infinity" if before.due_at is None else before.due_at.isoformat()
    )
    values = {
        "person_id": actor.person_id, "roles": sorted(actor.roles), "due": due, "limit": size + 1,
        "before": _LAST if before is None else before.id, "visible": visible_tables(catalog, actor),
    }  # fmt: skip
    lines = direct.rows(tx, _WAITING, values)
    rows = list(rows_of(catalog, lines[:size]))
    last = Place(rows[-1].due_at, rows[-1].id) if len(lines) > size else None
    theirs = _decidable(tx, catalog, actor, rows, [line[-1] for line in lines])
    rows = [row for row in rows if row.id in theirs]
    rest = () if names is None else rows[names:]
    return WaitingPage((*named(tx, catalog, actor, rows[:names]), *rest), last)


def place_of(tx: Session, actor: Actor, change_id: int) -> Place:
    """Where the person stood in the list with this change on the screen, also when they have just decided it."""
    found = direct.rows(tx, _PLACE, {"id": change_id, "person_id": actor.person_id})
    return Place(found[0][0] if found else None, change_id)


class _Judge:
    """What the person may decide of one table, asked once for all of its changes."""

    def __init__(self, seen: View) -> None:
        self.may = seen.may("approve")
        self.under = seen.under("approve")
        self.limited = self.under.limited_rows()
        self.seen = seen
        self.known: dict[tuple[str, ...], bool] = {}
        self.asked: dict[int, tuple[str, ...] | None] = {}

    def full(self, names: tuple[str, ...]) -> bool:
        """Whether they see all these columns unmasked."""
        if (said := self.known.get(names)) is None:
            said = self.known[names] = in_full(self.seen, frozenset(names))
        return said


def _decidable(
    tx: Session, catalog: Catalog, actor: Actor, rows: Sequence[ChangeRow], touched: Sequence[Any]
) -> set[int]:
    """What `deciding.decidable` says of these, from what their lines tell where they are of one row."""
    found: set[int] = set()
    judges: dict[str, _Judge | None] = {}
    for row, columns in zip(rows, touched, strict=False):
        if columns is None:
            continue  # of several rows
        ref = row.table.ref
        if ref not in judges:
            judges[ref] = _judge(actor, row)
        judge = judges[ref]
        if judge is None or not judge.may or not judge.full(tuple(columns)):
            continue
        if judge.limited:
            judge.asked[row.id] = parse_key(row.key, len(row.table.key)) if row.key is not None else None
        else:
            found.add(row.id)
    for judge in judges.values():
        if judge is not None and judge.asked:
            there = rows_there(
                tx, judge.under, {parts for parts in judge.asked.values() if parts is not None}
            )
            found |= {number for number, parts in judge.asked.items() if parts in there}
    several = [row.id for row, columns in zip(rows, touched, strict=False) if columns is None]
    return found | decidable(tx, catalog, actor, several) if several else found


def _judge(actor: Actor, row: ChangeRow) -> _Judge | None:
    try:
        return _Judge(view(actor, row.table))
    except NotVisible:
        return None
