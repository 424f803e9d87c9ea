"""What people ask for, and what happens beside the door: numbers that were drawn become rows, values, people, rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.changes.model.door import Act
from tests.changes.model.facts import NAMES, OTHERWISE, ROLES, RULES, Facts, Turn
from tests.changes.model.house import CUSTOMERS, PLAIN
from tests.changes.model.told import Ask, Call, Change
from tests.changes.model.walk import Walk

AMOUNTS = (
    "15000.00",
    "30000.00",
    "11000.00",
    "500.00",
    "13000.00",
    "60000.00",
)  # no constraint lets the last one in
WORDS = ("alpha", "beta", "gamma", "forbidden")  # no trigger lets the last one in
GIVEN = [(person, role) for person, roles in ROLES.items() for role in sorted(roles)]
GRANTS = [*GIVEN, (4, "manager"), (10, "finance")]
LOANS = [(7, 2), (7, 6), (8, 6), (5, 6), (9, 2), (6, 2), (7, 4), (2, 8)]
TURNS = {"rule", "unrule", "role", "off", "lend"}


class Wishes(Walk):
    """A walk whose people know what they want."""

    def asks(self, wish: Any) -> list[Ask]:
        """What a form sends: of the rows as they are, or of a page that is out of date."""
        shape, row, value, fresh = wish
        customer, plain = CUSTOMERS[row % len(CUSTOMERS)], PLAIN[row % len(PLAIN)]
        amount, word = AMOUNTS[value], WORDS[value % len(WORDS)]
        here = ("shop.plain", plain) in self.account.rows
        create = Ask("create", "shop.plain", None, {}, {"id": plain, "v": word})
        made = {
            0: lambda: [self.update("shop.customer", customer, fresh, credit_limit=amount)],
            1: lambda: [self.update("shop.customer", customer, fresh, name=word)],
            2: lambda: [self.update("shop.customer", customer, fresh, name=word, credit_limit=amount)],
            3: lambda: [self.update("shop.plain", plain, fresh, v=word) if here else create],
            4: lambda: [self.update("shop.plain", plain, fresh, v=word) if here and fresh else create],
            5: lambda: [self.delete(plain)] if here else [self.update("shop.customer", customer, fresh, code=word[:5])],
            6: lambda: [self.update("shop.customer", customer, fresh, credit_limit=amount),
                        self.update("shop.plain", plain, True, v=word)],
            7: lambda: [self.update("shop.customer", "2", fresh, name=word),
                        self.update("shop.customer", "1", True, name=word)],
            8: lambda: [self.update("shop.customer", customer, fresh, credit_limit=amount, code=word[:5])],
        }[shape]()  # fmt: skip
        return [one for one in made if one.kind != "update" or one.after] or made

    def update(self, table: str, key: str, fresh: bool, **after: str) -> Ask:
        row = self.account.rows.get((table, key), {})
        base = {name: row.get(name) if fresh else "0.00" for name in after}
        touched = [name for name, text in after.items() if text != base[name]]
        return Ask("update", table, key, {n: base[n] for n in touched}, {n: after[n] for n in touched})

    def delete(self, key: str) -> Ask:
        return Ask("delete", "shop.plain", key, dict(self.account.rows["shop.plain", key]), {})

    def meanwhile(self, change: Change, what: str, n: int) -> None:
        """What must not be missed while some have agreed and others have not."""
        if what == "late":
            self.passes(change, True)
        elif what == "rule":
            self.one(self.turned("rule", n, bool(n % 2)))
        elif what == "move":
            self.one(self.onto(change.asks[0]))
        else:
            yeses = sorted({one for _, yes in change.yeses for one in yes.people})
            people = sorted({change.proposer, change.editor}) if what == "maker falls" else yeses
            if people:
                self.one(self.falls(people[n % len(people)], n))

    def everybody(self) -> None:
        """All are there again, with the roles they had in the beginning."""
        for person in sorted(NAMES):
            self.house.switch(person, False)
            for role in sorted(ROLES[person] - self.facts.roles[person]):
                self.house.give(person, role)
        roles = {one: self.facts.roles[one] | ROLES[one] for one in NAMES}
        self.facts = replace(self.facts, off=frozenset(), roles=roles)

    def moves(self, wish: Any, gone: bool) -> Act:
        """Somebody else's program, which knows nothing of the door."""
        one = self.asks((wish[0] % 3, *wish[1:3], True))[0]
        if wish[0] > 6:
            one = self.update("shop.plain", PLAIN[wish[1]], True, v="moved")
        call = Call("move", None)
        after = {
            name: text
            for name, text in one.after.items()
            if text != "60000.00" and text != "forbidden" and text
        }
        if gone:
            return Act(call, lambda: self.house.remove(PLAIN[wish[1]]))
        return Act(call, lambda: self.house.move(one.table, one.key or "", after or _same(one)))

    def onto(self, one: Ask) -> Act:
        """Somebody else's program writes just what a change is about."""
        if one.kind == "create":
            return Act(Call("move", None), lambda: self.house.remove("1"))
        name = next(iter(one.after), "v")
        value = {"credit_limit": "777.00", "code": f"Z{one.key}"}.get(name, "moved")
        return Act(Call("move", None), lambda: self.house.move(one.table, one.key or "", {name: value}))

    def falls(self, person: int, n: int) -> Act:
        """They are switched off, or lose one of their roles."""
        held = sorted(self.facts.roles[person] - {"firefighter"})
        if n % 3 == 0 or not held:
            return Act(Call("off", None), lambda: self.house.switch(person, True), lambda f: replace(
                f, off=f.off | {person}))  # fmt: skip
        role = held[n % len(held)]
        return Act(Call("role", None), lambda: self.house.take(person, role), lambda f: replace(
            f, roles={**f.roles, person: f.roles[person] - {role}}))  # fmt: skip

    def turned(self, kind: str, what: int, back: bool) -> Act:
        """Somebody's roles, somebody's being there, a rule or a loan: what is given, or taken away."""
        call = Call(kind, None)
        if kind == "lend":
            loan = LOANS[what % len(LOANS)]
            return self.door.take_back(*loan) if back else self.door.lend(*loan)
        if kind in ("rule", "unrule"):
            one = RULES[what % len(RULES)]
            one = OTHERWISE[one.name] if back else one
            put = kind == "rule"
            return Act(
                call, lambda: self.house.put(one) if put else self.house.drop(one.name), _rules(one, put)
            )
        if kind == "off":
            who = 1 + what % len(NAMES)
            return Act(call, lambda: self.house.switch(who, not back), lambda f: replace(
                f, off=f.off - {who} if back else f.off | {who}))  # fmt: skip
        person, role = GRANTS[what % len(GRANTS)]
        return Act(call, lambda: (self.house.give if back else self.house.take)(person, role), lambda f: replace(
            f, roles={**f.roles, person: f.roles[person] | {role} if back else f.roles[person] - {role}}))  # fmt: skip


def _rules(one: Any, put: bool) -> Turn:
    def turn(facts: Facts) -> Facts:
        others = {name: rule for name, rule in facts.rules.items() if name != one.name}
        return replace(facts, rules={**others, one.name: one} if put else others)

    return turn


def _same(one: Ask) -> dict[str, str]:
    return {"v": "moved"} if one.table == "shop.plain" else {"name": "moved"}
