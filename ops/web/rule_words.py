"""An approval rule in words: what it is about, when, whom it asks. On its own pages and in differences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops.approvals import ApprovalRule, Ask, NoPlace, Place, names_of, parse_place
from ops.catalog import Catalog, Table
from ops.roles import ANY
from ops.web.gate import tx
from ops.web.right_words import column_label, condition_words, joined, kinds_words, place_words, table_of
from ops.web.role_words import role_words
from ops.words import WORDS, t

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule's sentences. `gone`: a table it names is there no more."""

    place: str
    looks_at: str
    condition: str
    only: str
    asks: str
    gone: bool


def rule_words(rule: ApprovalRule, catalog: Catalog, names: Names) -> RuleWords:
    """All of it; `names` are those of the people it names, by id."""
    table = only_table(catalog, rule.places)
    named = [place for place in rule.places if ANY not in (place.schema, place.table)]
    return RuleWords(
        place=places_words(catalog, rule.places),
        looks_at=looks_at_words(rule, table),
        condition=condition_words(rule.condition, table),
        only=only_words(rule),
        asks=stages_words(rule.asks, names),
        gone=any(table_of(catalog, place.schema, place.table) is None for place in named),
    )


def names(rules: Iterable[ApprovalRule]) -> Names:
    """What the people these rules name by number are called: one statement, none where nobody is named."""
    return names_of_asks(ask for rule in rules for ask in rule.asks)


def names_of_asks(asks: Iterable[Ask]) -> Names:
    """The same of stages."""
    numbers = {int(one) for ask in asks for one in ask.people if one.isascii() and one.isdigit()}
    return {str(number): name for number, name in names_of(tx(), numbers).items()} if numbers else {}


def only_table(catalog: Catalog, places: Sequence[Place]) -> Table | None:
    """The one table that the rule is about, if it is one."""
    return table_of(catalog, places[0].schema, places[0].table) if len(places) == 1 else None


def places_words(catalog: Catalog, places: Sequence[Place]) -> str:
    """What it is about: "Customers and every table of shop"."""
    return joined([_place_words(catalog, place) for place in places])


def place_text_words(catalog: Catalog, text: str) -> str:
    """The same of one place as it is written; as it is where it cannot be read."""
    try:
        return _place_words(catalog, parse_place(text))
    except NoPlace:
        return text


def looks_at_words(rule: ApprovalRule, table: Table | None) -> str:
    """Which changes: "Edits that touch Credit limit"."""
    kinds = kinds_words(rule.kinds) or t("rights.nothing")
    if not rule.columns:
        return kinds
    columns = joined([column_label(table, name) for name in sorted(rule.columns)])
    return t("rules.touching", kinds=kinds, columns=columns)


def only_words(rule: ApprovalRule) -> str:
    """What else must hold: "from 100 rows on, brought by a file, asked for by operators"; "" for nothing."""
    found = []
    if rule.min_rows > 1:
        found.append(t("rules.only.rows", count=rule.min_rows))
    if rule.sources:
        found.append(
            t("rules.only.sources", sources=joined([source_words(one) for one in sorted(rule.sources)]))
        )
    if rule.proposer_roles:
        roles = joined([role_words(one) for one in sorted(rule.proposer_roles)])
        found.append(t("rules.only.roles", roles=roles))
    return "; ".join(found)


def source_words(source: str) -> str:
    """How a change comes about: "a file"."""
    return t(f"rules.source.{source}") if f"rules.source.{source}" in WORDS else source


def stages_words(asks: Sequence[Ask], names: Names) -> str:
    """Whom it asks, one after the other: "one of the managers, then 2 of Ann, Bo and Cy"."""
    said = [stage_words(one, names) for one in asks]
    within = [text[:1].lower() + text[1:] if one.role else text for one, text in zip(asks, said, strict=True)]
    return t("rules.then").join([*said[:1], *within[1:]])


def stage_words(one: Ask, names: Names) -> str:
    """One stage: who, how many, by when, and who may as well then."""
    said = t("rules.asks", count=one.needed, role=role_words(one.role)) if one.role else _people(one, names)
    if one.due and one.escalate_to:
        role = role_words(one.escalate_to)
        return f"{said} ({t('rules.due_then', hours=hours_words(one.due), role=role)})"
    if one.due:
        return f"{said} ({t('rules.due', hours=hours_words(one.due))})"
    return said


def hours_words(hours: int) -> str:
    """Hours as people say them: whole days from two days on."""
    return (
        t("rules.days", count=hours // 24)
        if hours >= 48 and hours % 24 == 0
        else t("rules.hours", count=hours)
    )


def _people(one: Ask, names: Names) -> str:
    people = sorted(
        names.get(name, name if "@" in name else t("rules.somebody", number=name)) for name in one.people
    )
    if len(people) == 1:
        return people[0]
    if one.needed == len(people):
        return joined(people)
    return t("rules.asks_of", count=one.needed, people=joined(people))


def _place_words(catalog: Catalog, place: Place) -> str:
    if place.schema == ANY and place.table != ANY:
        return t("rules.place_named", table=place.table)
    return place_words(catalog, place.schema, place.table)
