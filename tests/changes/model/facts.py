"""Who is who and what asks whom, as the model sees it: its own roles, its own rules, judged in Python."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

Who = str | frozenset[int]  # a role, or people by their numbers
Row = Mapping[str, Any]

ANN, BO, CY, DEE, OZ, MAX, FIA, GUS, OLA, RON = range(1, 11)
NAMES = dict(enumerate(["Ann", "Bo", "Cy", "Dee", "Oz", "Max", "Fia", "Gus", "Ola", "Ron"], start=1))
ROLES: dict[int, frozenset[str]] = {
    ANN: frozenset({"operator", "firefighter"}),
    BO: frozenset({"manager"}),
    CY: frozenset({"auditor"}),
    DEE: frozenset(),
    OZ: frozenset({"owner"}),
    MAX: frozenset({"manager", "operator", "firefighter"}),
    FIA: frozenset({"finance", "manager", "operator"}),
    GUS: frozenset({"finance", "manager"}),
    OLA: frozenset({"owner"}),
    RON: frozenset({"operator"}),
}


@dataclass(frozen=True)
class Written:
    """One row as a change leaves it; `touched`: the columns it was to set."""

    table: str
    kind: str
    touched: frozenset[str]
    old: Row
    new: Row


@dataclass(frozen=True)
class Rule:
    """When it asks, and whom: how many of each. `row` is the same in the product's words."""

    name: str
    asks: tuple[tuple[Who, int], ...]
    table: str = ""
    kinds: tuple[str, ...] = ("create", "update", "delete")
    columns: tuple[str, ...] = ()
    over: int | None = None  # asks where the new credit limit is larger
    lower: bool = False  # asks where the credit limit gets lower
    rows: int = 1
    by: str = ""  # asks where whoever stands for it has this role

    def matches(self, all_rows: Sequence[Written], one: Written, roles: frozenset[str]) -> bool:
        if self.table not in ("", one.table) or one.kind not in self.kinds or len(all_rows) < self.rows:
            return False
        if self.by and self.by not in roles:
            return False
        if self.columns and one.kind != "delete" and not one.touched & set(self.columns):
            return False
        if self.over is not None and not ("credit_limit" in one.new and _limit(one.new) > self.over):
            return False
        return not self.lower or (one.kind == "update" and _limit(one.new) < _limit(one.old))

    @property
    def stages(self) -> list[dict[str, Any]]:
        return [
            {"role": who, "needed": many} if isinstance(who, str) else {"people": sorted(who), "needed": many}
            for who, many in self.asks
        ]

    @property
    def row(self) -> dict[str, Any]:
        condition = f"new.credit_limit > {self.over}" if self.over is not None else ""
        condition = "new.credit_limit < old.credit_limit" if self.lower else condition
        return {
            "name": self.name, "tables": [self.table or "*"], "kinds": list(self.kinds), "columns": list(self.columns),
            "condition": condition, "min_rows": self.rows, "proposer_roles": [self.by] if self.by else [],
            "stages": json.dumps(self.stages),
        }  # fmt: skip


def _limit(row: Row) -> Decimal:
    return Decimal(row["credit_limit"])


