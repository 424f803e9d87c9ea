"""Rows of `ops.approval_rule` as texts and as rules: for the form of a rule and for files that hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ops.approvals import ApprovalRule, asks_to_json, rule_from_json
from ops.approvals.rules import KINDS
from ops.catalog import SOURCES, Catalog, Table, key_text
from ops.changes.arrays import array_items, array_text
from ops.changes.operation import Operation

TABLE = "approval_rule"
COLUMNS = (
    "name", "tables", "kinds", "columns", "condition", "min_rows", "sources", "proposer_roles", "stages",
    "expires_hours", "enabled",
)  # fmt: skip
ARRAYS = ("tables", "kinds", "columns", "sources", "proposer_roles")

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule that is kept in the table, in force or not."""

    rule: ApprovalRule
    enabled: bool = True


def kept_of(row: Row) -> KeptRule:
    """The rule of a row."""
    rule = rule_from_json(
        {
            "name": row["name"] or "",
            **{name: array_items(row[name] or "{}") for name in ARRAYS},
            "condition": row["condition"] or "",
            "min_rows": int(row["min_rows"] or "1"),
            "stages": stages_json(row["stages"]),
            "expires_hours": int(row["expires_hours"]) if row["expires_hours"] else None,
        }
    )
    return KeptRule(rule, row["enabled"] == "true")


def texts_of(kept: KeptRule) -> dict[str, str | None]:
    """The row of a rule, whose people are named by their numbers."""
    rule = kept.rule
    return {
        "name": rule.name,
        "tables": array_text(map(str, rule.places)),
        "kinds": array_text(_in_order(KINDS, rule.kinds)),
        "columns": array_text(sorted(rule.columns)),
        "condition": rule.condition,
        "min_rows": str(rule.min_rows),
        "sources": array_text(_in_order(SOURCES, rule.sources)),
        "proposer_roles": array_text(sorted(rule.proposer_roles)),
        "stages": json.dumps(asks_to_json(rule.asks)),
        "expires_hours": str(rule.expires) if rule.expires else None,
        "enabled": "true" if kept.enabled else "false",
    }


def rule_operation(catalog: Catalog, rule_id: str | None, base: Row, after: Row) -> Operation:
    """A new rule, or what is other of one; the same said in another order is no change."""
    table = rules_table(catalog)
    if rule_id is None:
        return Operation(
            "create", table, None, {}, {n: text for n, text in after.items() if text is not None}
        )
    base = {name: base.get(name) for name in COLUMNS}
    kept = {name: base[name] if _same(name, base[name], text) else text for name, text in after.items()}
    return Operation("update", table, key_text([rule_id]), base, kept)


def rules_table(catalog: Catalog) -> Table:
    """The table of rules."""
    return catalog.by_name("ops", TABLE)


def stages_json(text: str | None) -> object:
    """The stages of a row as they stand there; None where they cannot be read."""
    try:
        return json.loads(text or "null")
    except ValueError:
        return None


def _same(name: str, one: str | None, other: str | None) -> bool:
    if name in ARRAYS:
        return set(array_items(one or "{}")) == set(array_items(other or "{}"))
    return stages_json(one) == stages_json(other) if name == "stages" else one == other


def _in_order(order: Iterable[str], names: Iterable[str]) -> list[str]:
    known = list(order)
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))
