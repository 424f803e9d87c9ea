"""Everything the page of a change needs, through the eyes of the person who looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ops import approvals
from ops.actor import Actor
from ops.approvals import Decision
from ops.catalog import Catalog, Table, parse_key
from ops.changes.acts import Act
from ops.changes.authorise import in_full
from ops.changes.deciding import Matter, candidates, seat_for, shown_columns, views_of, why_not
from ops.changes.heads import Bulk, Head
from ops.changes.known import known
from ops.changes.operation import Operation, fold, heading, reference
from ops.changes.retry import may_retry
from ops.changes.revise import why_not_revise
from ops.changes.sight import Live, in_sight, live_row
from ops.changes.states import REVISABLE, UNFINISHED, WITHDRAWABLE
from ops.changes.store import ChangeSet
from ops.changes.taken_along import Also, TakenAlong, taken_along
from ops.changes.withdraw import withdrawable
from ops.policy import NotVisible, View
from ops.words import t

# While a change waits, and where it stumbled over the row, the row as it is now stands beside it.


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of a row. `live` is its value now, where `has_live`; `moved`: not what the proposer saw.

    `linked`: it is to be what another operation's new row gets; `will_be` says so in words until it is known.
    """

    column: str
    label: str
    was: str | None
    will_be: str | None
    live: str | None
    has_live: bool
    moved: bool
    masked: bool
    linked: bool = False


@dataclass(frozen=True, slots=True)
class OperationView:
    """One row's change as it is shown. `unseen`: how many of its columns the person may not see.

    `also` goes along with it; `others`: so may rows that are not counted, for they are not to be seen. `beside`: what
    the row says now of the columns that tell how others are read, such as a currency.
    """

    kind: str
    table: Table
    key: str | None
    title: str | None
    differences: tuple[Difference, ...]
    unseen: int
    row_gone: bool
    also: tuple[Also, ...] = ()
    others: bool = False
    beside: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage: how many of how many have said yes, and whether it is its turn. `role`: or the names of its people."""

    role: str
    needed: int
    got: int
    why: tuple[str, ...]
    closed: bool
    turn: bool
    due_at: datetime | None = None
    overdue: bool = False
    escalate_at: datetime | None = None
    escalate_to: str | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change set as a person sees it. `digest` goes with their decision."""

    change: ChangeSet
    reference: str
    operations: tuple[OperationView, ...]
    stages: tuple[StageView, ...]
    decisions: tuple[Decision, ...]
    candidates: tuple[str, ...]
    may_decide: bool
    why_not: str | None
    may_withdraw: bool
    failure: str | None
    may_revise: bool = False
    may_retry: bool = False
    head: Head | None = None  # of a change of many rows
    act: Act | None = None  # the action it comes of
    act_told: bool = True  # whether what was typed into it is the reader's to know
    decides_for: str | None = None  # whose seat it would be, where the person may decide in a lent one
    reshaped: str | None = None  # while it waits: the table that is not as it was when this was asked for

    @property
    def arguments(self) -> list[tuple[str, str | None]]:
        """What was typed into the action's form, by the labels of its fields as they are today."""
        if self.act is None or not self.act_told:
            return []
        action = self.operations[0].table.resource.actions.get(self.act.name) if self.operations else None
        labels = {one.name: one.label for one in action.parameters} if action is not None else {}
        return [(labels.get(name, name), text) for name, text in self.act.arguments.items()]

    @property
    def heading(self) -> str:
        """What it does, and to which row where it is one that the person sees now."""
        one = self.operations[0] if len(self.operations) == 1 else None
        return heading(self.change.title, one.kind, one.table, one.title) if one else self.change.title

    @property
    def digest(self) -> str:
        """What a decision made from this page is bound to."""
        return self.change.digest

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences of the first operation, for a change of one row."""
        return self.operations[0].differences if self.operations else ()


def show(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> ChangeView:
    """The change set in the person's eyes. Raises NotVisible where a table or row is not theirs to see."""
    change, operations, views = known(tx, catalog, actor, change_id)
    # One's own is what one asked for; an heir was not shown these rows by anybody (P14).
    mine = actor.person_id is not None and change.proposer_id == actor.person_id
    shown = []
    for seen, one in zip(views, operations, strict=True):
        if not mine and not in_sight(tx, seen, one):
            raise NotVisible(reference(change_id))
        shown.append(_operation(tx, catalog, actor, seen, _told(one, operations), change.state))
    matter = Matter(
        change,
        operations,
        approvals.stages_of(tx, change_id, change.revision),
        approvals.decisions_of(tx, change_id),
    )
    reason = why_not(tx, actor, matter)
    full = all(in_full(seen, shown_columns(one)) for seen, one in zip(views, operations, strict=True))
    head = next((one.head for one in operations if isinstance(one, Bulk)), None)
    return ChangeView(
        change=change,
        reference=reference(change_id),
        operations=tuple(shown),
        stages=_stages(tx, matter),
        decisions=tuple(matter.decisions),
        candidates=tuple(candidates(tx, matter)),
        may_decide=reason is None,
        why_not=reason,
        may_withdraw=actor.person_id in (change.proposer_id, change.heir_id) and withdrawable(change, head),
        # The reason may name columns; who does not see them all is told the state alone.
        failure=change.failure if full or change.failure is None else t("door.failure.unseen"),
        may_revise=change.state in REVISABLE and why_not_revise(tx, actor, change, operations) is None,
        may_retry=may_retry(actor, change, operations),
        act=operations[0].act if operations else None,
        # What was typed is as good as the values that came of it (P14).
        act_told=full or mine,
        reshaped=_reshaped(operations) if change.state in WITHDRAWABLE else None,
        head=head,
        decides_for=_lent_by(tx, actor, matter) if reason is None else None,
    )


