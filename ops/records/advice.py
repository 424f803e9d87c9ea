"""Which index would make something quick, as SQL for whoever keeps the database. Nothing here is ever run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import dialect

from ops.catalog import Table
from ops.conditions import Filter
from ops.records.subject import Subject
from ops.words import t

_TEXT_INSIDE = frozenset(("contains", "lacks"))
_TRIGRAMS = "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
_identifiers: Any = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it without types


@dataclass(frozen=True, slots=True)
class Advice:
    """What would be quick, in words, and the SQL of the index that makes it so."""

    text: str
    sql: str


def for_search(table: Table, column: str, label: str) -> Advice:
    """A search inside a column of `table`."""
    return Advice(
        t("query.advice_search", column=label),
        _TRIGRAMS + _index(table, f"{_quoted(column)} gin_trgm_ops", "gin"),
    )


def for_sort(table: Table, column: str) -> Advice:
    """A list of `table` in the order of a column, ties included."""
    names = dict.fromkeys((column, *table.key))
    label = table.columns[column].label or column
    return Advice(t("query.advice_sort", column=label), _index(table, ", ".join(map(_quoted, names))))


def for_filter(own: Table, one: Filter, subject: Subject) -> Advice | None:
    """A filter on `own`; None where no index would help it."""
    table, name = subject.view.table, subject.column.name
    what = _json(subject) if subject.inside else _quoted(name)
    sql: str | None = None
    if one.op in _TEXT_INSIDE or (one.op == "starts" and subject.inside):
        if one.op == "contains" and (subject.inside or subject.column.is_text):
            sql = _TRIGRAMS + _index(table, f"{what} gin_trgm_ops", "gin")
    elif one.op == "has":
        sql = _index(table, what, "gin")
    elif one.op == "starts":
        sql = _index(table, f"{what} text_pattern_ops") if subject.column.is_text else None
    elif one.op in ("is", "in") or (one.op not in ("not", "notin", "filled") and not subject.inside):
        sql = _index(table, what) if subject.column.comparable or subject.inside else None
    if sql is None:
        return None
    if subject.foreign is not None and not _leads(own, subject.foreign.columns):
        sql += ";\n" + _index(own, ", ".join(map(_quoted, subject.foreign.columns)))
    return Advice(t("query.advice_filter", column=subject.label), sql)


def _quoted(name: str) -> str:
    return str(_identifiers.identifier_preparer.quote(name))


def _index(table: Table, what: str, method: str = "") -> str:
    # A partitioned table takes no CONCURRENTLY: its owner makes one on each partition first.
    how = "" if table.kind == "partitioned" else "CONCURRENTLY "
    place = f"{_quoted(table.schema)}.{_quoted(table.name)}"
    return f"CREATE INDEX {how}ON {place}{' USING ' + method if method else ''} ({what})"


def _json(subject: Subject) -> str:
    path = ",".join(_element(part) for part in subject.inside).replace("'", "''")
    return f"({_quoted(subject.column.name)} #>> '{{{path}}}')"


def _element(part: str) -> str:
    plain = part.replace("_", "").isalnum() and part.upper() != "NULL"
    return part if plain else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _leads(table: Table, columns: tuple[str, ...]) -> bool:
    wanted = set(columns)
    return any(
        one.method == "btree"
        and not one.partial
        and {part.name for part in one.columns[: len(columns)]} == wanted
        for one in table.indexes
    )
