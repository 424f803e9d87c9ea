"""What kind of value a PostgreSQL type holds, as forms, filters and lists need to know it."""

from __future__ import annotations

from ops.catalog.model import Category

_BY_NAME: dict[str, Category] = {
    "bool": "boolean",
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "oid": "integer",
    "numeric": "number",
    "float4": "number",
    "float8": "number",
    "money": "money",
    "text": "text",
    "varchar": "text",
    "bpchar": "text",
    "name": "text",
    "char": "text",
    "date": "date",
    "time": "time",
    "timetz": "time",
    "timestamp": "timestamp",
    "timestamptz": "timestamp",
    "interval": "interval",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "json",
    "xml": "xml",
    "bytea": "bytes",
    "inet": "network",
    "cidr": "network",
    "macaddr": "network",
    "macaddr8": "network",
    "bit": "bits",
    "varbit": "bits",
    "tsvector": "search",
    "tsquery": "search",
}
_GEOMETRY = frozenset({"point", "line", "lseg", "box", "path", "polygon", "circle"})
_BY_TYPTYPE: dict[str, Category] = {"e": "enum", "r": "range", "m": "range", "c": "composite"}


def category(typtype: str, typcategory: str, typname: str, *, builtin: bool, element: str | None) -> Category:
    """The category of a type (domains resolved) from its pg_type row; "other" is shown and edited as text."""
    if element is not None:
        return "array"
    if typtype in _BY_TYPTYPE:
        return _BY_TYPTYPE[typtype]
    if builtin:
        return "geometry" if typname in _GEOMETRY else _BY_NAME.get(typname, "other")
    # Extensions: citext says it is a string; PostGIS's geometry and the like say nothing.
    return "text" if typcategory == "S" else "other"


def max_length(typname: str, typmod: int) -> int | None:
    """The n of varchar(n), char(n), bit(n) and varbit(n)."""
    if typname == "char":
        return 1  # PostgreSQL's own "char" keeps one byte and cuts the rest without a word
    if typmod < 0:
        return None
    if typname in ("varchar", "bpchar"):
        return typmod - 4
    return typmod if typname in ("bit", "varbit") else None


def numeric_limits(typname: str, typmod: int) -> tuple[int | None, int | None]:
    """(precision, scale) of numeric(p,s); the scale has eleven bits and a sign (PostgreSQL 15)."""
    if typname != "numeric" or typmod < 0:
        return None, None
    packed = typmod - 4
    return (packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024
