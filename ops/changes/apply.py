"""Lock, compare with what was seen, write, say what happened: in the caller's transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals import (
    UNKNOWN,
    ApprovalRule,
    Circumstances,
    Proposed,
    Stage,
    asked_by_unread,
    asked_by_written,
    merged,
)
from ops.audit import Entry
from ops.catalog import BadAddress, Catalog, parse_key
from ops.changes import carried, cascades, writing
from ops.changes.authorise import sight as _sight
from ops.changes.cascades import Start
from ops.changes.errors import Conflict, ConflictField, Invalid, Rejected
from ops.changes.links import resolved
from ops.changes.operation import Operation, fold
from ops.changes.sentences import about
from ops.changes.sight import no_target
from ops.changes.store import Written
from ops.changes.writing import Row
from ops.words import t

_NONE = cascades.Cascade()


@dataclass(frozen=True, slots=True)
class Held:
    """An operation whose row is locked and still as its proposer saw it; `before` is None for a new row."""

    operation: Operation
    before: Row | None

    @property
    def proposed(self) -> Proposed:
        """The change as approval rules see it, on the row as it is now."""
        one = self.operation
        new = None if one.kind == "delete" else {**(self.before or {}), **one.after}
        return Proposed(one.kind, one.table, self.before, new, one.touched)


@dataclass(frozen=True, slots=True)
class Done:
    """An operation written: the row before and after, its key, and what went along with it."""

    operation: Operation
    before: Row | None
    after: Row | None
    key: str | None
    along: cascades.Cascade

    @property
    def proposed(self) -> Proposed:
        """The change as it came out: with what defaults, generated columns and triggers made of it."""
        one, after = self.operation, self.after or {}
        # Of a new row, what nobody gave and no default filled is not set.
        moved = {n for n in differing(self.before, after) if self.before is not None or after[n] is not None}
        return Proposed(one.kind, one.table, self.before, self.after, frozenset(one.touched | moved))

    @property
    def written(self) -> Written:
        """What is kept with the operation: of an update what differs, folded."""
        parts = parse_key(self.key, len(self.operation.table.key)) if self.key else None
        if self.after is None:
            return Written(parts, None)
        names = differing(self.before, self.after)
        return Written(parts, {name: fold(self.after[name]) for name in names})


def hold(tx: Session, actor: Actor, operations: Sequence[Operation]) -> list[Held]:
    """Lock every row of the operations and compare it with its base.

    Rows are locked in one order for everybody, so that two changes of the same rows wait instead of deadlock.
    Raises Conflict: nothing was written, and what differs is in it.
    """
    order = sorted(range(len(operations)), key=lambda n: (operations[n].table.ref, operations[n].key or ""))
    held: dict[int, Held] = {}
    for position in order:
        held[position] = _hold(tx, actor, operations[position], position)
    return [held[position] for position in range(len(operations))]


def at_once(tx: Session, catalog: Catalog, actor: Actor, one: Operation) -> tuple[Held, Done] | None:
    """`hold` and `write` of a single edit in one statement, where nothing has to be asked between the two.

    None where a row condition, a reference to another table or rows that refer to it and change with it must be looked
    at first, and where the row is not as it was: then nothing was done, and `hold` says why. Raises what both raise.
    """
    plain = one.kind == "update" and bool(one.after) and _sight(actor, one) is None
    if not plain or any(set(foreign.columns) & one.touched for foreign in one.table.foreign_keys):
        return None
    if cascades.carries(one.table, one.touched):
        return None
    try:
        found = writing.update_unmoved(tx, one.table, _parts(one, 0), one.base, dict(one.after))
    except Exception as error:
        if not about(error):
            raise
        raise Rejected(0, error) from error
    if found is None:
        return None
    before, after = found
    held = _compared(one, before, 0)
    key = writing.key_of(one.table, after)
    along = carried.settled(tx, catalog, _NONE, [Start(one.table, before, one.touched)], [after])
    return held, Done(held.operation, before, after, key, along)


def write(tx: Session, catalog: Catalog, actor: Actor, held: Sequence[Held]) -> list[Done]:
    """Write what is held, in the order it was proposed. Raises Rejected, from the database's error."""
    done: list[Done] = []
    for position, named in enumerate(held):
        one = _followed(
            replace(named, operation=resolved(named.operation, [each.after for each in done])), done
        )
        try:
            _within_sight(tx, catalog, actor, one, position)
            done.append(_write(tx, catalog, one, _sight(actor, one.operation), position))
        except Exception as error:
            if not about(error):
                raise
            raise Rejected(position, error) from error
    return done


def _followed(held: Held, done: Sequence[Done]) -> Held:
    """A row that went along with one which the same change wrote before it: as it is now, under its key of now."""
    for row in (row for each in done for row in each.along.rows):
        one, after = held.operation, row.after
        if after is not None and (row.table.ref, row.key) == (one.table.ref, one.key):
            now = {name: after[name] for name in carried.moved(row)}
            held = Held(replace(one, key=row.key_after), {**(held.before or {}), **now})
    return held