def _lent_by(tx: Session, actor: Actor, matter: Matter) -> str | None:
    seat = seat_for(tx, actor, matter)
    return seat.name if seat is not None else None


def preview(
    tx: Session, catalog: Catalog, actor: Actor, operations: Sequence[Operation]
) -> list[OperationView]:
    """Operations that nobody has asked for yet, as the page of a change would show them."""
    views = views_of(actor, operations, catalog)
    return [
        _operation(tx, catalog, actor, seen, one, "in_review")
        for seen, one in zip(views, operations, strict=True)
    ]


def _operation(
    tx: Session, catalog: Catalog, actor: Actor, seen: View, one: Operation, state: str
) -> OperationView:
    key = one.made or one.key
    now = live_row(tx, seen, replace(one, key=key)) if key is not None else None
    waits = state in UNFINISHED and one.kind != "create"
    names = [c.column.name for c in seen.columns if c.column.name in shown_columns(one)]
    differences = tuple(_difference(seen, one, name, now if waits else None) for name in names)
    along = TakenAlong()
    if now is not None and state == "in_review":
        along = taken_along(tx, catalog, actor, one)
    return OperationView(
        kind=one.kind,
        table=one.table,
        key=key,
        title=now.title if now else None,
        differences=differences,
        unseen=len((set(one.base) | shown_columns(one)) - set(names)),
        row_gone=waits and now is None and not isinstance(one, Bulk),
        also=along.also,
        others=along.others,
        beside=_beside(one.table, now),
    )


def _beside(table: Table, now: Live | None) -> dict[str, str | None]:
    names = {one.of for one in table.resource.formats.values() if one.of is not None}
    return {name: now.values[name] for name in names if name in now.values} if now is not None else {}


def _difference(seen: View, one: Operation, name: str, now: Live | None) -> Difference:
    was, will_be = one.base.get(name), one.after.get(name)
    masked = any(c.masked for c in seen.columns if c.column.name == name)
    live = now.values.get(name) if now else None
    return Difference(
        column=name,
        label=one.table.columns[name].label or name,
        was=seen.redact({name: was}).get(name),
        will_be=seen.redact({name: will_be}).get(name),
        live=live,
        has_live=now is not None,
        moved=now is not None and not masked and fold(live) != fold(was),
        masked=masked,
        linked=name in one.links,
    )


def _reshaped(operations: Sequence[Operation]) -> str | None:
    return next((one.table.label for one in operations if one.digest_of_table != one.table.digest), None)


def _told(one: Operation, operations: Sequence[Operation]) -> Operation:
    """The operation with its links told: the value where the row is made by now, else whose it will be."""
    after = dict(one.after)
    for name, link in one.links.items():
        parent = operations[link.position]
        known = (
            dict(zip(parent.table.key, parse_key(parent.made, len(parent.table.key)), strict=True))
            if parent.made
            else {}
        )
        words = t("door.linked", row=parent.table.label_one.lower(), number=link.position + 1)
        after[name] = known.get(link.column, words)
    return replace(one, after=after) if one.links else one


def _stages(tx: Session, matter: Matter) -> tuple[StageView, ...]:
    named = frozenset(one for stage in matter.stages for one in stage.people)
    names = approvals.names_of(tx, named) if named else {}
    turn = matter.turn if matter.change.state == "in_review" else None
    return tuple(
        StageView(
            stage.role or ", ".join(sorted(names[one] for one in stage.people if one in names)),
            stage.needed,
            _yes(matter.decisions, matter, stage.position),
            stage.why,
            stage.closed_at is not None,
            stage is turn,
            stage.due_at,
            stage.due_at is not None and stage.closed_at is None and stage.due_at < datetime.now(UTC),
            stage.escalate_at,
            stage.escalate_to,
            stage.escalated_at is not None,
        )
        for stage in matter.stages
    )


def _yes(decisions: Sequence[Decision], matter: Matter, position: int) -> int:
    return sum(
        (one.revision, one.position, one.verdict) == (matter.change.revision, position, "approve")
        for one in decisions
    )
