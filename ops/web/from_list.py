"""The list that a record was opened from: its state travels along in `?list=<query string>`, and leads back to it.

Owns that one argument. A page of a record, its form and what they lead to hand it on, so that nobody who edits a row
has lost the list they were working through. Scripts write it into the addresses of a list; without them the record's
page takes it from where the browser says it comes from.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from flask import has_request_context, request

from ops.catalog import Table
from ops.web import addresses
from ops.web.origin import public_origin

ARGUMENT = "list"
LONGEST = 4000  # characters of a list's state; a longer one leads nowhere
_PLACE = frozenset({"after", "before", "last", "at"})  # which page of the list: a row has its own place


def state() -> str | None:
    """The list's state as the request's address carries it; None where it carries none that can be one."""
    if not has_request_context():
        return None
    found = request.args.get(ARGUMENT)
    if found is None:
        found = _left()
    if found is None or len(found) > LONGEST or "\x00" in found:
        return None
    return found.removeprefix("?")


def _left() -> str | None:
    """The state of the very list that a link of it led from to a row's own page, by Referer (RFC 9110, 10.1.3)."""
    where, _, row = request.path.rpartition("/")
    said = request.referrer
    if not said or row[:1] != "~" or len(said) > LONGEST:
        return None
    try:
        came = urlsplit(said)
    except ValueError:
        return None
    if f"{came.scheme}://{came.netloc}" != public_origin() or unquote(came.path) != f"{where}/":
        return None
    return urlencode([(n, v) for n, v in parse_qsl(came.query, keep_blank_values=True) if n not in _PLACE])


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
