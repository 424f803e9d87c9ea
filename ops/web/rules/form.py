"""The form of an approval rule: when it looks, at what, and whom it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request
from werkzeug.datastructures import MultiDict

from ops import conditions
from ops.approvals import ApprovalRule, Ask, NoPlace, Place, parse_place
from ops.catalog import SOURCES, Table, key_text
from ops.changes import Operation
from ops.changes.rule_rows import COLUMNS, KeptRule, kept_of, rule_operation, rules_table, texts_of
from ops.changes.sound_rules import MOST_HOURS
from ops.policy import Permission
from ops.roles import ANY, book_of
from ops.web.forms import new_form_token
from ops.web.gate import actor, platform
from ops.web.places import parse_place as parse_ref
from ops.web.places import place_choices
from ops.web.proposing import invalid, listed, reason
from ops.web.right_words import KINDS, condition_words, table_of
from ops.web.rule_words import place_text_words, source_words
from ops.web.rules.reading import row_of
from ops.web.rules.stage_form import StageForm, labels, of_asks
from ops.web.rules.stage_form import posted as stages_posted
from ops.web.rules.stage_form import problems as stage_problems
from ops.web.trouble import Trouble, Troubled
from ops.words import t

MOST_PLACES = 20
MOST_ROWS = 1_000_000


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
    places: tuple[str, ...]
    kinds: frozenset[str]
    columns: frozenset[str]
    condition: str
    min_rows: str
    sources: frozenset[str]
    proposer_roles: frozenset[str]
    stages: Sequence[StageForm]
    expires: str
    enabled: bool
    base: Mapping[str, str | None]
    reason: str
    token: str
    more_places: bool = False

    @property
    def tables(self) -> list[Table]:
        """The tables it names one by one."""
        found = (table_at(place) for place in self.places)
        return [table for table in found if table is not None]

    @property
    def offered_columns(self) -> dict[str, str]:
        """The columns of its tables, with what they are called; those it names that are in none of them too."""
        known = {
            name: column.label or name for table in self.tables for name, column in table.columns.items()
        }
        return known | {name: name for name in sorted(self.columns) if name not in known}

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What it can be about; a place that is there no more stands last, so that it is seen."""
        known = [(str(Place(*parse_ref(ref))), words) for ref, words in place_choices(platform().catalog)]
        there = dict(known)
        return [
            *known,
            *((one, place_text_words(platform().catalog, one)) for one in self.places if one not in there),
        ]

    @property
    def roles(self) -> list[tuple[str, str]]:
        """The roles whose people may decide."""
        book = book_of(actor())
        return [(r.name, r.label) for r in book.roles.values() if Permission.CHANGES_DECIDE in r.permissions]

    @property
    def every_role(self) -> list[tuple[str, str]]:
        """All roles: whoever asks may have any."""
        return [(r.name, r.label) for r in book_of(actor()).roles.values()]

    @property
    def every_source(self) -> list[tuple[str, str]]:
        """The ways a change comes about."""
        return [(one, source_words(one)) for one in SOURCES if one not in _NOT_CHOSEN]

    @property
    def said(self) -> Said | None:
        """What the condition means."""
        return said(self.places, self.condition)

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
        fields = ("name", "place", "kinds", "columns", "condition", "min_rows", "expires", "enabled")
        return (
            {name: t(f"rules.{name}") for name in fields}
            | {"reason": t("rights.reason")}
            | labels(self.stages)
        )

    @property
    def asks(self) -> tuple[Ask, ...]:
        """The stages that it means."""
        return tuple(one.ask for one in self.stages)

    @property
    def restricted(self) -> bool:
        """Whether it looks at how a change comes about."""
        return bool(self.sources or self.proposer_roles or self.min_rows not in ("", "1"))


def table_at(place: str) -> Table | None:
    """The one table of a place, if it is one and there."""
    try:
        read = parse_place(place)
    except NoPlace:
        return None
    return table_of(platform().catalog, read.schema, read.table)


def places_of(sent: MultiDict[str, str]) -> tuple[str, ...]:
    """The places of a form or an address, each once: `place`, `place.2`…"""
    named = ("place", *(f"place.{number}" for number in range(2, MOST_PLACES + 1)))
    return tuple(
        dict.fromkeys(place for name in named for place in sent.getlist(name)[:MOST_PLACES] if place)
    )


def said(places: Sequence[str], condition: str) -> Said | None:
    """What a condition of a rule about these places means; None for none."""
    if not condition.strip():
        return None
    try:
        read = conditions.parse(condition)
    except conditions.ParseError as error:
        return Said(problem=str(error))
    tables = [table for table in map(table_at, places) if table is not None]
    for table in tables:
        if wrong := conditions.check(read, table.columns, rule=True):
            return Said(problem=" ".join(wrong))
    return Said(condition_words(condition, tables[0] if tables else None))


