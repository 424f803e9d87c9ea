"""The machine: people propose, decide, edit, lend and leave at random; after every step the account must hold.

What is drawn never depends on what came of it: numbers pick among what is there. So an example stays the same example
though the threads of some steps end in another order each time. Keeps P27 to P33.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.changes.model.door import Act
from tests.changes.model.facts import NAMES, RULES
from tests.changes.model.house import House
from tests.changes.model.told import Change
from tests.changes.model.wishes import LOANS, TURNS, Wishes

WHO = st.integers(1, len(NAMES))
MAKERS = st.sampled_from([1, 6, 5, 10, 1, 6, 7, 1, 10, 2])
WHICH = st.integers(0, 4)
WHAT = st.integers(0, 40)
RARELY = st.sampled_from([False] * 7 + [True])
MOSTLY = st.sampled_from([True] * 5 + [False])
WISH = st.tuples(st.sampled_from([0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8]), WHICH, st.integers(0, 5), MOSTLY)
VERDICTS = st.sampled_from(["approve"] * 6 + ["reject", "send_back"])
BETWEEN = st.sampled_from([None] * 5 + ["falls", "falls", "maker falls", "rule", "move", "late"])
SIDE = ["approve"] * 4 + [
    "revise", "withdraw", "reject", "send_back", "move", "rule", "unrule", "role", "off", "emergency", "retry",
    "expire", "schedule", "lend", "late", "again",
]  # fmt: skip


class Approvals(Wishes, RuleBasedStateMachine):
    """One walk. `house` and `totals` are shared by all."""

    def __init__(self, house: House, totals: Counter[str]) -> None:
        RuleBasedStateMachine.__init__(self)
        Wishes.__init__(self, house, totals)

    @initialize(
        rules=st.lists(st.sampled_from(RULES), unique_by=lambda one: one.name, min_size=1, max_size=4),
        staged=MOSTLY,
        asked=st.lists(st.tuples(MAKERS, WISH), min_size=3, max_size=5),
        loans=st.lists(st.sampled_from(LOANS), max_size=3),
    )
    def begins(self, rules: Sequence[Any], staged: bool, asked: Sequence[Any], loans: Sequence[Any]) -> None:
        rules = list(dict.fromkeys([*rules, RULES[1]])) if staged else rules
        self.house.anew()
        self.account.rows = self.house.rows()
        for one in rules:
            self.house.put(one)
        self.facts = replace(self.facts, rules={one.name: one for one in rules})
        for loan in loans:
            self.one(self.door.lend(*loan))
        for who, wish in asked:
            self.one(self.door.propose(who, self.asks(wish), False))

    def teardown(self) -> None:
        self.totals.update(self.account.seen)

    # One after the other.

    @rule(who=MAKERS, wish=WISH, ahead=RARELY, may=MOSTLY)
    def propose(self, who: int, wish: Any, ahead: bool, may: bool) -> None:
        self.one(self.door.propose(self.writer(who) if may else who, self.asks(wish), ahead))

    @rule(who=WHO, which=WHICH, verdict=VERDICTS, eager=MOSTLY, old=RARELY)
    def decide(self, who: int, which: int, verdict: str, eager: bool, old: bool) -> None:
        change = self.pick(which, "in_review")
        if change is not None:
            who = self.asked(change, who) if eager else self.barred(change, who)
            self.decided(self.door.decide(who, change, verdict, self.digest(change, old)), change)

    @rule(which=WHICH, after=st.integers(0, 2), between=BETWEEN, what=WHAT)
    def agree(self, which: int, after: int, between: str | None, what: int) -> None:
        """Everybody who may says yes, until it goes no further; something happens in between."""
        change = self.pick(which, "in_review")
        for n in range(6):
            if n == after and change is not None and between is not None:
                self.meanwhile(change, between, what)
            if change is None or change.state != "in_review" or not self.may(change):
                return
            self.decided(self.door.decide(self.may(change)[0], change, "approve", change.digest), change)

    @rule(who=WHO, which=WHICH, wish=WISH, mine=st.booleans(), same=st.booleans(), old=RARELY, ahead=RARELY)
    def revise(self, who: int, which: int, wish: Any, mine: bool, same: bool, old: bool, ahead: bool) -> None:
        change = self.pick(which, "in_review", "sent_back", "conflicted", "failed")
        if change is not None:
            who = change.proposer if mine else self.barred(change, who)
            asks = self.rebased(who, change) if same else self.asks(wish)
            self.one(self.door.revise(who, change, asks, self.digest(change, old), ahead))

    @rule(who=WHO, which=WHICH, mine=MOSTLY)
    def withdraw(self, who: int, which: int, mine: bool) -> None:
        change = self.pick(which)
        if change is not None:
            self.one(self.door.withdraw(change.proposer if mine else who, change))

    @rule(who=WHO, which=WHICH, mine=MOSTLY, mended=st.booleans(), fallen=st.booleans())
    def retry(self, who: int, which: int, mine: bool, mended: bool, fallen: bool) -> None:
        """What stood in its way is out of it, or is not; who agreed to it may, or may no more."""
        change = self.pick(which, "failed")
        if change is None:
            self.one(self.door.propose(self.writer(who), self.asks((0, which, 5, True)), False))
            self.agree(which=0, after=9, between=None, what=0)
            change = self.pick(which, "failed")
        if change is not None:
            if fallen:
                self.meanwhile(change, "falls", who)
            self.house.mend(mended)
            self.one(self.door.retry(change.proposer if mine else who, change, change.digest))
            self.house.mend(False)

    @rule(who=WHO, which=WHICH, mine=st.booleans())
    def undo(self, who: int, which: int, mine: bool) -> None:
        change = self.pick(which, "applied")
        if change is not None:
            self.one(self.door.undo(change.proposer if mine else who, change))

    @rule(who=WHO, which=WHICH, mine=MOSTLY, closes=st.booleans())
    def emergency(self, who: int, which: int, mine: bool, closes: bool) -> None:
        change = self.pick(which, "in_review")
        if change is not None:
            self.one(self.door.emergency(change.editor if mine else who, change, change.digest))
        burnt = [one for one in self.account.changes.values() if one.emergency]
        if burnt and closes:
            self.one(self.door.close(who, burnt[which % len(burnt)]))

    @rule(which=WHICH, late=st.booleans(), clock=MOSTLY)
    def time(self, which: int, late: bool, clock: bool) -> None:
        """A term is over or a moment has come; the clock looks, now or with a later step."""
        change = self.pick(which, "approved", "in_review", "sent_back")
        if change is not None:
            self.passes(change, late)
        if clock:
            self.one(self.door.expire())
            self.one(self.door.schedule())

    @rule(wish=WISH, gone=RARELY)
    def move(self, wish: Any, gone: bool) -> None:
        self.one(self.moves(wish, gone))

    @rule(what=WHAT, kind=st.sampled_from(sorted(TURNS)), back=st.booleans())
    def turn(self, what: int, kind: str, back: bool) -> None:
        """People, rules and seats change."""
        self.one(self.turned(kind, what, back))

    # At the same time.

    @rule(
        which=WHICH, kinds=st.lists(st.sampled_from(SIDE), min_size=2, max_size=4), who=WHO, wish=WISH,
        delays=st.lists(st.integers(0, 6), min_size=4, max_size=4), what=WHAT, back=st.booleans(),
    )  # fmt: skip
    def together(
        self,
        which: int,
        kinds: Sequence[str],
        who: int,
        wish: Any,
        delays: Sequence[int],
        what: int,
        back: bool,
    ) -> None:
        change = self.pick(which, "in_review", "approved", "failed")
        if change is None:
            return
        acts = [
            act
            for n, kind in enumerate(kinds)
            if kind not in kinds[:n] or kind in ("approve", "revise")
            if (act := self.side(kind, n, change, who, wish, what, back)) is not None
        ]
        if "late" in kinds:
            self.passes(change, True)
        if acts:
            self.done(acts, delays[: len(acts)])

    @rule()
    def returns(self) -> None:
        """Everybody is back, with what they had: a company that has lost its people shows nothing more."""
        self.everybody()

    @rule(which=WHICH, many=st.integers(2, 4), delays=st.lists(st.integers(0, 3), min_size=4, max_size=4))
    def crowd(self, which: int, many: int, delays: Sequence[int]) -> None:
        """All who may say yes at the same moment, some of them to two changes of one row."""
        waiting = [one for one in self.account.changes.values() if one.state == "in_review"]
        pairs = [(who, one) for one in waiting[which : which + 2] for who in self.may(one)]
        acts = [self.door.decide(who, one, "approve", one.digest) for who, one in pairs[:many]]
        if acts:
            self.done(acts, delays[: len(acts)])

    def side(
        self, kind: str, n: int, change: Change, who: int, wish: Any, what: int, back: bool
    ) -> Act | None:
        """One of several things done at once to a change."""
        if kind in ("approve", "reject", "send_back", "again"):
            may = self.may(change) or [who]
            person = may[n % len(may)]
            if kind == "again":  # one form, twice: the other half is made where the first is done
                return self.door.decide(may[0], change, "approve", change.digest, token="again")
            return self.door.decide(person, change, kind, change.digest)
        if kind == "revise":
            return self.door.revise(
                change.proposer if n % 2 else who, change, self.asks(wish), change.digest, False
            )
        if kind in TURNS:
            return self.turned(kind, what, back)
        return {
            "withdraw": lambda: self.door.withdraw(change.proposer, change),
            "move": lambda: self.moves(wish, False),
            "emergency": lambda: self.door.emergency(change.proposer, change, change.digest),
            "retry": lambda: self.door.retry(change.proposer, change, change.digest),
            "expire": self.door.expire,
            "schedule": self.door.schedule,
            "late": lambda: None,
        }[kind]()
