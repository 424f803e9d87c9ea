"""Values before they reach the database: what can be told from the catalog alone, for every field at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation

from ops.catalog import Column, Table
from ops.words import t

MOST_SAID = 4000  # characters of a reason or a comment
_SECONDS = re.compile(r":\d{1,2}[.,](\d+)")
_PRECISION = re.compile(r"\((\d)\)")
_PLAIN = re.compile(r"[+-]?0*([0-9]*)(?:\.([0-9]*?)0*)?")  # a number as most are written


def problems(
    table: Table, kind: str, after: Mapping[str, str | None], linked: Collection[str] = ()
) -> dict[str, str]:
    """A sentence for each column whose value PostgreSQL would refuse, cut or round; {} where none is seen.

    `linked` columns get their value from a row that is made with this one.
    """
    found = {name: text for name, value in after.items() if (text := _problem(table.columns[name], value))}
    if kind == "create":
        for name, column in table.columns.items():
            if name not in after and name not in linked and _must_be_given(column):
                found[name] = t("door.needed")
    return found


def unreadable(column: Column, state: str | None) -> str:
    """The sentence for a text PostgreSQL could not read as the column's type; `state` is its SQLSTATE."""
    if state is not None and state.startswith("54"):
        return t("door.limit")
    if state == "22003":
        return t("door.out_of_range", type=column.type)
    if state == "22008":
        return t("door.no_such_date")
    if state in ("22P05", "22021"):
        return t("door.nul")
    if column.category == "enum":
        return t("door.choose", values=", ".join(column.enum_values))
    key = f"door.kind.{column.category}"
    try:
        return t(key, type=column.type)
    except KeyError:
        return t("door.kind.other", type=column.type)


def _must_be_given(column: Column) -> bool:
    filled = column.default is not None or column.identity or column.generated is not None
    return not column.nullable and not filled


def _problem(column: Column, value: str | None) -> str | None:
    if value is None:
        return None if column.nullable else t("door.needed")
    if not sendable(value):
        return t("door.nul")
    if column.category == "enum" and value not in column.enum_values:
        return t("door.choose", values=", ".join(column.enum_values))
    # PostgreSQL cuts spaces at the end without a word (SQL's own rule), so the length is judged here, spaces
    # included.
    if column.category == "text" and column.max_length and len(value) > column.max_length:
        return t("door.too_long", most=column.max_length, length=len(value))
    if column.category == "number" and column.scale is not None:
        return _digits(column, value)
    if column.category in ("time", "timestamp"):
        return _fraction(column, value)
    return None


def _fraction(column: Column, value: str) -> str | None:
    # timestamp(0) rounds 10:00:00.6 to the next second without a word, and every other one at six decimals.
    given = _SECONDS.search(value)
    digits = len(given[1].rstrip("0")) if given else 0
    precise = _PRECISION.search(column.type)
    most = int(precise[1]) if precise else 6
    if digits <= most:
        return None
    return t("door.seconds", most=most) if most else t("door.seconds_none")


def _digits(column: Column, value: str) -> str | None:
    # numeric(12,2) rounds 1.005 to 1.01 without a word; a person meant one or the other.
    scale = column.scale or 0
    plain = _PLAIN.fullmatch(value)
    if plain and len(plain[2] or "") <= scale and len(plain[1]) <= (column.precision or 1000) - scale:
        return None
    try:
        # From version 16 on PostgreSQL reads 9_999.99_9 too, and would round it like any other.
        number = Decimal(value.strip().replace("_", ""))
    except InvalidOperation:
        return None  # PostgreSQL judges what is a number
    if not number.is_finite():
        return None
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and number and -exponent > max(scale, 0):
        return t("door.decimals", most=scale) if scale > 0 else t("door.decimals_none")
    if column.precision is not None and number and number.adjusted() + 1 > column.precision - scale:
        return t("door.digits", most=column.precision - scale)
    return None


def sendable(value: str | None) -> bool:
    """Whether it is a text that can reach PostgreSQL at all: no NUL, no half of a surrogate pair."""
    if value is None or "\x00" in value:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def too_long(said: str) -> str | None:
    """The sentence for a reason or comment nobody would read; line ends count once, as the browser counts."""
    length = len(said.replace("\r\n", "\n"))
    return (
        t("door.said_too_long", most=f"{MOST_SAID:,}", length=f"{length:,}") if length > MOST_SAID else None
    )
