"""Columns that a Resource computes: SQL of the company's own code, read-only, typed by PostgreSQL itself.

The SQL stands inside `SELECT … FROM (one row) AS table`, so that plain column names and `table.column` mean that
row, whatever the statement around it joins. It is written by who runs the installation, never by a person (P20).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import quoted_name

from ops.catalog import queries, types
from ops.catalog.checks import Check
from ops.catalog.core import PgType
from ops.catalog.labels import labels
from ops.catalog.model import Column, Relation

MOST = 20  # computed columns of one table
_WORD = re.compile(r"\w+")
_TYPE = sa.text(
    """
    SELECT t.typtype::text, t.typbasetype::int8 AS base, t.typcategory::text, t.typname::text,
           t.typnamespace = 'pg_catalog'::regnamespace AS builtin,
           format_type(t.oid, NULL) AS type, format_type(t.oid, -1) AS cast_type,
           CASE WHEN el.oid IS NOT NULL THEN format_type(el.oid, NULL) END AS element,
           ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS labels,
           coalesce(el.typtype, t.typtype) IN ('e', 'r', 'm') OR EXISTS (
               SELECT FROM pg_opclass o JOIN pg_am am ON am.oid = o.opcmethod AND am.amname = 'btree'
               WHERE o.opcdefault AND (o.opcintype = coalesce(el.oid, t.oid) OR EXISTS (
                   SELECT FROM pg_cast c WHERE c.castsource = coalesce(el.oid, t.oid) AND c.casttarget = o.opcintype
                   AND c.castmethod = 'b' AND c.castcontext = 'i'))) AS comparable
    FROM pg_type t LEFT JOIN pg_type el ON el.oid = t.typelem AND el.typarray = t.oid
    WHERE t.oid = :oid
    """
)


def expression(name: str, sql: str, columns: Collection[str], source: sa.FromClause) -> sa.ColumnElement[Any]:
    """The value of a computed column for a row of `source`, which is the table called `name` with `columns`."""
    words = set(_WORD.findall(sql))
    # Only what the SQL can speak of: a table may have hundreds of columns, and some the role may not read.
    used = [one for one in columns if one in words or f'"{one}"' in sql] or list(columns)[:1]
    row = (
        sa.select(*(source.c[one].label(quoted_name(one, quote=True)) for one in used))
        .correlate(source)
        .lateral(quoted_name(name, quote=True))
    )
    value: sa.ColumnElement[Any] = sa.literal_column(f"({sql}\n)")
    return sa.select(value).select_from(row).correlate(source).scalar_subquery()


def computed_columns(tx: Session, check: Check, relation: Relation) -> dict[str, Column]:
    """The Resource's computed columns with the types PostgreSQL gives them (E110, E121)."""
    value = check.resource.computed
    if not isinstance(value, Mapping) or not all(
        isinstance(k, str) and k.strip() and isinstance(v, str) and v.strip() for k, v in value.items()
    ):
        check.say("E110", "computed", f"expected a dict from name to SQL, not {value!r}")
        return {}
    if len(value) > MOST:
        check.say("E121", "computed", f"at most {MOST} columns of a table are computed, not {len(value)}")
        return {}
    spoken = labels(value, whole=set())
    found = {}
    for name, sql in value.items():
        if name in relation.columns:
            check.say(
                "E121", "computed", f"'{name}' is a column of {relation.full_name}; choose another name"
            )
        elif row := _described(tx, check, relation, name, sql):
            found[name] = _column(name, sql, row, spoken[name])
    return found


def _described(tx: Session, check: Check, relation: Relation, name: str, sql: str) -> Any:
    value = expression(relation.name, sql, relation.columns, relation.core)
    one = sa.select(value).select_from(relation.core).limit(0).scalar_subquery()
    asked = sa.select(sa.cast(sa.cast(sa.func.pg_typeof(one), PgType("oid")), sa.BigInteger))
    try:
        with tx.begin_nested():
            oid = tx.scalar(asked)
            path = tx.execute(queries.ENTER).one().path  # types of others are then qualified
            row = tx.execute(_TYPE, {"oid": oid}).one()
            while row.typtype == "d":
                row = tx.execute(_TYPE, {"oid": row.base}).one()
            tx.execute(queries.LEAVE, {"path": path})
    except sa.exc.DBAPIError as error:
        said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or type(error).__name__
        check.say("E121", "computed", f"'{name}': PostgreSQL says: {said}")
        return None
    return row


def _column(name: str, sql: str, row: Any, label: str) -> Column:
    return Column(
        name=name,
        type=row.type,
        base=row.type,
        cast_type=row.cast_type,
        category=types.category(
            row.typtype, row.typcategory, row.typname, builtin=row.builtin, element=row.element
        ),
        nullable=True,
        default=None,
        generated=None,
        identity=None,
        max_length=None,
        precision=None,
        scale=None,
        enum_values=tuple(row.labels or ()),
        element=row.element,
        comparable=row.comparable,
        insertable=False,
        updatable=False,
        comment=None,
        label=label,
        expression=sql,
    )
