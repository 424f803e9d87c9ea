"""Addresses of what belongs to other rooms, for links: a room knows them without importing its siblings."""

from __future__ import annotations

from urllib.parse import quote

from ops.catalog import Table


def list_href(table: Table) -> str:
    """A table's list."""
    return f"/tables/{quote(table.ref, safe='')}/"


def row_href(table: Table, key: str) -> str:
    """A row's page. The key is in address form already; what it has encoded is quoted once more."""
    return list_href(table) + quote(key, safe="~,")


def change_href(reference: str) -> str:
    """A change's page, by its reference (CH-1042)."""
    return f"/changes/{quote(reference, safe='')}"
