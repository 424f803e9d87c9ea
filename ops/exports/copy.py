"""The statement of a file: the list's own SELECT inside a COPY, with formulas made harmless."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import sqlalchemy as sa

from ops.catalog import Table
from ops.policy import View

# What a spreadsheet takes for a formula when a cell begins with it (OWASP, CSV Injection): = + - @ TAB CR LF.
_TRIGGERS = tuple("=+-@\t\r\n")
_CODES = [ord(sign) for sign in _TRIGGERS]
# Texts of these types can begin with none of them, or, like -5 and -1 days, are the value itself.
_HARMLESS = {
    "integer", "number", "money", "boolean", "date", "time", "timestamp", "interval", "uuid", "bytes",
}  # fmt: skip


def neutral(select: sa.Select[Any], table: Table) -> sa.Select[Any]:
    """The same rows with an apostrophe before every text that a spreadsheet would take for a formula (P22).

    Its columns carry the table's column names, which become the file's first line, made harmless as well.
    """
    return select.with_only_columns(*[_cell(column, table) for column in select.selected_columns])


def neutral_text(text: str) -> str:
    """The same for a text at hand."""
    return f"'{text}" if text.startswith(_TRIGGERS) else text


def _cell(column: Any, table: Table) -> Any:
    name = column.key
    label = f"'{name}" if name.startswith(_TRIGGERS) else name
    bare = column.element if isinstance(column, sa.Label) else column
    known = table.columns.get(name) or table.computed.get(name)
    if known is not None and known.category in _HARMLESS:
        return bare.label(label)
    # ascii() looks at one character; a pattern match would cost a tenth of the whole export.
    first = sa.func.ascii(bare)
    harmful = first.in_([sa.literal_column(str(code)) for code in _CODES])
    return sa.case((harmful, sa.literal_column("''''").op("||")(bare)), else_=bare).label(label)


def compose(connection: psycopg.Connection[Any], select: sa.Select[Any], dialect: sa.Dialect) -> str:
    """The SELECT as one text, its values quoted by the driver: COPY takes no parameters.

    Identifiers come from the catalog by SQLAlchemy, values by psycopg's own quoting on this connection (P20).
    """
    compiled = select.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    with psycopg.ClientCursor(connection) as cursor:
        return cursor.mogrify(str(compiled).encode(), compiled.params)


def copy(statement: str) -> str:
    """COPY of the statement as CSV with a first line of names (RFC 4180, in UTF-8)."""
    return f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')"


def expected(connection: psycopg.Connection[Any], statement: str) -> int:
    """How many rows the planner expects: a count would walk through a table that is others' to use."""
    row = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode()).fetchone()
    return int(row[0][0]["Plan"]["Plan Rows"]) if row else 0


def rights(view: View, dialect: sa.Dialect) -> str:
    """A digest of what the person may read of the table: columns, masks and the row condition.

    Two moments with the same digest gave the same rights, so a file of the one may be had at the other.
    """
    rows = view.select(sa.literal_column("1")).compile(
        dialect=dialect, compile_kwargs={"render_postcompile": True}
    )
    columns = [(seen.column.name, seen.pattern) for seen in view.shown]
    text = repr((columns, str(rows), sorted((name, str(value)) for name, value in rows.params.items())))
    return hashlib.sha256(text.encode()).hexdigest()
