"""Whether a plan makes sense for a table and a person, before anybody waits for its dry run."""

from __future__ import annotations

from ops.catalog import Column
from ops.imports.mapping import matchable, settable
from ops.imports.moments import known_zone
from ops.imports.plan import Plan
from ops.policy import View
from ops.words import t

_NUMBERS = frozenset({"integer", "number", "money"})
_DAYS = frozenset({"date", "timestamp"})


def wrong_with(seen: View, plan: Plan) -> dict[str, str]:
    """A sentence for each field of the form that needs somebody; {} where the dry run may begin."""
    found: dict[str, str] = {}
    _columns(seen, plan, found)
    _match(seen, plan, found)
    _may(seen, plan, found)
    _habits(seen, plan, found)
    return found


def needed(seen: View) -> list[str]:
    """The columns a new row cannot do without."""
    return [name for name, column in seen.table.columns.items() if _must(column)]


def _must(column: Column) -> bool:
    filled = column.default is not None or column.identity or column.generated is not None
    return not column.nullable and not filled


def _columns(seen: View, plan: Plan, found: dict[str, str]) -> None:
    offered = set(settable(seen))
    taken: set[str] = set()
    for place, name in enumerate(plan.columns):
        if name is None:
            continue
        if name not in offered:
            # One sentence for all: whether a hidden column is there must not be learnt here.
            found[f"c.{place}"] = t("imports.plan.column", column=name[:60])
        elif name in taken:
            found[f"c.{place}"] = t("imports.plan.twice", column=seen.table.columns[name].label or name)
        taken.add(name)
    if not taken:
        found["columns"] = t("imports.plan.none")


def _match(seen: View, plan: Plan, found: dict[str, str]) -> None:
    if not plan.match:
        if plan.mode != "create":
            found["match"] = t("imports.plan.match_needed")
    elif plan.match not in matchable(seen):
        found["match"] = t("imports.plan.match_unique")
    elif not set(plan.match) <= set(plan.mapped):
        found["match"] = t("imports.plan.match_missing")


def _may(seen: View, plan: Plan, found: dict[str, str]) -> None:
    label = seen.table.label
    if plan.mode != "update" and not seen.may("create"):
        found["mode"] = t("imports.plan.no_create", table=label)
    if plan.mode != "create" and not seen.may("edit"):
        found["mode"] = t("imports.plan.no_edit", table=label)
    if plan.mode == "update" and not set(plan.mapped) - set(plan.match):
        found.setdefault("columns", t("imports.plan.only_match"))
    if plan.mode == "create" or (plan.mode == "both" and "mode" not in found):
        missing = [name for name in needed(seen) if name not in plan.mapped]
        if missing:
            # A column the person cannot see is named to nobody.
            readable = {one.name: one.column.label or one.name for one in seen.columns}
            names = ", ".join(readable[name] for name in missing if name in readable)
            key = "imports.plan.needed" if names else "imports.plan.needed_hidden"
            found.setdefault("columns", t(key, columns=names))


def _habits(seen: View, plan: Plan, found: dict[str, str]) -> None:
    kinds = {seen.table.columns[name].category for name in plan.mapped if name in seen.table.columns}
    reading = plan.reading
    if kinds & _NUMBERS and not reading.decimal:
        found["decimal"] = t("imports.plan.ask_decimal")
    if reading.thousands and reading.thousands == reading.decimal:
        found["thousands"] = t("imports.plan.same_marks")
    if kinds & _DAYS and not reading.dates:
        found["dates"] = t("imports.plan.ask_dates")
    if kinds & _NUMBERS and not reading.percent:
        found["percent"] = t("imports.plan.ask_percent")
    if not known_zone(reading.zone):
        found["zone"] = t("imports.plan.zone")
    if reading.kind == "csv" and reading.quote and reading.quote == reading.separator:
        found["quote"] = t("imports.plan.same_marks")
