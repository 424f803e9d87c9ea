"""Who may decide a change now, and why somebody may not: one answer for the page and for the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct, identity
from ops.actor import Actor
from ops.approvals import Decision, PlacedStage, Seat, current, seat_of
from ops.approvals.delegations import lenders
from ops.catalog import Catalog
from ops.changes import store, writing
from ops.changes.authorise import in_full
from ops.changes.heads import Bulk
from ops.changes.operation import Operation
from ops.changes.own_rights import own_rights
from ops.changes.sight import in_sight, rows_there
from ops.changes.store import ChangeSet
from ops.policy import NotVisible, Permission, View, may, stamp, view
from ops.words import t

_CANDIDATES = """
    SELECT p.*, f.name AS for_name, f.id AS for_id FROM ops.person_now p
    JOIN (
        SELECT DISTINCT ON (s.person_id) s.person_id, s.on_behalf_of FROM ops.seat s
        WHERE s.change_id = %(id)s AND s.revision = %(revision)s AND s.position = %(position)s
          AND NOT EXISTS (SELECT FROM ops.change_party y WHERE y.change_id = %(id)s AND y.side = 'maker'
                          AND y.person_id IN (s.person_id, s.on_behalf_of))
          AND NOT EXISTS (SELECT FROM ops.decision d WHERE d.change_id = %(id)s AND d.revision = %(revision)s
                          AND (s.person_id IN (d.person_id, d.on_behalf_of)
                               OR s.on_behalf_of IN (d.person_id, d.on_behalf_of)))
        ORDER BY s.person_id, s.on_behalf_of NULLS FIRST
    ) e ON e.person_id = p.id
    LEFT JOIN ops.person f ON f.id = e.on_behalf_of
    ORDER BY p.name LIMIT 50
"""


_NOT_BY_GLASS = sa.text(
    "SELECT EXISTS (SELECT FROM ops.held_role "
    "WHERE person_id = :person AND role = :role AND origin <> 'break_glass')"
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a decision is about: the change set, what it does, its stages and what was said so far."""

    change: ChangeSet
    operations: Sequence[Operation]
    stages: Sequence[PlacedStage]
    decisions: Sequence[Decision]
    makers: frozenset[int] | None = None  # everybody with a hand in it; None: not read yet
    # Read with the lock, where it may be applied: rows of `ops.person_now` of those whose change it is, and of
    # `ops.table_shapes` of its tables. What is not here is read when it is needed.
    people: Mapping[int, Any] = field(default_factory=dict)
    shapes: Sequence[Mapping[str, Any]] | None = None
    standing: str | None = None  # of all whose rights count (`overtaken.standing`), read first of all

    @property
    def house(self) -> bool:
        """Whether it is about rights or rules."""
        return any(one.table.house for one in self.operations)

    def judged_by(self, state: str | None) -> str | None:
        """What must still stand as it comes to `state`: nothing where rights or rules are what was applied."""
        return None if state == "applied" and self.house else self.standing

    @property
    def turn(self) -> PlacedStage | None:
        """The stage whose turn it is."""
        return current(self.stages)

    @property
    def stood(self) -> frozenset[int]:
        """Everybody who has had their say on this revision, or for whom somebody had it."""
        said = (one.stood for one in self.decisions if one.revision == self.change.revision)
        return frozenset[int]().union(*said)


def views_of(actor: Actor, operations: Sequence[Operation], catalog: Catalog | None = None) -> list[View]:
    """The person's view of each operation's table. Raises NotVisible where one does not exist for them."""
    return [view(actor, one.table, catalog) for one in operations]


def why_not(tx: Session, actor: Actor, matter: Matter) -> str | None:
    """Why the person may not decide now, in words; None if they may."""
    change, turn = matter.change, matter.turn
    if change.state != "in_review" or turn is None:
        return t("door.stale.state")
    if actor.person_id is None:
        return t("door.refused.nobody")
    if made(tx, matter, actor.person_id):
        return t("door.refused.maker")
    if actor.person_id in matter.stood:
        return t("door.refused.seat")
    if not may(actor, Permission.CHANGES_DECIDE):
        return t("door.refused.decide")
    if seat_for(tx, actor, matter) is None:
        return t("door.refused.role", role=turn.role) if turn.role else t("door.refused.named")
    if not sees_it_all(tx, actor, matter.operations):
        return t("door.refused.sight")
    if (
        turn.role
        and any(one.table.house for one in matter.operations)
        and _only_by_glass(tx, actor, turn.role)
    ):
        return t("door.refused.break_glass")
    return next((own for one in matter.operations if (own := own_rights(actor, one)) is not None), None)


def seat_for(tx: Session, actor: Actor, matter: Matter) -> Seat | None:
    """The seat the person may take in the stage whose turn it is: their own, else one that is lent to them.

    Lent by no maker, by nobody who has had their say on this revision, and by nobody who could not fill it themselves;
    a seat that decides on rights and rules is nobody's to lend. Whether the person themselves is kept away is
    `why_not`'s to say.
    """
    turn = matter.turn
    if turn is None or actor.person_id is None:
        return None
    own = seat_of(actor, turn)
    if own is not None or any(one.table.house for one in matter.operations):
        return own
    # A lender's role and a borrower's rights are not one person's: together they would be a decider whom nobody made.
    lending = [
        one
        for one in lenders(tx, actor.person_id)
        if one.person_id is not None
        and one.person_id not in matter.stood
        and seat_of(one, turn) is not None
        and not made(tx, matter, one.person_id)
        and may(one, Permission.CHANGES_DECIDE)
        and sees_it_all(tx, one, matter.operations)
    ]
    return seat_of(actor, turn, lending)


