"""The form of an approval rule: when it looks, at what, and whom it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from ops import conditions
from ops.approvals import ApprovalRule
from ops.catalog import Table, key_text
from ops.changes import Operation, array_items
from ops.policy import NotVisible, Permission
from ops.roles import ANY, book_of
from ops.web.forms import new_form_token
from ops.web.gate import actor, platform
from ops.web.places import parse_place, place_choices, place_ref
from ops.web.proposing import invalid, listed, reason
from ops.web.right_words import KINDS, array_text, condition_words, table_of
from ops.web.rules.reading import TABLE, row_of
from ops.web.trouble import Trouble, Troubled
from ops.words import t

_KEPT = ("name", "schema_name", "table_name", "kinds", "columns", "condition", "role", "needed", "enabled")
_ARRAYS = ("kinds", "columns")
MOST_NEEDED = 20


@dataclass(frozen=True, slots=True)
class Said:
    """What the condition means, or what is wrong with it."""

    words: str = ""
    problem: str | None = None


@dataclass(frozen=True)
class RuleForm(Troubled):
    """What templates/rules/form.html shows. `id` is None for a new rule."""

    id: str | None
    name: str
    place: str
    kinds: frozenset[str]
    columns: frozenset[str]
    condition: str
    role: str
    needed: str
    enabled: bool
    base: Mapping[str, str | None]
    reason: str
    token: str

    @property
    def table(self) -> Table | None:
        """The one table it is about, if it is one."""
        try:
            return table_of(platform().catalog, *parse_place(self.place))
        except NotVisible:
            return None

    @property
    def places(self) -> Sequence[tuple[str, str]]:
        """What it can be about."""
        return place_choices(platform().catalog)

    @property
    def roles(self) -> list[tuple[str, str]]:
        """The roles whose people may decide."""
        book = book_of(actor())
        return [(r.name, r.label) for r in book.roles.values() if Permission.CHANGES_DECIDE in r.permissions]

    @property
    def said(self) -> Said | None:
        """What the condition means."""
        return said(self.place, self.condition)

    @property
    def href(self) -> str:
        """Where it is sent."""
        return f"/rules/{self.id}/edit" if self.id else "/rules/new"

    @property
    def back(self) -> str:
        """Where one goes who gives up."""
        return f"/rules/{self.id}" if self.id else "/rules/"

    @property
    def labels(self) -> Mapping[str, str]:
        """What its fields are called."""
        fields = ("name", "place", "kinds", "columns", "condition", "role", "needed", "enabled")
        return {name: t(f"rules.{name}") for name in fields} | {"reason": t("rights.reason")}


def said(place: str, condition: str) -> Said | None:
    """What a condition of a rule about this place means; None for none."""
    if not condition.strip():
        return None
    try:
        read = conditions.parse(condition)
        table = table_of(platform().catalog, *parse_place(place))
    except conditions.ParseError as error:
        return Said(problem=str(error))
    except NotVisible:
        return None
    if table is not None and (wrong := conditions.check(read, table.columns, rule=True)):
        return Said(problem=" ".join(wrong))
    return Said(condition_words(condition, table))


def opened(rule_id: str | None) -> RuleForm:
    """The form as it opens. Raises NotVisible."""
    if rule_id is None:
        return RuleForm(
            None, "", request.args.get("place", ""), frozenset(("create", "update")), frozenset(), "", "manager", "1",
            enabled=True, base={}, reason="", token=new_form_token(),
        )  # fmt: skip
    row = row_of(rule_id)
    return RuleForm(
        rule_id, row["name"] or "", place_ref(row["schema_name"] or ANY, row["table_name"] or ANY),
        frozenset(array_items(row["kinds"] or "{}")), frozenset(array_items(row["columns"] or "{}")),
        row["condition"] or "", row["role"] or "", row["needed"] or "", enabled=row["enabled"] == "true",
        base={one: row[one] for one in _KEPT}, reason="", token=new_form_token(),
    )  # fmt: skip


def posted(rule_id: str | None, trouble: Trouble | None = None) -> RuleForm:
    """The form with what was sent; after a conflict with today's row as its base."""
    form, sent = opened(rule_id), request.form
    base: Mapping[str, str | None] = form.base
    if rule_id is not None and (trouble is None or trouble.status != 409):
        base = {one: sent[f"b.{one}"] for one in _KEPT if f"b.{one}" in sent}
    if trouble is not None and trouble.fields:
        fields = {_OURS.get(name, name): text for name, text in trouble.fields.items()}
        trouble = replace(trouble, fields=fields)
    return RuleForm(
        rule_id, sent.get("name", "").strip(), sent.get("place", ""),
        frozenset(kind for kind in listed("kinds") if kind in KINDS), frozenset(listed("columns")),
        sent.get("condition", "").replace("\r\n", "\n").strip(), sent.get("role", ""), sent.get("needed", "").strip(),
        enabled=sent.get("enabled") != "false", base=base, reason=reason(),
        token=sent.get("form_token", form.token), trouble=trouble,
    )  # fmt: skip


