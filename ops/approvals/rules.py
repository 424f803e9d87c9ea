"""Rules as the table holds them and as resources declare them: one shape for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.approvals.places import ANY, EVERYWHERE, NoPlace, Place, parse_place
from ops.approvals.stages import OWNER
from ops.catalog import SOURCES, Table
from ops.words import t

KINDS = ("create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a change comes about, beside its values; None: not known, and then no rule is let off by it."""

    source: str | None = None
    rows: int | None = None  # of the whole change
    roles: frozenset[str] | None = None  # of whoever stands for it, today


UNKNOWN = Circumstances()


@dataclass(frozen=True, slots=True)
class Ask:
    """One stage of a rule: `needed` people of a role, or of those named by id or, in code, by verified e-mail.

    Hours count from when its turn begins; after `due`, people of `escalate_to` may decide as well.
    """

    role: str = ""
    needed: int = 1
    people: frozenset[str] = frozenset()
    due: int | None = None
    remind: int | None = None
    escalate_to: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One rule: what it looks at, and whom it asks, in their order. All that is given must hold."""

    name: str
    places: tuple[Place, ...] = (EVERYWHERE,)
    kinds: frozenset[str] = frozenset(KINDS)
    columns: frozenset[str] = frozenset()
    condition: str = ""
    min_rows: int = 1
    sources: frozenset[str] = frozenset()
    proposer_roles: frozenset[str] = frozenset()
    asks: tuple[Ask, ...] = (Ask("manager"),)
    expires: int | None = None

    def concerns(
        self, kind: str, table: Table, touched: frozenset[str], about: Circumstances = UNKNOWN
    ) -> bool:
        """Whether the rule looks at such a change at all; its condition is still to be judged."""
        if kind not in self.kinds or not self._holds(about):
            return False
        covering = self._covering(table)
        # `*` is about the company's tables: those of the house have a rule of their own, which nobody lifts.
        if not covering or (table.house and any(ANY in (place.schema, place.table) for place in covering)):
            return False
        # A delete takes every column along. A rule about a column the table has lost still concerns it: it
        # cannot be judged any more, which asks the owner.
        return not self.columns or kind == "delete" or bool(self.columns & touched) or bool(self.lost(table))

    def general(self, table: Table) -> bool:
        """Whether the rule names just kinds of tables, not this one: then it is about those that have its columns."""
        return all(place.general for place in self._covering(table))

    def lost(self, table: Table) -> frozenset[str]:
        """Columns the rule names for just this table and the table does not have."""
        return frozenset() if self.general(table) else self.columns - frozenset(table.columns)

    def _covering(self, table: Table) -> list[Place]:
        """The places that mean the table, or one that it inherits from: its rows are that one's rows, too."""
        names = ((table.schema, table.name), *table.parents)
        return [place for place in self.places if any(place.covers(*name) for name in names)]

    def _holds(self, about: Circumstances) -> bool:
        if about.rows is not None and about.rows < self.min_rows:
            return False
        if self.sources and about.source is not None and about.source not in self.sources:
            return False
        return not self.proposer_roles or about.roles is None or bool(self.proposer_roles & about.roles)


# `ops.take_form` and `ops.hold_change` have the same, for the door, which reads the rules with what else it needs.
_STORED = sa.text("SELECT ops.rules_now()")


_read_last: dict[str, tuple[Sequence[Mapping[str, Any]], tuple[ApprovalRule, ...]]] = {}


def stored_rules(tx: Session) -> list[ApprovalRule]:
    """The enabled rules of the table, oldest first."""
    return rules_from_json(tx.scalar(_STORED) or [])


def rules_from_json(rows: Sequence[Mapping[str, Any]]) -> list[ApprovalRule]:
    """Rules out of what `stored_rules` or `ops.take_form` selects: each save asks, and they are mostly as before."""
    kept = _read_last.get("rules")
    if kept is None or kept[0] != rows:
        kept = _read_last["rules"] = (rows, tuple(rule_from_json(row) for row in rows))
    return list(kept[1])


def rule_from_json(row: Mapping[str, Any]) -> ApprovalRule:
    """A rule out of its row. What of it cannot be read asks more, never less: every table, every kind, the owner."""
    kinds, sources = frozenset(row["kinds"]), frozenset(row["sources"])
    return ApprovalRule(
        name=row["name"],
        places=tuple(_place(text) for text in row["tables"]) or (EVERYWHERE,),
        kinds=kinds if kinds and kinds <= set(KINDS) else frozenset(KINDS),
        columns=frozenset(row["columns"]),
        condition=row["condition"],
        min_rows=row["min_rows"],
        sources=sources if sources <= set(SOURCES) else frozenset(),
        proposer_roles=frozenset(row["proposer_roles"]),
        asks=asks_from_json(row["stages"]),
        expires=row["expires_hours"],
    )


def asks_from_json(stages: Any) -> tuple[Ask, ...]:
    """The stages of a rule's row; one that makes no sense asks the owner."""
    read = [_ask(one) for one in stages] if isinstance(stages, list) else []
    return tuple(read) or (Ask(OWNER),)


def asks_to_json(asks: Sequence[Ask]) -> list[dict[str, Any]]:
    """The same the other way: only what is said, people by their ids."""
    return [
        {
            **({"role": one.role} if one.role else {"people": sorted(map(int, one.people))}),
            "needed": one.needed,
            **{
                name: value
                for name, value in (
                    ("due", one.due),
                    ("remind", one.remind),
                    ("escalate_to", one.escalate_to),
                )
                if value is not None
            },
        }
        for one in asks
    ]


def declared_rules(table: Table) -> list[ApprovalRule]:
    """The rules the table's Resource declares; of the platform's own tables, the one that is built in."""
    place = (Place(table.schema, table.name),)
    if table.house:
        return [ApprovalRule(t("door.rights.rule"), place, asks=(Ask(OWNER),))]
    return [
        ApprovalRule(
            name=rule.name,
            places=place,
            kinds=frozenset(rule.kinds),
            columns=frozenset(rule.columns),
            condition=rule.condition,
            min_rows=rule.min_rows,
            sources=frozenset(rule.sources),
            proposer_roles=frozenset(rule.proposer_roles),
            asks=tuple(
                Ask(one.role, one.needed, frozenset(one.people), one.due, one.remind, one.escalate_to)
                for one in rule.asks
            ),
            expires=rule.expires,
        )
        for rule in table.resource.rules
    ]


def _place(text: str) -> Place:
    try:
        return parse_place(text)
    except NoPlace:
        return EVERYWHERE


def _ask(one: Any) -> Ask:
    """A stage as it says; the owner where it says what nobody means, such as two and a half of a role."""
    if not isinstance(one, dict) or bool(one.get("role")) == bool(one.get("people")):
        return Ask(OWNER)
    role, people, needed = one.get("role") or "", one.get("people") or [], _whole(one.get("needed", 1))
    further = one.get("escalate_to") or None
    words = isinstance(role, str) and isinstance(further, str | None)
    if not words or not isinstance(people, list) or needed is None:
        return Ask(OWNER)
    return Ask(
        role=role,
        needed=needed,
        people=frozenset(str(person) for person in people),
        due=_whole(one.get("due")),
        remind=_whole(one.get("remind")),
        escalate_to=further,
    )


def _whole(value: Any) -> int | None:
    """A number of people or hours, from one on. JSON knows no integers: 2.0 written by SQL is two (RFC 8259, 6)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