def made(tx: Session, matter: Matter, person_id: int) -> bool:
    """Whether the person had a hand in it."""
    if matter.makers is not None:
        return person_id in matter.makers
    return store.is_maker(tx, matter.change.id, person_id)


def _only_by_glass(tx: Session, actor: Actor, role: str) -> bool:
    """Whether nothing but a break-glass account gives the role: an owner who keeps one is no second person."""
    values = {"person": actor.person_id, "role": role}
    return not tx.execute(_NOT_BY_GLASS, values).scalar_one()


def sees_it_all(tx: Session, actor: Actor, operations: Sequence[Operation]) -> bool:
    """Whether the person may approve on every table, sees every changed column unmasked, and every row (P34)."""
    try:
        views = views_of(actor, operations)
    except NotVisible:
        return False
    return all(
        seen.may("approve") and in_full(seen, shown_columns(one)) and in_sight(tx, seen.under("approve"), one)
        for seen, one in zip(views, operations, strict=True)
    )


def may_still(tx: Session, actor: Actor, operations: Sequence[Operation]) -> bool:
    """Whether the person may decide such a change today, who has said yes to this one before (P9, P16).

    Of many rows it is not asked whether each is theirs: they are being written. That a row is gone is told elsewhere.
    """
    if not may(actor, Permission.CHANGES_DECIDE) or not _sees_every_column(actor, operations):
        return False
    rows = (one for one in operations if one.key is not None and not isinstance(one, Bulk))
    return all(_in_sight_or_gone(tx, view(actor, one.table).under("approve"), one) for one in rows)


def _in_sight_or_gone(tx: Session, seen: View, one: Operation) -> bool:
    return in_sight(tx, seen, one) or writing.read(tx, one.table, one.parts, full=(), locked=False) is None


def decidable(tx: Session, catalog: Catalog, actor: Actor, ids: Sequence[int]) -> set[int]:
    """Which of these changes the person sees all of, by `sees_it_all`, in a fixed number of statements.

    One for all operations, and one for each table on which a row condition limits what they may approve.
    """
    theirs = store.operations_by_change(tx, catalog, ids)
    limited: dict[str, tuple[View, set[tuple[int, tuple[str, ...] | None]]]] = {}
    for change_id, operations in list(theirs.items()):
        try:
            views = views_of(actor, operations)
        except NotVisible:
            del theirs[change_id]
            continue
        for seen, one in zip(views, operations, strict=True):
            if not (seen.may("approve") and in_full(seen, shown_columns(one))):
                theirs.pop(change_id, None)
            elif isinstance(one, Bulk):
                if not in_sight(tx, seen.under("approve"), one):
                    theirs.pop(change_id, None)
            elif (under := seen.under("approve")).limited_rows():
                parts = one.parts if one.key is not None else None
                limited.setdefault(one.table.ref, (under, set()))[1].add((change_id, parts))
    for under, asked in limited.values():
        there = rows_there(tx, under, {parts for _, parts in asked if parts is not None})
        for change_id, parts in asked:
            if parts not in there:
                theirs.pop(change_id, None)
    return set(theirs)


def shown_columns(one: Operation) -> frozenset[str]:
    """The columns a decision on the operation is about; of a delete, those that its proposer saw."""
    if isinstance(one, Bulk):
        return one.shown
    return frozenset(one.base) if one.kind == "delete" else one.touched


def candidates(tx: Session, matter: Matter) -> list[str]:
    """Names of those who may decide now: who is asked, no makers, no second seats, seeing every column."""
    turn = matter.turn
    if turn is None or matter.change.state != "in_review":
        return []
    values = {"position": turn.position, "id": matter.change.id, "revision": matter.change.revision}
    names, known = [], dict[tuple[frozenset[str], str], bool]()

    def full(actor: Actor) -> bool:
        rights = (actor.roles, stamp(actor))  # who holds the same sees the same
        if rights not in known:
            known[rights] = _sees_every_column(actor, matter.operations)
        return known[rights]

    for row in direct.named_rows(tx, _CANDIDATES, values):
        lent = None if row.for_id is None else identity.actor_for(tx, row.for_id, source="worker")
        if full(identity.actor_from(tx, row)) and (lent is None or full(lent)):
            names.append(t("door.for", name=row.name, other=row.for_name) if row.for_name else row.name)
    return names


def _sees_every_column(actor: Actor, operations: Sequence[Operation]) -> bool:
    try:
        views = views_of(actor, operations)
    except NotVisible:
        return False
    seen_by = zip(views, operations, strict=True)
    return all(seen.may("approve") and in_full(seen, shown_columns(one)) for seen, one in seen_by)
