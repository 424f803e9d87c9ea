"""Reading the book: once for each stamp and process, whatever the number of requests."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.roles.book import Book, bound
from ops.roles.model import VERBS, Role, TableRule
from ops.roles.permission import Permission

STAMP = "(SELECT stamp::text FROM ops.rights)"  # for the statement that reads a person anyway

# Stamp and content in one statement, so that no book is ever kept under another one's stamp.
_BOOK = sa.text(
    f"""
    SELECT {STAMP} AS stamp, (SELECT mask_key FROM ops.installation) AS mask_key,
        (SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM ops.role r) AS roles,
        (SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]') FROM ops.role_table x) AS tables
    """
)
_MOST = 32  # books a process keeps: one, but for moments of change and for tests
_books: dict[str, Book] = {}
_PERMISSIONS = {one.value: one for one in Permission}
_STRICTEST = "full"


def book(tx: Session, stamp: str | None) -> Book:
    """The book of that stamp, or of a newer one, if it changed since the stamp was read.

    `stamp` is what `STAMP` gave; one that this process knows costs nothing, another one statement.
    """
    found = _books.get(stamp) if stamp else None
    if found is not None:
        return found
    row = tx.execute(_BOOK).one()
    if row.stamp in _books:
        return _books[row.stamp]  # one book for one state, so that what was worked out of it serves all
    own = (_role(one) for one in row.roles)
    made = bound(row.stamp or "", own, (_rule(one) for one in row.tables), row.mask_key)
    if row.stamp:
        while len(_books) >= _MOST:
            _books.pop(next(iter(_books)), None)
        _books[row.stamp] = made
    return made


def _role(row: Mapping[str, Any]) -> Role:
    # A permission this version does not know is one an action may ask for; else it gives nothing.
    given = frozenset(_PERMISSIONS[name] for name in row["permissions"] if name in _PERMISSIONS)
    deeds = frozenset(row["permissions"]) - _PERMISSIONS.keys()
    return Role(row["name"], row["label"], row["description"], given=given, deeds=deeds)


def _rule(row: Mapping[str, Any]) -> TableRule:
    # The columns behind `masked` are told here what they are in any case: never shown in full.
    masked = {
        name: pattern if isinstance(pattern, str) else _STRICTEST for name, pattern in row["masked"].items()
    }
    return TableRule(
        role=row["role"],
        schema=row["schema_name"],
        table=row["table_name"],
        verbs=frozenset(row["verbs"]).intersection(VERBS),
        rows=row["rows"].strip(),
        hidden=frozenset(row["hidden"]),
        masked=MappingProxyType(masked),
        readonly=frozenset(row["readonly"]),
    )
