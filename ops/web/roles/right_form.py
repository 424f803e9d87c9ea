"""The form of a right: what a role may do with one place, which rows, which columns and how."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import request

from ops import records
from ops.catalog import Table, key_text
from ops.changes import Operation, array_items, array_text
from ops.policy import NotVisible, view
from ops.roles import ANY, VERBS, Role, TableRule
from ops.web.forms import new_form_token
from ops.web.gate import actor, platform, tx
from ops.web.places import parse_place
from ops.web.proposing import invalid, listed, reason
from ops.web.right_words import (
    PATTERNS,
    columns_words,
    json_object,
    place_words,
    rows_words,
    table_of,
    verbs_words,
)
from ops.web.roles.addresses import right_href, role_href
from ops.web.roles.columns import HIDDEN, PLAIN, STATES, ColumnLine, lines, sorted_out, states_of
from ops.web.roles.detail import role_named
from ops.web.roles.rows_said import RowsSaid, rows_said
from ops.web.trouble import Trouble, Troubled
from ops.words import t

_KEPT = ("verbs", "rows", "hidden", "masked", "readonly")
_ARRAYS = ("verbs", "hidden", "readonly")


@dataclass(frozen=True)
class RightForm(Troubled):
    """What templates/roles/right.html shows."""

    role: Role
    schema: str
    name: str
    place: str
    table: Table | None
    current: Mapping[str, str | None] | None  # the row of this very place; None: there is none
    base: Mapping[str, str | None]  # what the form was filled from, posted along
    verbs: frozenset[str]
    rows: str
    chosen: Mapping[str, str]
    said: RowsSaid | None = None
    reason: str = ""
    token: str = ""
    inherited: TableRule | None = None  # what holds without this right
    columns: Sequence[ColumnLine] = field(default_factory=list)

    @property
    def href(self) -> str:
        """Where it is sent."""
        return right_href(self.role.name, self.schema, self.name)

    @property
    def back(self) -> str:
        """The role's page."""
        return role_href(self.role.name)

    @property
    def loose(self) -> int:
        """How many columns look personal and leave as they are."""
        return sum(one.loose for one in self.columns)

    @property
    def labels(self) -> Mapping[str, str]:
        """What its fields are called."""
        return {"verbs": t("roles.verbs"), "rows": t("roles.rows"), "reason": t("rights.reason")}

    @property
    def elsewhere(self) -> str:
        """What any other sentence is about."""
        return t("roles.columns")


def opened(role_name: str, place: str) -> RightForm:
    """The form as it opens: the right of this place, or what holds there today. Raises NotVisible."""
    role = role_named(role_name)
    schema, name = parse_place(place)
    table = table_of(platform().catalog, schema, name)
    if (table is None and ANY not in (schema, name)) or (table is not None and table.house):
        raise NotVisible(place)
    current = _row(role.name, schema, name)
    rule = role.tables.get((schema, name)) or role.rule(schema, name)
    form = RightForm(
        role=role, schema=schema, name=name, place=place_words(platform().catalog, schema, name), table=table,
        current=current, base={one: current[one] for one in _KEPT} if current is not None else {},
        verbs=rule.verbs if rule else frozenset(("see",)), rows=rule.rows if rule else "",
        chosen=_of_table(table, states_of(rule)), token=new_form_token(), inherited=_inherited(role, schema, name),
    )  # fmt: skip
    return shown(form)


def posted(role_name: str, place: str, trouble: Trouble | None = None) -> RightForm:
    """The form with what was sent; the base stays what the person had seen."""
    form = opened(role_name, place)
    sent = request.form
    chosen = {
        name.removeprefix("c."): state
        for name, state in sent.items()
        if name.startswith("c.") and state in STATES
    }
    kept = {one: sent[f"b.{one}"] for one in _KEPT if f"b.{one}" in sent}
    return replace(
        form,
        verbs=frozenset(verb for verb in listed("verbs") if verb in VERBS),
        rows=sent.get("rows", "").replace("\r\n", "\n").strip(),
        # A place without columns of its own keeps what it says of them.
        chosen=chosen if form.table is not None else form.chosen,
        base=kept,
        reason=reason(),
        token=sent.get("form_token", form.token),
        trouble=trouble,
    )


def shown(form: RightForm) -> RightForm:
    """Ready for the page: a line for each column, and what the row condition means."""
    columns = lines(form.table, form.chosen) if form.table is not None else []
    said = rows_said(form.table, form.rows) if form.rows else None
    return replace(form, columns=columns, said=said)


