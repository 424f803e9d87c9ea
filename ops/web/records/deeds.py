"""The actions of a table as links: those for one row on its page, those for none on the list."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from ops.policy import View, actions_of
from ops.web import from_list
from ops.web.gate import actor
from ops.web.records.addresses import list_href, record_href


class Deed(NamedTuple):
    """One action: what it is called and where its form is."""

    label: str
    href: str
    danger: bool


def of_row(view: View, key: str) -> list[Deed]:
    """What the person may do with a row; whether with this very one, its form says."""
    return [
        Deed(one.label, from_list.along(record_href(view.table, key, "act", quote(one.name))), one.danger)
        for one in actions_of(actor(), view.table)
        if one.scope == "row"
    ]


def of_many(view: View) -> list[Deed]:
    """What the person may do with rows chosen in a list."""
    return [
        Deed(one.label, f"{list_href(view.table)}act/{quote(one.name)}", one.danger)
        for one in actions_of(actor(), view.table)
        if one.many
    ]


def of_list(view: View) -> list[Deed]:
    """What the person may do here without a row."""
    return [
        Deed(one.label, f"{list_href(view.table)}act/{quote(one.name)}", one.danger)
        for one in actions_of(actor(), view.table)
        if one.scope == "none"
    ]
