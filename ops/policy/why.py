"""Why may, or may not, a person do something: answered by the View, explained by the rules the View was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, Table, parse_key
from ops.conditions import well_formed
from ops.policy import house
from ops.policy.plan import Limit, Plan, plan_of
from ops.policy.refusal import NotVisible
from ops.policy.shape import shape_of
from ops.policy.view import View, view
from ops.policy.why_column import column_reasons
from ops.policy.why_reason import Origin, Reason, of_rule
from ops.roles import VERBS, TableRule, book_of
from ops.words import t

Judged = Mapping[Limit, bool]  # whether the row meets each condition; empty where no row is asked about


def why(
    tx: Session,
    catalog: Catalog,
    actor: Actor,
    table: Table,
    verb: str,
    column: str | None = None,
    key: str | None = None,
) -> list[Reason]:
    """The answer, then every rule that had a say, for the person `actor` is (`identity.actor_for`).

    `verb` is one of `ops.roles.VERBS`; with `column` it is about that column (in the clear), with `key` (as in
    addresses) about that row. Whether the asker may know of that row is the caller's to check. Two statements
    at most. Raises ValueError for a verb there is not.
    """
    if verb not in VERBS:
        raise ValueError(verb)
    asked = _Asked(tx, actor, table, verb, column, key, plan_of(table, actor.roles, book_of(actor)))
    try:
        seen = view(actor, table, catalog)
    except NotVisible:
        seen = None
    judged = asked.judge() if key is not None else {}
    reasons = list(asked.reasons(judged))
    return [asked.answer(seen), *reasons]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question."""

    tx: Session
    actor: Actor
    table: Table
    verb: str
    column: str | None
    key: str | None
    plan: Plan

    def answer(self, seen: View | None) -> Reason:
        """What the View itself says; everything else only explains it."""
        yes = seen is not None and seen.may(self.verb) and self._in_row(seen)
        word = "yes" if yes and self._in_column(seen) else "no"
        one = seen.shape.by_name.get(self.column) if seen is not None and self.column is not None else None
        if yes and word == "no" and one is not None and one.masked and self.verb == "see":
            word = "mask"
        text = t(f"why.{word}", name=self.actor.name, what=self.what(whole=True))
        return Reason(word == "yes", text, "", "answer")

    def what(self, verb: str | None = None, *, whole: bool = False) -> str:
        """The deed in words: "edit Customers, column IBAN, row 7"."""
        text = t(f"why.do.{verb or self.verb}", table=self.table.label)
        if whole and self.column is not None:
            text += t("why.at.column", column=self._label())
        if whole and self.key is not None:
            text += t("why.at.row", row=self._row())
        return text

    def reasons(self, judged: Judged | None) -> Iterator[Reason]:
        """Everything that had a say."""
        if not self.actor.roles:
            yield Reason(False, t("why.no_roles", name=self.actor.name), "", "role")
        yield from self._ability()
        for verb in dict.fromkeys((self.verb, "see")):
            if verb != self.verb and "see" not in self.plan.verbs:
                yield Reason(False, t("why.not_seen"), "", "role")
            if verb == self.verb or "see" not in self.plan.verbs or self.plan.limited("see"):
                for role in sorted(self.actor.roles):
                    yield from self._role(role, verb, judged or {})
        if self.plan.everybody is not None:
            yield self._limit(self.plan.everybody, judged or {})
        if judged is None:
            yield Reason(False, t("why.no_row", row=self._row(), table=self.table.label), "", "row")
        if self.column is not None:
            yield from column_reasons(self.plan, self.verb, self.column)

    def _label(self) -> str:
        found = self.table.columns.get(self.column or "")
        return found.label or found.name if found is not None else self.column or ""

    def _row(self) -> str:
        return (self.key or "").removeprefix("~")

    def _ability(self) -> Iterator[Reason]:
        able = {
            "create": self.table.may_insert,
            "edit": self.table.may_update,
            "delete": self.table.may_delete,
        }
        if self.verb not in able:
            return
        if not self.table.writable:
            yield Reason(False, t("why.table_fixed", table=self.table.label), self.table.ref, "database")
        elif not able[self.verb]:
            yield Reason(False, t("why.table_ungranted", what=self.what()), self.table.ref, "database")

    def _role(self, name: str, verb: str, judged: Judged) -> Iterator[Reason]:
        role = self.plan.book.roles.get(name)
        if role is None:
            yield Reason(False, t("why.unknown_role", role=name), name, "role")
        elif self.table.house:
            yield self._permission(name, verb)
        else:
            rule = next((rule for rule in self.plan.rules if rule.role == name), None)
            if rule is None:
                yield Reason(False, t("why.no_rule", role=name, table=self.table.label), name, "role")
            else:
                yield from self._rule(rule, verb, judged)

    def _permission(self, name: str, verb: str) -> Reason:
        needed = house.needed(self.table, verb)
        if needed is None:
            return Reason(False, t("why.table_fixed", table=self.table.label), self.table.ref, "database")
        yes = needed in self.plan.book.roles[name].permissions
        key = "why.permission" if yes else "why.permission_not"
        text = t(key, role=name, permission=needed.value, table=self.table.label)
        return Reason(yes, text, str(needed.value), "permission")

    def _rule(self, rule: TableRule, verb: str, judged: Judged) -> Iterator[Reason]:
        said = {"role": rule.role, "what": self.what(verb), "place": rule.place}
        lost = self.plan.lost_key(rule)
        if lost:
            text = t("why.lost_key", role=rule.role, columns=", ".join(lost), table=self.table.label)
            yield of_rule(rule, False, text)
        elif verb not in rule.verbs:
            yield of_rule(rule, False, t("why.gives_not", **said))
        else:
            limits = self.plan.limits(rule)
            met = all(judged.get(limit, limit.condition is not None) for limit in limits)
            yield of_rule(rule, met, t("why.gives_row" if limits else "why.gives", **said))
            for limit in limits:
                yield self._limit(limit, judged)

    def _limit(self, limit: Limit, judged: Judged) -> Reason:
        resource = f"{self.table.resource.declared or self.table.name}.rows"
        rule = resource if limit.declared else f"{limit.role} on {self.table.ref}"
        origin: Origin = "resource" if limit.declared else "role"
        said = {"condition": limit.text, "problem": limit.problem}
        if limit.condition is None:
            return Reason(False, t("why.unreadable", **said), rule, origin)
        if limit in judged:
            key = "why.holds" if judged[limit] else "why.holds_not"
            return Reason(judged[limit], t(key, **said), rule, origin)
        key = "why.everybody" if limit is self.plan.everybody else "why.condition"
        return Reason(True, t(key, **said), rule, origin)

    def _in_column(self, seen: View | None) -> bool:
        if self.column is None or seen is None:
            return True
        if self.verb in ("create", "edit"):
            return self.column in seen.settable(self.verb)
        return seen.sees(self.column)

    def _in_row(self, seen: View) -> bool:
        if self.key is None:
            return True
        parts = self._parts()
        if parts is None:
            return False
        own = seen.under(self.verb)
        same = (own.raw(n) == own.constant(n, p) for n, p in zip(self.table.key, parts, strict=True))
        return self.tx.execute(own.select(sa.literal_column("1")).where(*same)).first() is not None

    def _parts(self) -> tuple[str, ...] | None:
        try:
            parts = tuple(parse_key(self.key or "", len(self.table.key)))
        except BadAddress:
            return None
        columns = [self.table.columns[name] for name in self.table.key]
        fits = (well_formed(c.base, p, c.enum_values) for c, p in zip(columns, parts, strict=True))
        return parts if self.table.key and all(one is not False for one in fits) else None

    def judge(self) -> dict[Limit, bool] | None:
        """Whether the row meets each condition that anybody's rule names; None where there is no such row."""
        parts = self._parts()
        if parts is None:
            return None
        limits = [limit for rule in self.plan.rules for limit in self.plan.limits(rule)]
        limits += [] if self.plan.everybody is None else [self.plan.everybody]
        limits = list(dict.fromkeys(limits))
        shape, core = shape_of(self.plan, self.actor), self.table.core
        items: list[Any] = [sa.literal_column("1")]
        items += [sa.func.coalesce(shape.sql(one), sa.false()).label(f"c{n}") for n, one in enumerate(limits)]
        same = (core.c[n] == shape.constant(n, p) for n, p in zip(self.table.key, parts, strict=True))
        row = self.tx.execute(sa.select(*items).select_from(core).where(*same)).first()
        return None if row is None else {one: bool(holds) for one, holds in zip(limits, row[1:], strict=True)}
