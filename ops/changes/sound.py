"""Rights and rules are read by machines for years: each must make sense before anybody is asked to approve it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ops import conditions
from ops.catalog import Catalog, Table, UnknownTable
from ops.changes.operation import Operation
from ops.words import t

ANY = "*"


def problems(catalog: Catalog, one: Operation, row: Mapping[str, str | None]) -> dict[str, str]:
    """A sentence for each column of a right or rule that cannot be meant so; {} for all other tables.

    `row` is the whole row as it shall be. What PostgreSQL's own checks refuse is theirs to say.
    """
    if not one.table.house or one.kind == "delete" or one.table.name not in ("role_table", "approval_rule"):
        return {}
    schema, name = row.get("schema_name") or ANY, row.get("table_name") or ANY
    if ANY in (schema, name):
        return _anywhere(one.table.name, row)
    try:
        table = catalog.by_name(schema, name)
    except UnknownTable:
        table = None
    if table is None or table.house:
        return {"table_name": t("door.sound.table", table=f"{schema}.{name}")}
    found = _columns(one.table.name, row, table)
    text, column = _condition(one.table.name, row)
    if text.strip() and (problem := _unreadable(text, table, rule=column == "condition")):
        found[column] = problem
    return found


def _anywhere(kind: str, row: Mapping[str, str | None]) -> dict[str, str]:
    """For every table no column can be checked, but the condition must parse."""
    text, column = _condition(kind, row)
    try:
        conditions.parse(text)
    except conditions.ParseError as error:
        return {column: str(error)} if text.strip() else {}
    return {}


def _condition(kind: str, row: Mapping[str, str | None]) -> tuple[str, str]:
    column = "rows" if kind == "role_table" else "condition"
    return row.get(column) or "", column


def _unreadable(text: str, table: Table, *, rule: bool) -> str | None:
    try:
        wrong = conditions.check(conditions.parse(text), table.columns, rule=rule, person=not rule)
    except conditions.ParseError as error:
        return str(error)
    return " ".join(wrong) or None


def _columns(kind: str, row: Mapping[str, str | None], table: Table) -> dict[str, str]:
    found = {}
    for name in ("hidden", "masked", "readonly") if kind == "role_table" else ("columns",):
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


def array_items(text: str) -> list[str]:
    """The items of a one-dimensional array of texts in PostgreSQL's form (manual, 8.15.6)."""
    items, current, quoted, escaped, was_quoted = [], "", False, False, False
    for letter in text.strip()[1:-1]:
        if escaped:
            current, escaped = current + letter, False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted, was_quoted = not quoted, True
        elif letter == "," and not quoted:
            items.append(current if was_quoted else current.strip())
            current, was_quoted = "", False
        else:
            current += letter
    return [*items, current if was_quoted else current.strip()] if text.strip() != "{}" else []
