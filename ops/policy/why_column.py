"""Why a column is plain, masked, hidden, or not to be written, for a person's roles."""

from __future__ import annotations

from collections.abc import Iterator

from ops.catalog import Column, looks_secret
from ops.policy.columns import Voice, pattern_in
from ops.policy.plan import Plan
from ops.policy.why_reason import Reason, of_rule
from ops.words import t


def column_reasons(plan: Plan, verb: str, name: str) -> Iterator[Reason]:
    """Everything that has a say about the column: the resource, the database, each role."""
    column = plan.table.columns.get(name)
    if column is None:
        yield Reason(False, t("why.no_column", column=name, table=plan.table.label), "", "database")
        return
    if name in plan.table.resource.hidden:
        yield _hidden(plan, column)
        return
    yield from _declared_mask(plan, column)
    if verb in ("create", "edit"):
        yield from _fixed(plan, verb, column)
    for voice in plan.giving("see"):
        yield _shown(plan, voice, column)
    if verb in ("create", "edit"):
        for voice in plan.giving(verb):
            if name in voice.rule.readonly:
                yield of_rule(voice.rule, False, t("why.role_readonly", **_said(voice, column)))


def _resource(plan: Plan, option: str) -> str:
    return f"{plan.table.resource.declared or plan.table.name}.{option}"


def _hidden(plan: Plan, column: Column) -> Reason:
    if looks_secret(column):
        return Reason(False, t("why.column_secret", column=_label(column)), column.name, "name")
    text = t("why.column_hidden", column=_label(column), resource=plan.table.resource.declared)
    return Reason(False, text, _resource(plan, "hidden"), "resource")


def _declared_mask(plan: Plan, column: Column) -> Iterator[Reason]:
    mask = plan.table.resource.masked.get(column.name)
    if mask is not None:
        held = mask.role in plan.roles
        key = "why.column_unmasked" if held else "why.column_masked"
        text = t(key, column=_label(column), role=mask.role, resource=plan.table.resource.declared)
        yield Reason(held, text, _resource(plan, "masked"), "resource")


def _fixed(plan: Plan, verb: str, column: Column) -> Iterator[Reason]:
    table = plan.table
    if column.computed:
        yield Reason(False, t("why.column_computed", column=_label(column)), column.name, "database")
    elif not (column.insertable if verb == "create" else column.updatable):
        yield Reason(False, t("why.column_ungranted", column=_label(column)), column.name, "database")
    if column.name in table.resource.readonly:
        text = t("why.column_readonly", column=_label(column), resource=table.resource.declared)
        yield Reason(False, text, _resource(plan, "readonly"), "resource")
    if verb == "edit" and column.name in table.key:
        yield Reason(False, t("why.column_key", column=_label(column)), column.name, "database")


def _shown(plan: Plan, voice: Voice, column: Column) -> Reason:
    said = _said(voice, column)
    if column.name in voice.rule.hidden:
        return of_rule(voice.rule, False, t("why.role_hides", **said))
    pattern = pattern_in(plan.table, column.name, plan.roles, voice.rule)
    if pattern is not None:
        return of_rule(voice.rule, False, t("why.role_masks", pattern=pattern, **said))
    return of_rule(
        voice.rule, True, t("why.role_shows" if voice.every_row else "why.role_shows_some", **said)
    )


def _said(voice: Voice, column: Column) -> dict[str, str]:
    return {"role": voice.rule.role, "column": _label(column)}


def _label(column: Column) -> str:
    return column.label or column.name
