"""Reads what PostgreSQL knows about every table and view the database role may see, in nine round trips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy.orm import Session

from ops.catalog import queries, types
from ops.catalog.core import core_table
from ops.catalog.model import Column, ForeignKey, Index, IndexColumn, Kind, Reference, Relation
from ops.catalog.shape import shapes_of

_KINDS: Mapping[str, Kind] = {
    "r": "table",
    "p": "partitioned",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}
_IDENTITY: Mapping[str, Literal["always", "by default"]] = {"a": "always", "d": "by default"}
_REFERENCES: Mapping[str, Reference] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_STRENGTH = ("no action", "restrict", "set default", "set null", "cascade")


def reflect(
    tx: Session, schemas: Sequence[str] | None, *, own: str, house: Sequence[str] = ()
) -> list[Relation]:
    """Every readable relation of `schemas` (None: all but the system's), by schema and name.

    Of the schema `own` only the tables named in `house`, whatever `schemas` says.
    """
    before = tx.execute(queries.ENTER).one()
    wanted = None if schemas is None else list(schemas)
    tables = tx.execute(queries.TABLES, {"schemas": wanted, "own": own, "house": list(house)}).all()
    oids = [row.oid for row in tables]
    columns = _columns(tx, oids, before.visible)
    indexes = _indexes(tx, oids)
    shapes = shapes_of(tx, oids)
    names = {row.oid: (row.schema, row.name) for row in tables}
    foreign_keys = _foreign_keys(tx, oids, names, columns)
    tx.execute(queries.LEAVE, {"path": before.path})
    relations = []
    for row in tables:
        digest, keys = shapes[row.oid]
        own_columns = columns[row.oid]
        relations.append(
            Relation(
                schema=row.schema,
                name=row.name,
                oid=row.oid,
                kind=_KINDS[row.kind],
                comment=row.comment,
                columns=MappingProxyType(own_columns),
                keys=() if row.has_children else tuple(k for k in keys if _usable(k, own_columns)),
                foreign_keys=tuple(foreign_keys[row.oid]),
                indexes=tuple(indexes[row.oid]),
                estimate=row.estimate,
                digest=digest,
                mark=row.mark,
                may_insert=row.may_insert,
                may_update=row.may_update,
                may_delete=row.may_delete,
                core=core_table(row.schema, row.name, ((c.name, c.type) for c in own_columns.values())),
                parents=tuple((schema, name) for schema, name in row.parents),
            )
        )
    return relations


def schemas_there(tx: Session) -> list[str]:
    """The names of all schemas but PostgreSQL's own."""
    return list(tx.execute(queries.SCHEMAS).scalars())


def _usable(key: Iterable[str], columns: Mapping[str, Column]) -> bool:
    return all(name in columns and columns[name].comparable for name in key)


def _columns(tx: Session, oids: list[int], visible: list[str]) -> dict[int, dict[str, Column]]:
    found: dict[int, dict[str, Column]] = defaultdict(dict)
    for row in tx.execute(queries.COLUMNS, {"oids": oids, "visible": visible}):
        found[row.oid][row.name] = _column(row)
    return found


def _column(row: Any) -> Column:
    precision, scale = types.numeric_limits(row.typname, row.typmod)
    generated = row.expression if row.generated else None
    return Column(
        name=row.name,
        type=row.type,
        base=row.base,
        cast_type=row.cast_type,
        category=types.category(
            row.typtype, row.typcategory, row.typname, builtin=row.builtin, element=row.element
        ),
        nullable=row.nullable,
        default=None if row.generated else row.expression,
        generated=generated,
        identity=_IDENTITY.get(row.identity),
        max_length=types.max_length(row.typname, row.typmod),
        precision=precision,
        scale=scale,
        enum_values=tuple(row.enum_values or ()),
        element=row.element,
        comparable=row.comparable,
        collation=row.collation,
        insertable=row.insertable,
        updatable=row.updatable,
        comment=row.comment,
    )


def _indexes(tx: Session, oids: list[int]) -> dict[int, list[Index]]:
    found: dict[int, list[Index]] = defaultdict(list)
    rows = tx.execute(queries.INDEXES, {"oids": oids}).all()
    for (oid, name), parts in groupby(rows, key=lambda row: (row.oid, row.name)):
        columns = list(parts)
        first = columns[0]
        found[oid].append(
            Index(
                name=name,
                columns=tuple(
                    IndexColumn(
                        c.column,
                        c.expression,
                        c.descending,
                        c.nulls_first,
                        c.opclass,
                        c.prefix,
                        bool(c.alike),
                    )
                    for c in columns
                ),
                method=first.method,
                unique=first.unique,
                partial=first.partial,
                predicate=first.predicate,
            )
        )
    return found


def _foreign_keys(
    tx: Session,
    oids: list[int],
    names: Mapping[int, tuple[str, str]],
    columns: Mapping[int, Mapping[str, Column]],
) -> dict[int, list[ForeignKey]]:
    """By referencing table; each link once, however many partitions or constraints declare it."""
    found: dict[int, dict[tuple[Any, ...], ForeignKey]] = defaultdict(dict)
    for row in tx.execute(queries.FOREIGN_KEYS, {"oids": oids}):
        link = (row.target, tuple(row.columns), tuple(row.target_columns))
        readable = set(row.columns) <= set(columns[row.source]) and set(row.target_columns) <= set(
            columns[row.target]
        )
        if not readable:
            continue
        one = ForeignKey(
            row.name,
            *names[row.source],
            link[1],
            *names[row.target],
            link[2],
            _REFERENCES[row.on_delete],
            _REFERENCES[row.on_update],
            tuple(row.emptied),
        )
        known = found[row.source].get(link)
        found[row.source][link] = one if known is None else _both(known, one)
    return defaultdict(list, {oid: list(some.values()) for oid, some in found.items()})


def _both(first: ForeignKey, other: ForeignKey) -> ForeignKey:
    """Of two that declare the same link the first, with whatever of both does most to the rows that point."""
    deleting = max(first, other, key=lambda one: _STRENGTH.index(one.on_delete))
    moving = max(first, other, key=lambda one: _STRENGTH.index(one.on_update))
    return replace(first, on_delete=deleting.on_delete, emptied=deleting.emptied, on_update=moving.on_update)
