"""Rights and rules are read by machines for years: each must make sense before anybody is asked to approve it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ops import conditions
from ops.catalog import Catalog, Table, UnknownTable
from ops.changes.arrays import array_items
from ops.changes.operation import Operation
from ops.changes.sound_rules import rule_problems
from ops.words import t

ANY = "*"


def problems(catalog: Catalog, one: Operation, row: Mapping[str, str | None]) -> dict[str, str]:
    """A sentence for each column of a right or rule that cannot be meant so; {} for all other tables.

    `row` is the whole row as it shall be. What PostgreSQL's own checks refuse is theirs to say.
    """
    if not one.table.house or one.kind == "delete":
        return {}
    if one.table.name == "approval_rule":
        return rule_problems(catalog, row)
    if one.table.name != "role_table":
        return {}
    schema, name = row.get("schema_name") or ANY, row.get("table_name") or ANY
    if ANY in (schema, name):
        return _anywhere(row)
    try:
        table = catalog.by_name(schema, name)
    except UnknownTable:
        table = None
    if table is None or table.house:
        return {"table_name": t("door.sound.table", table=f"{schema}.{name}")}
    found = _columns(row, table)
    text = row.get("rows") or ""
    if text.strip() and (problem := _unreadable(text, table)):
        found["rows"] = problem
    return found


def _anywhere(row: Mapping[str, str | None]) -> dict[str, str]:
    """For every table no column can be checked, but the condition must parse."""
    text = row.get("rows") or ""
    try:
        conditions.parse(text)
    except conditions.ParseError as error:
        return {"rows": str(error)} if text.strip() else {}
    return {}


def _unreadable(text: str, table: Table) -> str | None:
    try:
        wrong = conditions.check(conditions.parse(text), table.columns, person=True)
    except conditions.ParseError as error:
        return str(error)
    return " ".join(wrong) or None


def _columns(row: Mapping[str, str | None], table: Table) -> dict[str, str]:
    found = {}
    for name in ("hidden", "masked", "readonly"):
        unknown = [column for column in _names(row.get(name)) if column not in table.columns]
        if unknown:
            found[name] = t("door.sound.columns", table=table.full_name, columns=", ".join(unknown))
    return found


def _names(text: str | None) -> list[str]:
    """The names in a PostgreSQL array of texts or the keys of a JSON object; [] where it is neither."""
    if not text:
        return []
    if text.lstrip().startswith("{") and '":' not in text.replace(" ", ""):
        return [name for name in array_items(text) if name]
    try:
        read = json.loads(text)
    except ValueError:
        return []
    return list(read) if isinstance(read, dict) else []
