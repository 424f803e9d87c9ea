"""Is this text a value of that type? Answered without asking the database, where that can be known.

A value PostgreSQL refuses aborts the transaction it was sent in, so the common mistakes are found here first.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime

_RANGES = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
    "oid": (0, 2**32 - 1),
}
_INTEGER = re.compile(r"\s*[+-]?\d{1,25}\s*\Z", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?\s*\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::\d\d)?)?)?\Z", re.ASCII
)
_ODD_NUMBERS = frozenset(("nan", "infinity", "-infinity", "+infinity", "inf", "-inf", "+inf"))
_BOOLEANS = frozenset(("t", "true", "y", "yes", "on", "1", "f", "false", "n", "no", "off", "0"))
_TEXTS = frozenset(("text", "character varying", "character", "bpchar", "citext", "name", '"char"'))


def _bare(type_name: str) -> str:
    return type_name.split("(", 1)[0].strip()


def well_formed(type_name: str, text: str, enum_values: tuple[str, ...] | None = None) -> bool | None:
    """True: PostgreSQL will take `text` as a `type_name`. False: it will not. None: only it can tell.

    `type_name` is a base type as format_type prints it, with or without a length.
    """
    if "\x00" in text:
        return False
    if enum_values:
        return text in enum_values
    name = _bare(type_name)
    if name in _TEXTS:
        return True
    if name in _RANGES:
        if not _INTEGER.match(text):
            # PostgreSQL 16 and later also read 0x1F, 0b1 and 1_000; earlier ones do not.
            return None if re.match(r"\s*[+-]?0[xXoObB]|\s*[+-]?\d+_", text) else False
        low, high = _RANGES[name]
        return low <= int(text) <= high
    if name in ("numeric", "double precision", "real"):
        return _number(name, text)
    if name == "boolean":
        return text.strip().lower() in _BOOLEANS or None
    if name == "uuid":
        return _is_uuid(text) or None
    if name in ("date", "timestamp with time zone", "timestamp without time zone"):
        return _is_moment(text, date_only=name == "date") or None
    return None


def _number(name: str, text: str) -> bool | None:
    if _DECIMAL.match(text):
        # Exponents and long numbers may be out of range.
        return True if "e" not in text.lower() and len(text) < 35 else None
    if text.strip().lower() in _ODD_NUMBERS:
        return True
    return None if re.match(r"\s*[+-]?0[xXoObB]|\s*[+-]?[\d.]+_", text) else False


def _is_moment(text: str, *, date_only: bool) -> bool:
    """Whether it is a plain ISO 8601 date or moment; whatever else PostgreSQL reads, it must say itself."""
    if not (_DATE if date_only else _MOMENT).match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return len(text) == 36


def value_problem(
    label: str, type_name: str, text: str, enum_values: tuple[str, ...] | None = None
) -> str | None:
    """What is wrong with `text` as a value of the column `label`; None where nothing is known to be."""
    if well_formed(type_name, text, enum_values) is not False:
        return None
    shown = text if len(text) <= 60 else text[:60] + "…"
    if enum_values:
        choices = ", ".join(enum_values[:20])
        return f"{label} is one of {choices}; “{shown}” is none of them"
    if _bare(type_name) in _RANGES and _INTEGER.match(text):
        return f"{shown} is out of range for {label}"
    return f"{label} takes {_kind(_bare(type_name))}; “{shown}” is not one"


def _kind(name: str) -> str:
    if name in _RANGES:
        return "a whole number"
    if name in ("numeric", "double precision", "real"):
        return "a number"
    if name in _TEXTS:
        return "text without the character NUL"
    return f"a value of type {name}"