DECLARED = Rule(
    "large credit", (("manager", 1),), "shop.customer", ("create", "update"), ("credit_limit",), over=10000
)
RULES = [
    Rule("two managers", (("manager", 2),), "shop.customer", ("update",), ("name",)),
    Rule("finance, then the owner", (("finance", 1), ("owner", 1)), "shop.customer", columns=("credit_limit",),
         over=12000),
    Rule("two of three by name", ((frozenset({BO, FIA, GUS}), 2),), "shop.plain"),
    Rule("several rows", (("owner", 1),), rows=2),
    Rule("what operators ask", (("finance", 1),), "shop.plain", by="operator"),
    Rule("less credit", (("manager", 2), (frozenset({OZ, OLA}), 1)), "shop.customer", columns=("credit_limit",),
         lower=True),
    Rule("everything", (("manager", 1),)),
]  # fmt: skip
OTHERWISE = {  # the same rule, asking others
    one.name: replace(one, asks=asks)
    for one, asks in zip(
        RULES,
        [
            (("manager", 1), ("finance", 1)), (("finance", 2),), (("manager", 1),), (("manager", 2),),
            (("owner", 1),), (("manager", 1),), (("finance", 1), ("manager", 1)),
        ],
        strict=True,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Everything that decides who may what, at one moment."""

    roles: Mapping[int, frozenset[str]] = field(default_factory=lambda: dict(ROLES))
    off: frozenset[int] = frozenset()
    lent: frozenset[tuple[int, int]] = frozenset()  # from whom, to whom
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def held(self, person: int) -> frozenset[str]:
        """The roles that count: none of whoever is switched off."""
        return frozenset() if person in self.off else self.roles[person]

    def may_decide(self, person: int) -> bool:
        return bool(self.held(person) & {"manager", "owner"})

    def may_write(self, person: int, rows: Iterable[Written]) -> bool:
        """Owners every row, operators the German customers."""
        held = self.held(person)
        if "owner" in held:
            return True
        german = all(side.get("country", "DE") == "DE" for one in rows for side in (one.old, one.new) if side)
        return "operator" in held and german

    def asked(self, person: int, who: Who) -> bool:
        return person not in self.off and (
            who in self.held(person) if isinstance(who, str) else person in who
        )

    def needs(self, rows: Sequence[Written], roles: frozenset[str]) -> dict[Who, int]:
        """How many of whom must agree to these rows, all rules together."""
        found: dict[Who, int] = {}
        for rule in (DECLARED, *self.rules.values()):
            if any(rule.matches(rows, one, roles) for one in rows):
                for who, many in rule.asks:
                    found[who] = max(found.get(who, 0), many)
        return found


Turn = Callable[[Facts], Facts]


def worlds(before: Facts, turns: Sequence[Turn]) -> list[Facts]:
    """Every state that somebody may have met while these turns were taken at the same time."""
    found = []
    for taken in itertools.product((False, True), repeat=len(turns)):
        now = before
        for turn, yes in zip(turns, taken, strict=True):
            now = turn(now) if yes else now
        found.append(now)
    return found


def outcomes(before: Facts, turns: Sequence[Turn]) -> list[Facts]:
    """Every state these turns may leave: of two at once that go against each other, the last one counts."""
    found = []
    for order in itertools.permutations(turns):
        now = before
        for turn in order:
            now = turn(now)
        found.append(now)
    return found


@dataclass(frozen=True)
class Yes:
    """Somebody agreed, perhaps in the seat of `lender`."""

    person: int
    lender: int | None

    @property
    def people(self) -> set[int]:
        return {one for one in (self.person, self.lender) if one is not None}

    def counts(self, facts: Facts, who: Who) -> bool:
        """Whether it fills a seat of `who` as things stand: the seat is its owner's, the yes is its giver's.

        Both must be people who may decide: a role of one and a right of the other make no decider.
        """
        seated = self.person if self.lender is None else self.lender
        return facts.may_decide(self.person) and facts.may_decide(seated) and facts.asked(seated, who)


def filled(facts: Facts, needs: Mapping[Who, int], said: Sequence[Yes]) -> bool:
    """Whether every seat can be given to a yes of its own (augmenting paths, Kuhn 1955)."""
    seats = [who for who, many in needs.items() for _ in range(many)]
    taken: dict[int, int] = {}

    def place(seat: int, tried: set[int]) -> bool:
        for n, yes in enumerate(said):
            if n not in tried and yes.counts(facts, seats[seat]):
                tried.add(n)
                if n not in taken or place(taken[n], tried):
                    taken[n] = seat
                    return True
        return False

    return all(place(seat, set()) for seat in range(len(seats)))
