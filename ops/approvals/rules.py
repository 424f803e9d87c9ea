"""Rules as the table holds them and as resources declare them: one shape for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Table
from ops.words import t

ANY = "*"
OWNER = "owner"
_KINDS = frozenset(("create", "update", "delete"))


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One rule: what it looks at, and which role it asks for how many yeses."""

    name: str
    schema: str
    table: str
    kinds: frozenset[str]
    columns: frozenset[str]
    condition: str
    role: str
    needed: int

    def concerns(self, kind: str, table: Table, touched: frozenset[str]) -> bool:
        """Whether the rule looks at such a change at all; its condition is still to be judged."""
        if kind not in self.kinds or self.schema not in (ANY, table.schema):
            return False
        if self.table not in (ANY, table.name):
            return False
        # `*` is about the company's tables: those of the house have a rule of their own, which nobody lifts.
        if table.house and ANY in (self.schema, self.table):
            return False
        # A delete takes every column along. A rule about a column the table has lost still concerns it: it
        # cannot be judged any more, which asks the owner.
        return not self.columns or kind == "delete" or bool(self.columns & touched) or bool(self.lost(table))

    def lost(self, table: Table) -> frozenset[str]:
        """Columns the rule names for just this table and the table does not have."""
        return frozenset() if self.table == ANY else self.columns - frozenset(table.columns)


# `ops.take_form` has the same, for the door, which reads the rules in the same round trip as its form token.
_STORED = sa.text(
    """
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'name', name, 'schema', schema_name, 'table', table_name, 'kinds', kinds, 'columns', columns,
        'condition', condition, 'role', role, 'needed', needed) ORDER BY id), '[]')
    FROM ops.approval_rule WHERE enabled
    """
)


def stored_rules(tx: Session) -> list[ApprovalRule]:
    """The enabled rules of the table, oldest first."""
    return rules_from_json(tx.scalar(_STORED) or [])


def rules_from_json(rows: Sequence[Mapping[str, Any]]) -> list[ApprovalRule]:
    """Rules out of what `stored_rules` or `ops.take_form` selects."""
    return [
        ApprovalRule(
            name=row["name"],
            schema=row["schema"],
            table=row["table"],
            kinds=frozenset(row["kinds"]),
            columns=frozenset(row["columns"]),
            condition=row["condition"],
            role=row["role"],
            needed=row["needed"],
        )
        for row in rows
    ]


def declared_rules(table: Table) -> list[ApprovalRule]:
    """The rules the table's Resource declares; of the platform's own tables, the one that is built in."""
    if table.house:
        name = t("door.rights.rule")
        return [ApprovalRule(name, table.schema, table.name, _KINDS, frozenset(), "", OWNER, 1)]
    return [
        ApprovalRule(
            name=rule.name,
            schema=table.schema,
            table=table.name,
            kinds=frozenset(rule.kinds),
            columns=frozenset(rule.columns),
            condition=rule.condition,
            role=rule.role,
            needed=rule.needed,
        )
        for rule in table.resource.rules
    ]
