"""The real door in the hands of the model's people: each act is made ready as its page showed it, and done later.

Between the two somebody else may act: that is what a page on a screen is like, and what threads of their own are for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ops import changes, identity, work
from ops.actor import Actor
from ops.approvals import delegations
from ops.changes import Conflict, Invalid, Operation, Outcome, Stale, Unproved, emergency, schedule
from ops.db import Busy
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World
from tests.changes.model.facts import NAMES, Facts, Turn
from tests.changes.model.told import Ask, Call, Change

# What a person is told in words. Anything else that comes out of the door is a fault.
WORDED = (
    Conflict, Invalid, Stale, Unproved, Forbidden, NotVisible, identity.Disabled, Busy, delegations.CannotDelegate,
)  # fmt: skip
LATER = timedelta(hours=2)


@dataclass
class Act:
    """One thing to do. `turn`: what it makes of the facts, where it is about people, rules or seats."""

    call: Call
    run: Callable[[], Any]
    turn: Turn | None = None

    def __call__(self) -> None:
        """Do it, and remember what was said."""
        try:
            told = self.run()
        except WORDED as error:
            self.call.raised = type(error).__name__
            return
        if isinstance(told, Outcome):
            self.call.change_id, self.call.state, self.call.repeated = (
                told.change_id,
                told.state,
                told.repeated,
            )


def at_once(acts: Sequence[Act], delays: Sequence[int]) -> None:
    """Do all of them at the same moment, each on a connection of its own, or so many milliseconds later."""
    start = threading.Barrier(len(acts))
    faults: list[BaseException] = []

    def run(act: Act, delay: int) -> None:
        try:
            start.wait(10)
            time.sleep(delay / 1000)
            act()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(acts, delays, strict=True)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
        assert not one.is_alive(), "somebody waits for ever"
    if faults:
        raise faults[0]


class Door:
    """Makes acts ready."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._tokens = self._proposed = 0

    def actor(self, person: int) -> Actor:
        """Who a session says is there: roles are the door's to read."""
        return Actor(person, NAMES[person], frozenset(), request_id=f"r-{NAMES[person]}")

    def known(self, person: int) -> Actor:
        """The same as a request finds them, for what is looked at before the door is asked."""
        try:
            with self.world.db.reading() as tx:
                return identity.actor_for(tx, person, source="web", request_id=f"r-{NAMES[person]}")
        except identity.Disabled:
            return self.actor(person)

    def token(self) -> str:
        self._tokens += 1
        return f"model-{self._tokens}"

    def operations(self, asks: Sequence[Ask]) -> list[Operation]:
        return [
            Operation(one.kind, self.world.table(one.table.partition(".")[2]),
                      None if one.key is None else f"~{one.key}", one.base, one.after)
            for one in asks
        ]  # fmt: skip

    def propose(self, person: int, asks: Sequence[Ask], ahead: bool) -> Act:
        """Every other one as a page posts it, with rights and rules at hand: that is a way of its own."""
        call = Call("propose", person, asks=asks, ahead=ahead)
        self._proposed += 1
        posted = self._proposed % 2 == 0

        def run() -> Outcome:
            with self.world.sent(self.actor(person), posted=posted):
                return changes.propose(
                    self.world.db, self.world.catalog, self.actor(person), self.operations(asks),
                    token=self.token(), apply_at=_when(ahead),
                )  # fmt: skip

        return Act(call, run)

    def revise(self, person: int, change: Change, asks: Sequence[Ask], digest: str, ahead: bool) -> Act:
        call = Call("revise", person, change.id, digest, asks, ahead)
        return Act(call, lambda: changes.revise(
            self.world.db, self.world.catalog, self.actor(person), change.id, self.operations(asks), reason="better",
            digest=digest, token=self.token(), apply_at=_when(ahead),
        ))  # fmt: skip

    def decide(self, person: int, change: Change, verdict: Any, digest: str, token: str | None = None) -> Act:
        call = Call(verdict, person, change.id, digest)
        return Act(call, lambda: changes.decide(
            self.world.db, self.world.catalog, self.actor(person), change.id, verdict=verdict, digest=digest,
            comment="so", token=token,
        ))  # fmt: skip

    def withdraw(self, person: int, change: Change) -> Act:
        call = Call("withdraw", person, change.id)
        return Act(
            call, lambda: changes.withdraw(self.world.db, self.world.catalog, self.actor(person), change.id)
        )

    def retry(self, person: int, change: Change, digest: str) -> Act:
        call = Call("retry", person, change.id, digest)
        return Act(call, lambda: changes.retry(
            self.world.db, self.world.catalog, self.actor(person), change.id, digest=digest, token=self.token()
        ))  # fmt: skip

    def undo(self, person: int, change: Change) -> Act:
        actor = self.known(person)
        call = Call("propose", person, asks=_inverse(change), undo_of=change.id)
        return Act(call, lambda: changes.undo(
            self.world.db, self.world.catalog, actor, change.id, token=self.token()
        ))  # fmt: skip

    def emergency(self, person: int, change: Change, digest: str) -> Act:
        call = Call("emergency", person, change.id, digest)
        return Act(call, lambda: emergency.apply_now(
            self.world.db, self.world.catalog, self.actor(person), change.id, digest=digest, reason="fire",
            token=self.token(), proved=True,
        ))  # fmt: skip

    def close(self, person: int, change: Change) -> Act:
        call = Call("close", person, change.id)

        def run() -> None:
            emergency.close(
                self.world.db,
                self.world.catalog,
                self.actor(person),
                change.id,
                finding="justified",
                comment="I asked",
            )
            call.state = "closed"

        return Act(call, run)

    def expire(self) -> Act:
        """The clock looks for what nobody decided in time."""
        return Act(Call("expire", None), lambda: changes.expire(self.world.db, None))

    def schedule(self) -> Act:
        """The clock leaves work for what is due, and a worker does it."""

        def run() -> None:
            for work_id in schedule.due(self.world.db):
                claim = work.claim(self.world.db, work_id, "w")
                if claim is not None:
                    schedule.run(self.world.db, self.world.catalog, claim)

        return Act(Call("schedule", None), run)

    def lend(self, lender: int, to: int) -> Act:
        def run() -> None:
            now = datetime.now(UTC)
            with self.world.db.transaction() as tx:
                delegations.give(tx, self.actor(lender), to, now - LATER, now + LATER, "away", self.token())

        pair = (lender, to)
        return Act(Call("lend", lender), run, lambda facts: _lent(facts, facts.lent | {pair}))

    def take_back(self, lender: int, to: int) -> Act:
        def run() -> None:
            with self.world.db.transaction() as tx:
                open_now = [
                    one for one in delegations.given(tx, lender) if one.to_person == to and one.state == "now"
                ]
                for one in open_now:
                    delegations.end(tx, self.actor(lender), one.id)

        pair = (lender, to)
        return Act(Call("take back", lender), run, lambda facts: _lent(facts, facts.lent - {pair}))


def _lent(facts: Facts, lent: frozenset[tuple[int, int]]) -> Facts:
    return Facts(facts.roles, facts.off, lent, facts.rules)


def _when(ahead: bool) -> datetime | None:
    return datetime.now(UTC) + LATER if ahead else None


def _inverse(change: Change) -> list[Ask]:
    """What takes the change back, last row first, as the model sees it."""
    found = []
    for one in reversed(change.written):
        old, new = dict(one.old), dict(one.new)
        if one.kind == "create":
            found.append(Ask("delete", one.table, new["id"], _texts(new), {}))
        elif one.kind == "delete":
            found.append(Ask("create", one.table, None, {}, _texts(old)))
        else:
            names = sorted(one.touched)
            found.append(
                Ask("update", one.table, old["id"], {n: new[n] for n in names}, {n: old[n] for n in names})
            )
    return found


def _texts(row: Mapping[str, Any]) -> dict[str, str | None]:
    return dict(row)
