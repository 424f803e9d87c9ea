"""The list that a record was opened from: its state travels along in `?list=<query string>`, and leads back to it.

Owns that one argument. A page of a record, its form and what they lead to hand it on, so that nobody who edits a row
has lost the list they were working through.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import has_request_context, request

from ops.catalog import Table
from ops.web import addresses

ARGUMENT = "list"
LONGEST = 4000  # characters of a list's state; a longer one leads nowhere


def state() -> str | None:
    """The list's state as the request's address carries it; None where it carries none that can be one."""
    found = request.args.get(ARGUMENT) if has_request_context() else None
    if found is None or len(found) > LONGEST or "\x00" in found:
        return None
    return found.removeprefix("?")


def along(href: str) -> str:
    """`href`, an address of ours, with the list's state handed on; as it is where there is none."""
    found = state()
    if found is None:
        return href
    return f"{href}{'&' if '?' in href else '?'}{urlencode({ARGUMENT: found})}"


def list_href(table: Table) -> str:
    """The list that the record was opened from, else the table's own."""
    found = state()
    return addresses.list_href(table) + (f"?{_harmless(found)}" if found else "")


def _harmless(found: str) -> str:
    """A query string as it may stand in an address: nothing in it ends the query."""
    return quote(found, safe="=&%+~,.-_*()!;:@/'")
