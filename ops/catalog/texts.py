"""Between PostgreSQL's texts and the Python values that a company's own functions work on.

Business values travel as texts (docs/concepts.md). Validators and actions are code of the company: they get
numbers, dates and truths where Python has them, and the text itself where it has none (`infinity`, a year
before Christ, ranges, types of extensions).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

from ops.catalog.model import Column, Table


class NoText(TypeError):
    """A Python value that no column can hold; the message names its type."""


def values_of(table: Table, row: Mapping[str, str | None]) -> dict[str, Any]:
    """A row's texts as Python values, by column; what the table does not have is left out."""
    return {name: value_of(table.columns[name], text) for name, text in row.items() if name in table.columns}


def value_of(column: Column, text: str | None) -> Any:
    """The Python value of a column's text; the text itself where Python has no such value."""
    if text is None:
        return None
    try:
        return _read(column, text)
    except (ValueError, InvalidOperation, OverflowError):
        return text


def text_of(value: Any) -> str | None:
    """The text PostgreSQL reads a Python value from. Raises NoText."""
    if value is None or (isinstance(value, str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return text_of(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal, float, UUID)):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    if isinstance(value, (bytes, bytearray)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, (dict, list, tuple)):
        return None if value is None else json.dumps(value, ensure_ascii=False, default=text_of)
    raise NoText(f"{type(value).__name__} is no value a column can hold")


def text_for(column: Column, value: Any) -> str | None:
    """The same for a value of one column: a list becomes an array where the column is one. Raises NoText."""
    if column.category == "array" and isinstance(value, (list, tuple, set, frozenset)):
        return "{" + ",".join(map(_item, value)) + "}"
    return text_of(value)


def _item(value: Any) -> str:
    text = text_of(value)
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _read(column: Column, text: str) -> Any:
    match column.category:
        case "integer":
            return int(text)
        case "number":
            return Decimal(text)
        case "boolean":
            return text == "true"
        case "date":
            return date.fromisoformat(text)
        case "timestamp":
            return datetime.fromisoformat(text)
        case "uuid":
            return UUID(text)
        case "json":
            return json.loads(text)
    return text