def opened(rule_id: str | None) -> RuleForm:
    """The form as it opens. Raises NotVisible."""
    if rule_id is None:
        return RuleForm(
            None, "", (), frozenset(("create", "update")), frozenset(), "", "1",
            frozenset(), frozenset(), of_asks((Ask("manager"),)), "", enabled=True, base={}, reason="",
            token=new_form_token(),
        )  # fmt: skip
    row = row_of(rule_id)
    rule = kept_of(row).rule
    return RuleForm(
        rule_id, rule.name, tuple(map(str, rule.places)), rule.kinds, rule.columns, rule.condition,
        str(rule.min_rows), rule.sources, rule.proposer_roles, of_asks(rule.asks), str(rule.expires or ""),
        enabled=row["enabled"] == "true", base={one: row[one] for one in COLUMNS}, reason="", token=new_form_token(),
    )  # fmt: skip


def posted(rule_id: str | None, trouble: Trouble | None = None) -> RuleForm:
    """The form with what was sent; after a conflict with today's row as its base."""
    form, sent = opened(rule_id), request.form
    base: Mapping[str, str | None] = form.base
    if rule_id is not None and (trouble is None or trouble.status != 409):
        base = {one: sent.get(f"b.{one}") or (None if one == "expires_hours" else "") for one in COLUMNS}
    if trouble is not None and trouble.fields:
        fields = {_OURS.get(name, name): text for name, text in trouble.fields.items()}
        trouble = replace(trouble, fields=fields)
    return RuleForm(
        rule_id, sent.get("name", "").strip(),
        places_of(sent),
        frozenset(kind for kind in listed("kinds") if kind in KINDS), frozenset(listed("columns")),
        sent.get("condition", "").replace("\r\n", "\n").strip(), sent.get("min_rows", "1").strip(),
        frozenset(one for one in listed("sources") if one in SOURCES), frozenset(listed("proposer_roles")),
        stages_posted(), sent.get("expires", "").strip(), enabled=sent.get("enabled") != "false", base=base,
        reason=reason(), token=sent.get("form_token", form.token), more_places="add_place" in sent, trouble=trouble,
    )  # fmt: skip


# The door speaks of columns; the form has other fields for some of them.
_OURS = {"tables": "place", "expires_hours": "expires"}
_NOT_CHOSEN = ("rules",)  # changes of rights and rules have a rule of their own


def problem(form: RuleForm) -> Trouble | None:
    """What the form itself sees wrong, before the door looks."""
    found = {} if form.name else {"name": t("door.needed")}
    if not form.places or not set(form.places) <= set(dict(form.choices)):
        found["place"] = t("door.needed") if not form.places else t("rules.place_gone")
    if any(gone(place) for place in form.places):
        found["place"] = t("rules.place_gone")
    if not form.kinds:
        found["kinds"] = t("rules.kinds_none")
    for name, text, most in (
        ("min_rows", form.min_rows or "1", MOST_ROWS),
        ("expires", form.expires, MOST_HOURS),
    ):
        if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= most):
            found[name] = t("rules.needed_range", most=most)
    found |= stage_problems(form.stages, dict(form.roles), dict(form.every_role))
    return invalid(found) if found else None


def gone(place: str) -> bool:
    """Whether it is a table by name that is not there."""
    try:
        read = parse_place(place)
    except NoPlace:
        return True
    return ANY not in (read.schema, read.table) and table_at(place) is None


def tried(form: RuleForm) -> ApprovalRule | None:
    """The rule as the form has it, to be tried on changes that were; None where that cannot be said yet."""
    if not form.places or any(map(gone, form.places)) or (form.said is not None and form.said.problem):
        return None
    rows = form.min_rows
    return ApprovalRule(
        form.name, tuple(map(parse_place, form.places)), form.kinds, form.columns, form.condition,
        int(rows) if rows.isascii() and rows.isdigit() and 0 < len(rows) < 10 else 1, form.sources,
        form.proposer_roles, form.asks,
    )  # fmt: skip


def operation(form: RuleForm) -> Operation:
    """What is proposed."""
    rule = ApprovalRule(
        form.name, tuple(map(parse_place, form.places)), form.kinds, form.columns, form.condition,
        int(form.min_rows or "1"), form.sources, form.proposer_roles, form.asks,
        int(form.expires) if form.expires else None,
    )  # fmt: skip
    return rule_operation(platform().catalog, form.id, form.base, texts_of(KeptRule(rule, form.enabled)))


def switching(rule_id: str, *, on: bool) -> Operation:
    """What is proposed to switch a rule on or off. Raises NotVisible."""
    row, rules = row_of(rule_id), rules_table(platform().catalog)
    after: dict[str, str | None] = {"enabled": "true" if on else "false"}
    return Operation("update", rules, key_text([rule_id]), {"enabled": row["enabled"]}, after)
