"""An approval rule must make sense before anybody is asked to agree to it: what it is about, and whom it asks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ops import conditions
from ops.approvals import NoPlace, Place, parse_place
from ops.approvals.rules import KINDS
from ops.catalog import SOURCES, Catalog, Table, UnknownTable
from ops.changes.arrays import array_items
from ops.words import t

MOST_STAGES = 10
MOST_NEEDED = 20
MOST_PEOPLE = 50
MOST_HOURS = 8760  # a year
_KEYS = frozenset(("role", "people", "needed", "due", "remind", "escalate_to"))


def rule_problems(catalog: Catalog, row: Mapping[str, str | None]) -> dict[str, str]:
    """A sentence for each column of a rule's row that cannot be meant so; {} where all of it can."""
    found: dict[str, str] = {}
    tables = _tables(catalog, array_items(row.get("tables") or "{*}"), found)
    if not set(array_items(row.get("kinds") or "{create}")) <= set(KINDS):
        found["kinds"] = t("door.sound.kinds", kinds=", ".join(KINDS))
    if not set(array_items(row.get("sources") or "{}")) <= set(SOURCES):
        found["sources"] = t("door.sound.sources", sources=", ".join(SOURCES))
    for table in tables:
        unknown = [name for name in array_items(row.get("columns") or "{}") if name not in table.columns]
        if unknown:
            text = t("door.sound.columns", table=table.full_name, columns=", ".join(unknown))
            found.setdefault("columns", text)
    if problem := _condition(row.get("condition") or "", tables):
        found["condition"] = problem
    if "stages" in row and (wrong := next(_stages(row["stages"] or ""), None)) is not None:
        found["stages"] = wrong
    return found


def _tables(catalog: Catalog, texts: list[str], found: dict[str, str]) -> list[Table]:
    """The tables that the rule names one by one; what is none is said."""
    tables = []
    for text in texts:
        try:
            place = parse_place(text)
        except NoPlace:
            found["tables"] = t("door.sound.place", place=text)
            continue
        if place.general:
            continue
        named = _named(catalog, place)
        if not named:
            found["tables"] = t("door.sound.table", table=f"{place.schema}.{place.table}")
        tables += named
    return tables


def _named(catalog: Catalog, place: Place) -> list[Table]:
    if place.schema == "*":
        return [table for table in catalog if table.name == place.table]
    try:
        table = catalog.by_name(place.schema, place.table)
    except UnknownTable:
        return []
    return [] if table.house else [table]


def _condition(text: str, tables: list[Table]) -> str | None:
    """What is wrong with the condition; of a rule for kinds of tables it is only read."""
    if not text.strip():
        return None
    try:
        read = conditions.parse(text)
    except conditions.ParseError as error:
        return str(error)
    for table in tables:
        if wrong := conditions.check(read, table.columns, rule=True):
            return " ".join(wrong)
    return None


def _stages(text: str) -> Iterator[str]:
    try:
        stages = json.loads(text)
    except ValueError:
        stages = None
    if not isinstance(stages, list) or not stages or not all(isinstance(one, dict) for one in stages):
        yield t("door.sound.stages")
        return
    if len(stages) > MOST_STAGES:
        yield t("door.sound.stages_many", most=MOST_STAGES)
    for number, one in enumerate(stages, start=1):
        for problem in _stage(one):
            yield t("door.sound.stage", number=number, problem=problem)
    asked = [(one.get("role") or "", json.dumps(sorted(map(str, one.get("people") or ())))) for one in stages]
    if len(set(asked)) < len(asked):
        yield t("door.sound.stage_twice")


def _stage(one: Mapping[str, Any]) -> Iterator[str]:
    if not set(one) <= _KEYS:
        yield t("door.sound.stage_keys", keys=", ".join(sorted(set(one) - _KEYS)))
    people = one.get("people") or []
    if bool(one.get("role")) == bool(people) or not isinstance(one.get("role") or "", str):
        yield t("door.sound.stage_who")
    if not isinstance(people, list) or not all(_whole(one, 2**63 - 1) for one in people):
        yield t("door.sound.stage_people")
        return
    if len(people) > MOST_PEOPLE or len(set(people)) < len(people):
        yield t("door.sound.stage_people_many", most=MOST_PEOPLE)
    if not _whole(one.get("needed"), MOST_NEEDED):
        yield t("door.sound.stage_needed", most=MOST_NEEDED)
    elif people and one["needed"] > len(people):
        yield t("door.sound.stage_too_few", needed=one["needed"], people=len(people))
    for name in ("due", "remind"):
        if one.get(name) is not None and not _whole(one[name], MOST_HOURS):
            yield t(f"door.sound.stage_{name}", most=MOST_HOURS)
    if one.get("escalate_to") and one.get("due") is None:
        yield t("door.sound.stage_escalate")
    if one.get("escalate_to") is not None and not isinstance(one["escalate_to"], str):
        yield t("door.sound.stage_who")


def _whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most
