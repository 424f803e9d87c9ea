"""The database's errors turned into a person's words, beside the field they are about.

Nothing of the error's own text is shown, for it may hold values of rows the person may not see; the one
exception is what the company's own triggers say (RAISE), which is written for people.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import conditions
from ops.catalog import Catalog, Column, ForeignKey, Table, UnknownTable
from ops.changes.errors import Invalid, Reshaped
from ops.changes.values import problems, sendable, unreadable
from ops.changes.writing import NotWritten
from ops.db import sqlstate
from ops.words import t

Visible = Callable[[Table], bool]
# Missing or changed columns and tables: the company changed its schema since the catalog was read (P47).
_SHAPE_STATES = {"42703", "42P01", "42804", "428C9", "3F000", "42704"}
# foreign_key_violation; restrict_violation, which PostgreSQL 18 tells apart.
_REFERENCES = {"23503", "23001"}
# What PostgreSQL writes in one way, however it was typed, and never cuts: what it would round has been refused.
_WRITTEN = frozenset(
    {
        "integer",
        "number",
        "money",
        "boolean",
        "date",
        "time",
        "timestamp",
        "interval",
        "uuid",
        "json",
        "network",
    }
)
_CHECKED_COLUMNS = sa.text(
    """
    SELECT a.attname FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
    WHERE c.conrelid = to_regclass(format('%I.%I', CAST(:schema AS text), CAST(:table AS text)))
      AND c.conname = :name
    """
)


def about(error: Exception) -> bool:
    """Whether the error is about the values of a change, so that `explain` has words for it."""
    if isinstance(error, NotWritten):
        return True
    if not isinstance(error, sa.exc.DBAPIError) or error.connection_invalidated:
        return False
    state = sqlstate(error)
    if state is None:  # psycopg itself could not send the value
        return isinstance(error.orig, psycopg.DataError)
    return state[:2] in ("0A", "22", "23", "44", "54", "P0") or state == "42501" or state in _SHAPE_STATES


def explain(
    tx: Session,
    catalog: Catalog,
    error: Exception,
    table: Table,
    kind: str,
    after: Mapping[str, str | None],
    seen: Visible,
    linked: Collection[str] = (),
) -> Invalid:
    """The error of something already undone, in words; looks further where it does not say enough itself."""
    diag = _diag(error)
    found = problems(table, kind, after, linked)
    if (sqlstate(error) or "22")[:2] in ("22", "54") or found:
        found = {**misread(tx, table, after), **found}
        if found:
            return Invalid(found)
    checked: list[str] = []
    if diag and sqlstate(error) == "23514" and diag.constraint_name and diag.table_name:
        checked = checked_columns(tx, diag)
    return words(catalog, error, table, after, seen, checked)


def misread(tx: Session, table: Table, after: Mapping[str, str | None]) -> dict[str, str]:
    """Every column whose text PostgreSQL cannot read as the column's type, each tried by itself."""
    found: dict[str, str] = {}
    for name, value in after.items():
        column = table.columns[name]
        if not sendable(value):
            continue
        # A domain is read as itself, so that its own checks speak too; any other type without its length.
        whole = column.type if _is_domain(column) else column.cast_type
        try:
            with tx.begin_nested():
                tx.execute(sa.select(conditions.typed(value, whole)))
        except (sa.exc.DataError, sa.exc.OperationalError) as error:
            if not about(error):
                raise
            found[name] = unreadable(column, sqlstate(error))
        except sa.exc.IntegrityError as error:
            diag = _diag(error)
            found[name] = t("door.rule", rule=_rule_name(diag, table) if diag else column.type)
    return found


def as_written(tx: Session, table: Table, after: Mapping[str, str | None]) -> dict[str, str | None] | None:
    """`after` as PostgreSQL would show it once written: 18000 as 18000.00; None where it cannot read a value.

    Whoever decides then compares like with like. Texts are what was typed anyway.
    """
    given = {name: text for name, text in after.items() if text is not None}
    if not all(sendable(text) for text in given.values()):
        return None
    # Every value is read, also those that stay as they are: what cannot be read must not wait for a person. A text
    # always can.
    given = {name: text for name, text in given.items() if not _reads_any(table.columns[name])}
    read = [
        sa.cast(conditions.typed(text, _read_as(table.columns[name])), sa.Text).label(f"v{n}")
        for n, (name, text) in enumerate(given.items())
    ]
    if not read:
        return dict(after)
    try:
        with tx.begin_nested():
            row = tx.execute(sa.select(*read)).one()
    except (sa.exc.DataError, sa.exc.OperationalError, sa.exc.IntegrityError) as error:
        if not about(error):
            raise
        return None
    written = dict(zip(given, row, strict=True))
    return {
        name: written.get(name) if table.columns[name].category in _WRITTEN else text
        for name, text in after.items()
    }


def _reads_any(column: Column) -> bool:
    return column.cast_type in ("text", "character varying") and not _is_domain(column)


def _read_as(column: Column) -> str:
    # A domain is read as itself, so that its own checks speak; where a length would cut, without it.
    return column.type if _is_domain(column) or column.category in _WRITTEN else column.cast_type


def _is_domain(column: Column) -> bool:
    return column.type.split("(")[0] != column.base.split("(")[0]


def checked_columns(tx: Session, diag: psycopg.errors.Diagnostic) -> list[str]:
    """The columns a check constraint looks at."""
    values = {"schema": diag.schema_name, "table": diag.table_name, "name": diag.constraint_name}
    return list(tx.scalars(_CHECKED_COLUMNS, values))


