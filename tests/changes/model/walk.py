"""What every step of a walk is made of: do it, take it into the account, say who may and which change is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ops import changes
from ops.policy import NotVisible
from tests.changes.model import spy
from tests.changes.model.account import FINAL, Account
from tests.changes.model.door import Act, Door, at_once
from tests.changes.model.facts import NAMES, Facts, Turn, outcomes, worlds
from tests.changes.model.house import House
from tests.changes.model.told import Ask, Change, wrong


class Walk:
    """One walk through a company that is as new."""

    def __init__(self, house: House, totals: Counter[str]) -> None:
        self.house, self.totals = house, totals
        self.door = Door(house.world)
        self.account = Account()
        self.facts = Facts()
        self.last = 0
        self.story: list[str] = []

    def one(self, act: Act) -> None:
        act()
        self.settle([act])

    def done(self, acts: Sequence[Act], delays: Sequence[int]) -> None:
        at_once(acts, delays)
        self.settle(acts)
        self.account.seen["at once"] += 1

    def settle(self, acts: Sequence[Act]) -> None:
        """Take what was done into the account, which says whether it can have been right."""
        self.story.append("  ∥  ".join(str(act.call) for act in acts))
        turns = [act.turn for act in acts if act.turn is not None]
        deeds, self.last = spy.deeds(self.house.world.db, self.last)
        try:
            self.account.take(deeds, [act.call for act in acts], worlds(self.facts, turns))
        except AssertionError as error:  # threads may not do so again: this is all there is to go by
            error.add_note("\n".join(self.story))
            raise
        self.facts = self.after(
            [act.turn for act in acts if act.turn is not None and act.call.raised is None]
        )
        for act in acts:
            if act.call.raised is not None:
                self.account.seen[f"{act.call.kind}: {act.call.raised}"] += 1
        if (live := self.house.rows()) != self.account.rows:
            raise wrong("the tables are not what was written to them:", live, self.account.rows)

    def after(self, turns: Sequence[Turn]) -> Facts:
        """What these turns made of the facts: of a rule put and dropped at once the rules that stand tell the last."""
        standing = self.house.standing()
        for facts in outcomes(self.facts, turns):
            if {name: one.stages for name, one in facts.rules.items()} == standing:
                return facts
        raise wrong("the rules are not what was put and dropped:", standing, self.facts, self.story[-1])

    def decided(self, act: Act, change: Change) -> None:
        """One decision with nobody else about: it is taken if, and only if, the model would."""
        call = act.call
        assert call.person is not None
        may = call.person in self.may(change) and call.digest == change.digest
        self.one(act)
        if may is (call.raised is not None):
            raise wrong(f"the model says {may}, the door says otherwise:", call, change, self.facts)
        if may and call.kind == "approve" and change.state == "in_review":
            here = next(at for _, at, _, yes in reversed(change.said) if yes.person == call.person)
            stage = change.stages[here]
            got = sum(at == here and yes.counts(self.facts, stage.who) for at, yes in change.yeses)
            if stage.open and got >= stage.needed:
                raise wrong("enough have agreed, and it still waits:", change)

    def may(self, change: Change) -> list[int]:
        """Who may decide the change now, by the model: asked or lent a seat, no hand in it, no say on it yet."""
        turn = change.turn
        if change.state != "in_review" or turn is None or change.late:
            return []
        apart = change.makers | change.stood
        who, facts = change.stages[turn].who, self.facts
        return [
            person
            for person in sorted(NAMES)
            if person not in apart and facts.may_decide(person)
            if facts.asked(person, who)
            or any(
                to == person and lender not in apart and facts.may_decide(lender) and facts.asked(lender, who)
                for lender, to in facts.lent
            )
        ]

    def asked(self, change: Change, who: int) -> int:
        may = self.may(change)
        return may[who % len(may)] if may else who

    def barred(self, change: Change, who: int) -> int:
        """Somebody who has a hand in it or has had their say, or sits for one of them: if there is anybody."""
        apart = change.makers | change.stood
        near = sorted(apart | {to for lender, to in self.facts.lent if lender in apart})
        return near[who % len(near)] if who % 4 else who

    def writer(self, who: int) -> int:
        """Somebody who may write, if there is anybody."""
        may = [one for one in sorted(NAMES) if self.facts.may_write(one, ())]
        return who if who in may or not may else may[who % len(may)]

    def pick(self, which: int, *states: str) -> Change | None:
        """One of the changes, the newest first: of these states; now and then of all; else one is asked for first."""
        every = sorted(self.account.changes.values(), key=lambda one: -one.id)
        found = [one for one in every if one.state in states] or (
            every[:3] if which == 4 or not states else []
        )
        if not found and "in_review" in states:
            n = len(every)
            self.one(self.door.propose(self.writer(n), self.asks((n % 4, which, n % 3, True)), False))
            found = [one for one in self.account.changes.values() if one.state == "in_review"]
        return found[which % len(found)] if found else None

    def digest(self, change: Change, old: bool) -> str:
        return change.digests[0] if old else change.digest

    def passes(self, change: Change, late: bool) -> None:
        if change.state in FINAL:
            return
        if late:
            self.house.late(change.id)
            change.late = True
        else:
            self.house.comes(change.id)
            change.ahead = False

    def rebased(self, who: int, change: Change) -> Sequence[Ask]:
        """The same once more, on the rows as its form shows them now."""
        actor = self.door.known(who)
        try:
            with self.house.world.db.reading() as tx:
                taken = changes.taken_up(tx, self.house.world.catalog, actor, change.id)
        except NotVisible:
            return change.asks
        shown = [
            replace(one, base={name: row.now[name] for name in one.base if name in row.now})
            for one, row in zip(change.asks, taken.rows, strict=False)
            if one.kind == "create" or not row.gone
        ]
        return [one for one in map(_left, shown) if one.kind != "update" or one.after] or shown


def _left(one: Ask) -> Ask:
    """What of it is still to be done: a form does not send what stands there already."""
    if one.kind != "update":
        return one
    names = [name for name, text in one.after.items() if one.base.get(name) != text]
    base = {name: one.base[name] for name in names if name in one.base}
    return replace(one, base=base, after={name: one.after[name] for name in names})
