"""Rules as people read them: those of the table, those that resources declare, and the one that is built in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops import approvals, policy, records
from ops.approvals import ApprovalRule
from ops.catalog import BadAddress, Catalog, Table, key_text
from ops.changes import OpenChange, Provenance, array_items, open_changes, provenance
from ops.policy import NotVisible, Permission, view
from ops.web.gate import actor, platform, tx
from ops.web.right_words import column_label, condition_words, joined, kinds_words, place_words, table_of
from ops.web.role_words import role_words
from ops.words import t

TABLE = "approval_rule"
COLUMNS = (
    "id",
    "name",
    "schema_name",
    "table_name",
    "kinds",
    "columns",
    "condition",
    "role",
    "needed",
    "enabled",
)
MOST = 1000

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule in words. `id` is None for one that no row says."""

    id: str | None
    name: str
    place: str
    looks_at: str
    condition: str
    asks: str
    enabled: bool
    gone: bool
    waits: OpenChange | None = None
    came: Provenance | None = None
    by: str = ""

    @property
    def href(self) -> str | None:
        """Its page."""
        return f"/rules/{self.id}" if self.id else None


@dataclass(frozen=True, slots=True)
class RuleScreen:
    """What templates/rules/index.html shows."""

    stored: Sequence[RuleLine]
    declared: Sequence[RuleLine]
    waiting: Sequence[OpenChange]
    may_edit: bool


def screen() -> RuleScreen:
    """Read the page: three statements."""
    catalog = platform().catalog
    waiting = open_changes(tx(), (TABLE,))
    came = provenance(tx(), TABLE)
    stored = [_stored(catalog, row, waiting, came) for row in rows()]
    may = policy.may(actor(), Permission.RULES_EDIT)
    return RuleScreen(
        sorted(stored, key=lambda one: (not one.enabled, one.name.casefold())), declared(), waiting, may
    )


def rows() -> list[dict[str, str | None]]:
    """The rules of the table, oldest first, through the person's view of it."""
    seen = _view()
    found = tx().execute(
        seen.select(*(seen.text(name) for name in COLUMNS)).order_by(seen.raw("id")).limit(MOST)
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def row_of(rule_id: str) -> Row:
    """One rule's row. Raises NotVisible."""
    if not (rule_id.isascii() and rule_id.isdigit() and len(rule_id) < 19):
        raise NotVisible(rule_id)
    try:
        return records.one(tx(), _view(), key_text([rule_id])).values
    except BadAddress as error:
        raise NotVisible(rule_id) from error


def line_of(row: Row) -> RuleLine:
    """One rule's page in words, with where it came from and what of it waits."""
    return _stored(platform().catalog, row, open_changes(tx(), (TABLE,)), provenance(tx(), TABLE))


def declared() -> list[RuleLine]:
    """The rules in the code of resources, of tables the person sees, and the one about rights."""
    catalog = platform().catalog
    built_in = next(iter(catalog.house.values()))
    first = approvals.declared_rules(built_in)[0]
    lines = [
        RuleLine(
            None, first.name, t("rules.built_in_place"), kinds_words(first.kinds), "", asks_words(first.role, 1),
            enabled=True, gone=False, by=t("rules.built_in"),
        )
    ]  # fmt: skip
    for table in catalog:
        if policy.sees(actor(), table):
            by = table.resource.declared or ""
            lines += [_line(catalog, rule, table, by) for rule in approvals.declared_rules(table)]
    return lines


def rule_from(row: Row) -> ApprovalRule:
    """The row as `ops.approvals` knows rules."""
    return ApprovalRule(
        name=row["name"] or "", schema=row["schema_name"] or "*", table=row["table_name"] or "*",
        kinds=frozenset(array_items(row["kinds"] or "{}")), columns=frozenset(array_items(row["columns"] or "{}")),
        condition=row["condition"] or "", role=row["role"] or "", needed=int(row["needed"] or "1"),
    )  # fmt: skip


def asks_words(role: str, needed: int) -> str:
    """Whom it asks: "two of the managers"."""
    return t("rules.asks", count=needed, role=role_words(role))


def looks_at_words(rule: ApprovalRule, table: Table | None) -> str:
    """Which changes: "Edits that touch Credit limit"."""
    kinds = kinds_words(rule.kinds) or t("rights.nothing")
    if not rule.columns:
        return kinds
    columns = joined([column_label(table, name) for name in sorted(rule.columns)])
    return t("rules.touching", kinds=kinds, columns=columns)


def _stored(
    catalog: Catalog, row: Row, waiting: Sequence[OpenChange], came: Mapping[tuple[str, ...], Provenance]
) -> RuleLine:
    rule = rule_from(row)
    key = (row["id"] or "",)
    table = table_of(catalog, rule.schema, rule.table)
    return RuleLine(
        id=row["id"], name=rule.name, place=place_words(catalog, rule.schema, rule.table),
        looks_at=looks_at_words(rule, table), condition=condition_words(rule.condition, table),
        asks=asks_words(rule.role, rule.needed), enabled=row["enabled"] == "true",
        gone=table is None and "*" not in (rule.schema, rule.table),
        waits=next((one for one in waiting if one.key == key), None), came=came.get(key),
    )  # fmt: skip


def _line(catalog: Catalog, rule: ApprovalRule, table: Table, by: str) -> RuleLine:
    return RuleLine(
        None, rule.name, place_words(catalog, rule.schema, rule.table), looks_at_words(rule, table),
        condition_words(rule.condition, table), asks_words(rule.role, rule.needed), enabled=True, gone=False, by=by,
    )  # fmt: skip


def _view() -> policy.View:
    catalog = platform().catalog
    return view(actor(), catalog.by_name("ops", TABLE), catalog)
