"""Rules of a file beside those that are kept: what is other, and the operations that ask for it at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals import Ask
from ops.approvals.named import by_email
from ops.catalog import Catalog, key_text
from ops.changes.arrays import array_items
from ops.changes.operation import Operation, changed
from ops.changes.rule_file import BadFile, to_yaml
from ops.changes.rule_rows import (
    ARRAYS,
    COLUMNS,
    KeptRule,
    Row,
    kept_of,
    rule_operation,
    rules_table,
    texts_of,
)
from ops.policy import view
from ops.roles import book_of
from ops.words import t

# Whom an address stands for and nobody else; only then may it stand in a file for them.
_EMAILS = sa.text(
    """
    SELECT CAST(min(p.id) AS text) AS id, lower(p.email) AS email FROM ops.person p
    WHERE p.email_verified AND p.disabled_at IS NULL AND p.email IS NOT NULL
    GROUP BY lower(p.email) HAVING count(*) = 1 AND bool_or(p.id = ANY(CAST(:people AS bigint[])))
    """
)
_THERE = sa.text("SELECT id FROM ops.person WHERE id = ANY(CAST(:people AS bigint[]))")


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """What is other of one rule: `lines` are column, what is kept (None: nothing), what the file says."""

    name: str
    kind: str  # create, update, delete
    lines: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class RuleImport:
    """What a file asks for: its operations, and the same to be read. `kept`: rules the file does not speak of."""

    operations: tuple[Operation, ...]
    differences: tuple[RuleDifference, ...]
    kept: tuple[str, ...]


def exported(tx: Session, catalog: Catalog, actor: Actor) -> str:
    """The file of all rules that are kept. Raises NotVisible where the person may not see them."""
    rules = [kept_of(row) for row in _rows(tx, catalog, actor)]
    people = {int(one) for kept in rules for ask in kept.rule.asks for one in ask.people}
    found = tx.execute(_EMAILS, {"people": sorted(people)}) if people else ()
    return to_yaml(rules, {row.id: row.email for row in found})


def compared(
    tx: Session, catalog: Catalog, actor: Actor, rules: Sequence[KeptRule], *, whole: bool
) -> RuleImport:
    """What these rules would change of those that are kept; `whole`: rules that the file leaves out are taken away.

    Raises BadFile for people and roles that are not there, NotVisible.
    """
    named = _named(tx, actor, rules)
    there = {row["name"]: row for row in _rows(tx, catalog, actor)}
    operations, differences = [], []
    for kept in named:
        row = there.get(kept.rule.name)
        asked = rule_operation(catalog, row["id"] if row else None, row or {}, texts_of(kept))
        if row is None:
            operations.append(asked)
            differences.append(_difference(kept.rule.name, "create", {}, asked.after))
        elif found := changed([asked]):
            operations += found
            differences.append(_difference(kept.rule.name, "update", row, found[0].after))
    left = [row for name, row in there.items() if name not in {kept.rule.name for kept in named}]
    if whole:
        for row in left:
            base = {name: row[name] for name in ("id", *COLUMNS, "created_at")}
            operations.append(
                Operation("delete", rules_table(catalog), key_text([row["id"] or ""]), base, {})
            )
            differences.append(_difference(row["name"] or "", "delete", row, dict.fromkeys(COLUMNS)))
    names = () if whole else tuple(sorted(row["name"] or "" for row in left))
    return RuleImport(tuple(operations), tuple(differences), names)


def _rows(tx: Session, catalog: Catalog, actor: Actor) -> list[Row]:
    names = ("id", *COLUMNS, "created_at")
    seen = view(actor, rules_table(catalog), catalog)
    rows = tx.execute(seen.select(*(seen.text(name) for name in names)).order_by(seen.raw("id")))
    return [dict(zip(names, row, strict=True)) for row in rows]


def _named(tx: Session, actor: Actor, rules: Sequence[KeptRule]) -> list[KeptRule]:
    """The same with numbers for addresses. Raises BadFile for people and roles that are not there."""
    names = {name for kept in rules for ask in kept.rule.asks for name in ask.people}
    emails = sorted(name.casefold() for name in names if "@" in name)
    known = {name: str(number) for name, number in by_email(tx, emails).items()} if emails else {}
    numbers = {int(name) for name in names if "@" not in name}
    there = set(map(str, tx.scalars(_THERE, {"people": sorted(numbers)}))) if numbers else set()
    roles = set(book_of(actor).roles)
    problems = []
    for kept in rules:
        asks = kept.rule.asks
        lost = sorted(
            name
            for ask in asks
            for name in ask.people
            if (name.casefold() not in known if "@" in name else name not in there)
        )
        problems += [t("rules.file.nobody", name=kept.rule.name, person=one) for one in lost]
        wanted = (
            {ask.role for ask in asks} | {ask.escalate_to or "" for ask in asks} | kept.rule.proposer_roles
        )
        gone = sorted(wanted - roles - {""})
        problems += [t("rules.file.no_role", name=kept.rule.name, role=one) for one in gone]
    if problems:
        raise BadFile(problems)
    return [replace(kept, rule=replace(kept.rule, asks=_numbered(kept.rule.asks, known))) for kept in rules]


def _numbered(asks: Sequence[Ask], known: Mapping[str, str]) -> tuple[Ask, ...]:
    return tuple(
        replace(one, people=frozenset(known.get(name.casefold(), name) for name in one.people))
        for one in asks
    )


def _difference(name: str, kind: str, row: Row, after: Mapping[str, str | None]) -> RuleDifference:
    lines = [(column, row.get(column), text) for column, text in after.items() if row.get(column) != text]
    shown = [(column, _plain(column, was), _plain(column, now)) for column, was, now in lines]
    return RuleDifference(name, kind, tuple(one for one in shown if one[1] != one[2]))


def _plain(column: str, text: str | None) -> str | None:
    return ", ".join(array_items(text)) if column in ARRAYS and text else text