# The door speaks of columns; the form has one field for two of them.
_OURS = {"schema_name": "place", "table_name": "place"}


def problem(form: RuleForm) -> Trouble | None:
    """What the form itself sees wrong, before the door looks."""
    found = {} if form.name else {"name": t("door.needed")}
    if form.place not in dict(form.places):
        found["place"] = t("door.needed") if not form.place else t("rules.place_gone")
    if not form.kinds:
        found["kinds"] = t("rules.kinds_none")
    if form.role not in dict(form.roles):
        found["role"] = t("rules.role_unfit")
    if not (form.needed.isascii() and form.needed.isdigit() and 0 < int(form.needed[:9]) <= MOST_NEEDED):
        found["needed"] = t("rules.needed_range", most=MOST_NEEDED)
    return invalid(found) if found else None


def tried(form: RuleForm) -> ApprovalRule | None:
    """The rule as the form has it, to be tried on changes that were; None where that cannot be said yet."""
    if form.place not in dict(form.places) or (form.said is not None and form.said.problem):
        return None
    schema, name = parse_place(form.place)
    needed = int(form.needed) if form.needed.isascii() and form.needed.isdigit() else 1
    return ApprovalRule(form.name, schema, name, form.kinds, form.columns, form.condition, form.role, needed)


def operation(form: RuleForm) -> Operation:
    """What is proposed."""
    schema, name = parse_place(form.place)
    known = form.table.columns if form.table is not None else {}
    after: dict[str, str | None] = {
        "name": form.name, "schema_name": schema, "table_name": name,
        "kinds": array_text([kind for kind in KINDS if kind in form.kinds]),
        "columns": array_text([one for one in known if one in form.columns]),
        "condition": form.condition, "role": form.role, "needed": str(int(form.needed)),
        "enabled": "true" if form.enabled else "false",
    }  # fmt: skip
    rules = platform().catalog.by_name("ops", TABLE)
    if form.id is None:
        return Operation("create", rules, None, {}, after)
    base = {one: form.base.get(one) for one in _KEPT}
    # The same said in another order is no change.
    for one in _ARRAYS:
        if set(array_items(base[one] or "{}")) == set(array_items(after[one] or "{}")):
            after[one] = base[one]
    return Operation("update", rules, key_text([form.id]), base, after)


def switching(rule_id: str, *, on: bool) -> Operation:
    """What is proposed to switch a rule on or off. Raises NotVisible."""
    row, rules = row_of(rule_id), platform().catalog.by_name("ops", TABLE)
    after: dict[str, str | None] = {"enabled": "true" if on else "false"}
    return Operation("update", rules, key_text([rule_id]), {"enabled": row["enabled"]}, after)