def words(
    catalog: Catalog,
    error: Exception,
    table: Table,
    after: Mapping[str, str | None],
    seen: Visible,
    checked: list[str],
) -> Invalid:
    """The error in words, from what it and the catalog say; no question to the database."""
    if isinstance(error, NotWritten):
        return Invalid({}, t("door.general.swallowed"))
    state, diag = sqlstate(error) or "", _diag(error)
    if state in _SHAPE_STATES:
        return Reshaped(t("door.general.changed_shape", table=table.label))
    if state == "42501":
        return Invalid({}, t("door.general.not_allowed", table=table.label))
    if diag is None:
        return Invalid({}, t("door.general.other", code=state))
    if state[:2] == "54":
        return Invalid({}, t("door.general.limit", table=table.label))
    if state[:2] == "P0":
        return Invalid({}, t("door.general.said", text=(diag.message_primary or "")[:300]))
    # Of a partitioned table the error names the partition.
    here = diag.table_name in (None, table.name) or table.kind == "partitioned"
    if not here and state not in _REFERENCES:
        return _elsewhere(catalog, table, diag, state)
    if state == "23502" and diag.column_name:
        return _beside([diag.column_name], after, t("door.needed"))
    if state == "23505":
        return _taken(table, diag, after)
    if state in _REFERENCES:
        return _foreign(catalog, table, diag, after, seen)
    if state == "23514":
        return _checked(table, diag, after, checked)
    if state == "23P01":
        text = t("door.overlaps", row=table.label_one, rule=_rule_name(diag, table))
        return _beside(_index_columns(table, diag.constraint_name), after, text)
    return Invalid({}, t("door.general.other", code=state))


def _taken(table: Table, diag: psycopg.errors.Diagnostic, after: Mapping[str, str | None]) -> Invalid:
    columns = _index_columns(table, diag.constraint_name)
    if len(columns) == 1:
        return _beside(columns, after, t("door.taken", row=table.label_one))
    labels = ", ".join(table.columns[name].label or name for name in columns)
    text = t("door.taken_together", row=table.label_one, columns=labels or _rule_name(diag, table))
    return _beside(columns, after, text)


def _foreign(
    catalog: Catalog,
    table: Table,
    diag: psycopg.errors.Diagnostic,
    after: Mapping[str, str | None],
    seen: Visible,
) -> Invalid:
    own = next((one for one in table.foreign_keys if one.name == diag.constraint_name), None)
    used = _used_by(table, diag)
    # A table may refer to itself: the columns touched tell which end this change is.
    if own is not None and (used is None or set(own.columns) & set(after)):
        return _beside(list(own.columns), after, t("door.no_target", row=catalog.target(own).label_one))
    return used_by(table, None if used is None else catalog.source(used), seen)


def used_by(table: Table, source: Table | None, seen: Visible) -> Invalid:
    """A row is still referred to, by rows of `source`; who may not see that table is not told its name."""
    if source is None or not seen(source):
        return Invalid({}, t("door.general.used_unseen", row=table.label_one))
    return Invalid({}, t("door.general.used", row=table.label_one, rows=source.label))


def _used_by(table: Table, diag: psycopg.errors.Diagnostic) -> ForeignKey | None:
    return next(
        (
            one
            for one in table.referenced_by
            if (one.schema, one.table, one.name) == (diag.schema_name, diag.table_name, diag.constraint_name)
        ),
        None,
    )


def _checked(
    table: Table, diag: psycopg.errors.Diagnostic, after: Mapping[str, str | None], checked: list[str]
) -> Invalid:
    text = t("door.rule", rule=_rule_name(diag, table))
    if diag.datatype_name:
        domain = {f"{diag.schema_name}.{diag.datatype_name}", diag.datatype_name}
        named = [n for n in after if table.columns[n].type.replace('"', "").split("(")[0] in domain]
        return _beside(named, after, text)
    return _beside(checked, after, text)


def _elsewhere(catalog: Catalog, table: Table, diag: psycopg.errors.Diagnostic, state: str) -> Invalid:
    # A trigger wrote another table and that failed: the rule's name is all that can be said.
    if diag.constraint_name:
        try:
            other = catalog.by_name(diag.schema_name or "", diag.table_name or "")
        except UnknownTable:
            other = table
        return Invalid({}, t("door.general.rule", rule=_rule_name(diag, other)))
    return Invalid({}, t("door.general.other", code=state))


def _beside(columns: list[str], after: Mapping[str, str | None], text: str) -> Invalid:
    """The sentence beside the touched columns it is about; over the form where none of them was touched."""
    named = [name for name in columns if name in after]
    return Invalid(dict.fromkeys(named, text)) if named else Invalid({}, text)


def _index_columns(table: Table, name: str | None) -> list[str]:
    for index in table.indexes:
        if index.name == name:
            return [column.name for column in index.columns if column.name]
    return []


def _rule_name(diag: psycopg.errors.Diagnostic, table: Table) -> str:
    name = diag.constraint_name or ""
    for prefix in (f"{table.name}_",):
        name = name.removeprefix(prefix)
    for suffix in ("_check", "_excl", "_key"):
        name = name.removesuffix(suffix)
    return name.replace("_", " ").strip() or (diag.constraint_name or "")


def _diag(error: Exception) -> psycopg.errors.Diagnostic | None:
    original = getattr(error, "orig", None)
    return original.diag if isinstance(original, psycopg.Error) and original.sqlstate else None
