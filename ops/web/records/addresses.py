"""Addresses inside this room: a list with its state, and what stands under a record."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from ops.catalog import Table
from ops.web import addresses, from_list
from ops.words import t


def list_href(table: Table, args: Iterable[tuple[str, str]] = ()) -> str:
    """A table's list; `args` are the pairs of its query string."""
    query = urlencode(list(args))
    return addresses.list_href(table) + (f"?{query}" if query else "")


def way_to(table: Table) -> list[tuple[str, str | None]]:
    """The crumbs that lead to a table's list, the one that a record was opened from."""
    return [(t("frame.tables"), "/tables/"), (table.label, from_list.list_href(table))]


def record_href(table: Table, key: str, *under: str) -> str:
    """A record's page, or what stands under it: `record_href(table, key, "edit")`."""
    return "/".join((addresses.row_href(table, key), *under))
