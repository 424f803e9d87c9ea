"""Addresses of what belongs to other rooms, for links: a room knows them without importing its siblings."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from ops.catalog import Table

_PLAIN = re.compile(r"[A-Za-z0-9~,._-]*", re.ASCII)  # what quoting leaves as it is


@lru_cache(maxsize=4096)
def _list_of(ref: str) -> str:
    return f"/tables/{quote(ref, safe='')}/"


def list_href(table: Table) -> str:
    """A table's list."""
    return _list_of(table.ref)


def row_href(table: Table, key: str) -> str:
    """A row's page. The key is in address form already; what it has encoded is quoted once more."""
    return list_href(table) + (key if _PLAIN.fullmatch(key) else quote(key, safe="~,"))


def change_href(reference: str) -> str:
    """A change's page, by its reference (CH-1042)."""
    return f"/changes/{quote(reference, safe='')}"
