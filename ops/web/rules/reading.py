"""Rules as people read them: those of the table, those that resources declare, and the one that is built in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ops import approvals, policy, records
from ops.approvals import ApprovalRule
from ops.catalog import BadAddress, Catalog, key_text
from ops.changes import OpenChange, Provenance, open_changes, provenance
from ops.changes.rule_rows import COLUMNS as KEPT
from ops.changes.rule_rows import TABLE, Row, kept_of
from ops.policy import NotVisible, Permission, view
from ops.web.gate import actor, platform, tx
from ops.web.rule_words import Names, hours_words, names, rule_words
from ops.words import t

COLUMNS = ("id", *KEPT)
MOST = 1000


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
    only: str = ""
    expires: str = ""

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
    """Read the page: three statements, and one for people who are asked by name."""
    waiting = open_changes(tx(), (TABLE,))
    came = provenance(tx(), TABLE)
    found = rows()
    called = names(kept_of(row).rule for row in found)
    stored = [_stored(row, waiting, came, called) for row in found]
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
    return _stored(row, open_changes(tx(), (TABLE,)), provenance(tx(), TABLE), names([kept_of(row).rule]))


def declared() -> list[RuleLine]:
    """The rules in the code of resources, of tables the person sees, and the one about rights."""
    catalog = platform().catalog
    built_in = approvals.declared_rules(next(iter(catalog.house.values())))[0]
    words = rule_words(built_in, catalog, {})
    first = replace(
        _line(catalog, built_in, t("rules.built_in"), {}), place=t("rules.built_in_place"), asks=words.asks
    )
    return [
        first,
        *(
            _line(catalog, rule, table.resource.declared or "", {})
            for table in catalog
            if policy.sees(actor(), table)
            for rule in approvals.declared_rules(table)
        ),
    ]


def _stored(
    row: Row, waiting: Sequence[OpenChange], came: Mapping[tuple[str, ...], Provenance], called: Names
) -> RuleLine:
    key = (row["id"] or "",)
    return replace(
        _line(platform().catalog, kept_of(row).rule, "", called),
        id=row["id"], enabled=row["enabled"] == "true",
        waits=next((one for one in waiting if one.key == key), None), came=came.get(key),
    )  # fmt: skip


def _line(catalog: Catalog, rule: ApprovalRule, by: str, called: Names) -> RuleLine:
    told = rule_words(rule, catalog, called)
    return RuleLine(
        None, rule.name, told.place, told.looks_at, told.condition, told.asks, enabled=True, gone=told.gone, by=by,
        only=told.only, expires=hours_words(rule.expires) if rule.expires else "",
    )  # fmt: skip


def _view() -> policy.View:
    catalog = platform().catalog
    return view(actor(), catalog.by_name("ops", TABLE), catalog)