def again(role_name: str, place: str, trouble: Trouble) -> RightForm:
    """The form as it was sent, with why it was not taken; after a conflict beside the right as it is now."""
    form = posted(role_name, place, trouble)
    if trouble.status == 409 and form.current is not None:
        form = replace(form, base={one: form.current[one] for one in _KEPT})
    return shown(form)


def problem(form: RightForm) -> Trouble | None:
    """What the form itself sees wrong, before the door looks."""
    found: dict[str, str] = {}
    if form.verbs and "see" not in form.verbs:
        found["verbs"] = t("roles.needs_see")
    lost = [name for name, state in form.chosen.items() if form.table is not None and name in form.table.key
            and (state == HIDDEN or state in PATTERNS)]  # fmt: skip
    if lost:
        found["columns"] = t("roles.key_stays", columns=", ".join(lost))
    return invalid(found) if found else None


def operation(form: RightForm) -> Operation:
    """What is proposed: a new row of rights, or the columns of it that differ from what the person saw."""
    hidden, masked, readonly = sorted_out(
        {name: state for name, state in form.chosen.items() if state != PLAIN}
    )
    after: dict[str, str | None] = {
        "verbs": array_text([verb for verb in VERBS if verb in form.verbs]),
        "rows": form.rows,
        "hidden": array_text(hidden),
        "masked": json.dumps(masked, ensure_ascii=False),
        "readonly": array_text(readonly),
    }
    rights = platform().catalog.by_name("ops", "role_table")
    key = (form.role.name, form.schema, form.name)
    if not form.base:
        return Operation(
            "create", rights, None, {}, {"role": key[0], "schema_name": key[1], "table_name": key[2], **after}
        )
    base = {name: form.base.get(name) for name in _KEPT}
    # The same said in another order is no change.
    after = {name: base[name] if _same(name, base[name], text) else text for name, text in after.items()}
    return Operation("update", rights, key_text(key), base, after)


def removal(form: RightForm) -> Operation:
    """What is proposed to take the right away."""
    rights = platform().catalog.by_name("ops", "role_table")
    return Operation("delete", rights, key_text((form.role.name, form.schema, form.name)), form.current or {})


def in_words(form: RightForm) -> list[tuple[str, list[str]]] | None:
    """The right of this place as it is in force, for people; None where there is none."""
    row = form.current
    if row is None:
        return None
    return _words(form.table, frozenset(array_items(row["verbs"] or "{}")), row["rows"] or "",
                  array_items(row["hidden"] or "{}"), json_object(row["masked"]),
                  array_items(row["readonly"] or "{}"))  # fmt: skip


def inherited_words(form: RightForm) -> list[tuple[str, list[str]]] | None:
    """What holds for the place without this right, for people."""
    rule = form.inherited
    return (
        None
        if rule is None
        else _words(form.table, rule.verbs, rule.rows, rule.hidden, rule.masked, rule.readonly)
    )


def _words(
    table: Table | None, verbs: frozenset[str], rows: str, hidden: Sequence[str] | frozenset[str],
    masked: Mapping[str, str], readonly: Sequence[str] | frozenset[str],
) -> list[tuple[str, list[str]]]:  # fmt: skip
    columns = columns_words(table, hidden, masked, readonly)
    return [
        (t("roles.may"), [verbs_words(verbs)]),
        (t("roles.rows"), [rows_words(rows, table)]),
        (t("roles.columns"), columns or [t("rights.columns.none")]),
    ]


def _same(name: str, was: str | None, text: str | None) -> bool:
    if name in _ARRAYS:
        return set(array_items(was or "{}")) == set(array_items(text or "{}"))
    return json_object(was) == json_object(text) if name == "masked" else (was or "").strip() == text


def _row(role: str, schema: str, name: str) -> Mapping[str, str | None] | None:
    catalog = platform().catalog
    seen = view(actor(), catalog.by_name("ops", "role_table"), catalog)
    try:
        return records.one(tx(), seen, key_text((role, schema, name))).values
    except NotVisible:
        return None


def _of_table(table: Table | None, states: Mapping[str, str]) -> Mapping[str, str]:
    # What a right on many tables says of columns that this one does not have is no part of a right of its own.
    return {name: state for name, state in states.items() if table is None or name in table.columns}


def _inherited(role: Role, schema: str, name: str) -> TableRule | None:
    """The next more general rule of the role; for a built-in role's own place its default."""
    for place in ((schema, ANY), (ANY, ANY)):
        if place != (schema, name) and (found := role.tables.get(place)) is not None:
            return found
    return None