def asked_now(
    tx: Session,
    held: Sequence[Held],
    done: Sequence[Done],
    rules: Sequence[ApprovalRule],
    about: Circumstances = UNKNOWN,
) -> list[Stage]:
    """The stages rules ask for now that it is written, of the rows themselves and of those that went along.

    Of rows that went along and are too many to be read they are asked as well: nothing goes by being many (P31).
    """
    went = [row for one in done for row in one.along.rows]
    along, unread = carried.judged(went, [way for one in done for way in one.along.beyond], rules)
    written = [*(one.proposed for one in done), *along]
    asked = asked_by_written(tx, [one.proposed for one in held], written, rules, about)
    return merged([*asked, *asked_by_unread(tx, unread, rules, about)]) if unread else asked


def entries(
    done: Sequence[Done], change_id: int | None, reason: str | None, facts: Mapping[str, str | None]
) -> list[Entry]:
    """One event for each row written, and one for each row that went along."""
    found: list[Entry] = []
    told = set[int]()  # a row that went along with several stands with each of them
    for one in done:
        found.append(_entry(one, change_id, reason, facts))
        found += [carried.entry(row, change_id, one.key) for row in one.along.rows if id(row) not in told]
        told |= {id(row) for row in one.along.rows}
        if one.along.more:
            table = one.operation.table
            found.append(
                Entry(
                    "cascade.more",
                    table=(table.schema, table.name),
                    oid=str(table.oid),
                    key=one.key,
                    change_id=change_id,
                    facts={"listed": str(len(one.along.rows))},
                )
            )
    return found


def differing(before: Mapping[str, str | None] | None, after: Mapping[str, str | None]) -> list[str]:
    """The columns that are not as they were; of a new row, all."""
    if before is None:
        return list(after)
    # Most are the very same text, and then need no folding.
    return [
        name
        for name, text in after.items()
        if text != before.get(name) and fold(text) != fold(before.get(name))
    ]


def _hold(tx: Session, actor: Actor, one: Operation, position: int) -> Held:
    if one.kind == "create":
        return Held(one, None)
    full = None if one.kind == "delete" else one.touched
    sight = _sight(actor, one)
    found = writing.read(tx, one.table, _parts(one, position), full=full, locked=True, sight=sight)
    # Out of sight is not there: what differs in such a row is never shown.
    return _compared(one, found.row if found is not None and found.in_sight else None, position)


def _parts(one: Operation, position: int) -> tuple[str, ...]:
    try:
        return one.parts
    except BadAddress:
        raise Conflict([], row_gone=True, position=position, kind=one.kind) from None


def _compared(one: Operation, live: Row | None, position: int) -> Held:
    if live is None:
        raise Conflict([], row_gone=True, position=position, kind=one.kind)
    overlap = [name for name, text in one.base.items() if fold(text) != fold(live[name])]
    if overlap:
        fields = [ConflictField(name, one.base[name], one.after.get(name), live[name]) for name in overlap]
        raise Conflict(fields, position=position, kind=one.kind)
    # From here on the key is as PostgreSQL writes it: `~007` and `~7` are one row.
    return Held(replace(one, key=writing.key_of(one.table, live)), live)


def _within_sight(tx: Session, catalog: Catalog, actor: Actor, held: Held, position: int) -> None:
    one = held.operation
    if one.kind == "delete":
        return
    foreign = no_target(tx, catalog, actor, one, {**(held.before or {}), **one.after})
    if foreign is not None:
        text = t("door.no_target", row=catalog.target(foreign).label_one)
        raise Invalid({name: text for name in foreign.columns if name in one.after}, position=position)


def _write(tx: Session, catalog: Catalog, held: Held, sight: writing.Sight, position: int) -> Done:
    one = held.operation
    if one.kind == "create":
        row = _kept(writing.insert(tx, one.table, one.after, sight), position)
        return Done(one, None, row, writing.key_of(one.table, row), _NONE)
    before = held.before or {}
    if one.kind == "update" and not one.after:
        return Done(one, before, before, one.key, _NONE)  # an action that only leaves word
    start = Start(one.table, before, None if one.kind == "delete" else one.touched)
    acts = start.moved is None or bool(cascades.carries(one.table, start.moved))
    along = cascades.along(tx, catalog, [start], locked=True) if acts else _NONE
    after: Row | None = None
    if one.kind == "update":
        after = _kept(writing.update(tx, one.table, one.parts, one.after, sight), position)
    else:
        writing.delete(tx, one.table, one.parts)
    key = one.key if after is None else writing.key_of(one.table, after)
    return Done(one, before, after, key, carried.settled(tx, catalog, along, [start], [after]))


def _kept(seen: writing.Seen, position: int) -> Row:
    if not seen.in_sight:
        raise Invalid({}, t("door.general.out_of_sight"), position=position)
    return seen.row


def _entry(one: Done, change_id: int | None, reason: str | None, facts: Mapping[str, str | None]) -> Entry:
    table = one.operation.table
    before, after = one.before, one.after
    if before is not None and after is not None:
        names = differing(before, after)
        before, after = {n: before[n] for n in names}, {n: after[n] for n in names}
    moved = one.before is not None and one.after is not None and one.operation.key != one.key
    return Entry(
        {"create": "row.created", "update": "row.updated", "delete": "row.deleted"}[one.operation.kind],
        table=(table.schema, table.name),
        oid=str(table.oid),
        key=one.key,
        key_before=one.operation.key if moved else None,
        change_id=change_id,
        reason=reason,
        before=before,
        after=after,
        facts=facts,
    )
