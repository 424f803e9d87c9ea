"""Links that a Resource declares, made of one row's values: to other systems, or to pages of our own."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from ops.catalog import Link
from ops.policy import View
from ops.records import Record


class Away(NamedTuple):
    """One link of a record; `outside` leads to another host."""

    label: str
    href: str
    outside: bool


def away(view: View, record: Record) -> list[Away]:
    """The links all of whose columns have a value that the person sees unmasked."""
    return [one for link in view.table.resource.links if (one := _made(view, record, link)) is not None]


def _made(view: View, record: Record, link: Link) -> Away | None:
    if not all(view.sees(name) and record.values.get(name) for name in link.columns):
        return None
    # The start-up checks have seen that scheme and host stand before the first value, which is encoded whole.
    parts = (
        text if kind == "text" else quote(record.values[text] or "", safe="") for kind, text in link.parts
    )
    href = "".join(parts)
    return Away(link.label, href, outside=not href.startswith("/"))
