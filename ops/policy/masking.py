"""The masks, each twice: as SQL, where the database applies it, and in Python for values already read."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

DOTS = "••••"
SHORTEST = 8  # of a shorter text the last four would tell too much
KEPT = 4
DIGEST_BYTES = 6  # 48 bits: a thousand million values, and two that look alike are still unlikely
BLOCK = 64  # bytes of a block of SHA-256 (RFC 2104, section 2)
# From the one that tells least; the last is what a mask is if nobody says which.
STRICTEST_FIRST = ("full", "hash", "email", "last4")
# What looks like an address: the ending is shown, so it must be one.
_ADDRESS = r"^[^@]+@[^@]+\.[A-Za-z]{2,24}$"
_ENDING = r"\.[A-Za-z]{2,24}$"


def mask(
    text: sa.ColumnElement[Any], pattern: str = "last4", key: bytes | None = None
) -> sa.ColumnElement[Any]:
    """The masked form of a text expression; NULL stays NULL. `key` is that of "hash": without it "full" is meant."""
    match pattern:
        case "last4":
            shown = _last4(text)
        case "email":
            shown = _email(text)
        case "hash" if key:
            shown = _hash(text, key)
        case _:
            shown = _text(DOTS)
    return sa.case((text.is_(None), sa.null()), else_=shown)


def masked(value: str | None, pattern: str = "last4", key: bytes | None = None) -> str | None:
    """The same as `mask`, for a value at hand. Both count characters, not bytes."""
    if value is None:
        return None
    match pattern:
        case "last4":
            return DOTS + value[-KEPT:] if len(value) > SHORTEST else DOTS
        case "email":
            return _email_of(value)
        case "hash" if key:
            return "#" + hmac.digest(key, value.encode(), "sha256")[:DIGEST_BYTES].hex()
        case _:
            return DOTS


def _number(value: int) -> sa.ColumnElement[Any]:
    return sa.literal_column(str(value))


def _text(value: str) -> sa.ColumnElement[Any]:
    return sa.literal(value, sa.Text)


def _last4(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    shown = _text(DOTS).op("||")(sa.func.right(text, _number(KEPT)))
    return sa.case((sa.func.length(text) > _number(SHORTEST), shown), else_=_text(DOTS))


def _email(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    # Bytes decide, whatever the column's collation is: some of them allow no patterns at all.
    plain = sa.cast(text, sa.Text).collate("C")
    local = sa.func.split_part(plain, _text("@"), _number(1))
    rest = sa.func.split_part(plain, _text("@"), _number(2))
    ending = sa.func.substring(rest, _text(_ENDING))
    host = sa.func.left(rest, -sa.func.length(ending))
    shown = sa.func.concat(_first(local), _text("•••@"), _first(host), _text("•••"), ending)
    return sa.case((plain.op("~")(_text(_ADDRESS)), shown), else_=_text(DOTS))


def _first(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    # One letter of two would be half of it.
    return sa.func.left(text, sa.case((sa.func.length(text) > _number(2), _number(1)), else_=_number(0)))


def _email_of(value: str) -> str:
    if not re.fullmatch(_ADDRESS[1:-1], value):
        return DOTS
    local, _, rest = value.partition("@")
    host, _, ending = rest.rpartition(".")
    first, second = (part[:1] if len(part) > 2 else "" for part in (local, host))
    return f"{first}•••@{second}•••.{ending}"


def _hash(text: sa.ColumnElement[Any], key: bytes) -> sa.ColumnElement[Any]:
    """HMAC-SHA-256 (RFC 2104) of the UTF-8 text, shortened: PostgreSQL has sha256, but no hmac of its own."""
    block = key.ljust(BLOCK, b"\0") if len(key) <= BLOCK else sha256(key).digest().ljust(BLOCK, b"\0")
    inner, outer = (sa.literal(bytes(b ^ pad for b in block), sa.LargeBinary) for pad in (0x36, 0x5C))
    message = sa.func.convert_to(sa.cast(text, sa.Text), _text("UTF8"))
    digest = sa.func.sha256(outer.op("||")(sa.func.sha256(inner.op("||")(message))))
    short = sa.func.substring(digest, _number(1), _number(DIGEST_BYTES))
    return _text("#").op("||")(sa.func.encode(short, _text("hex")))
