"""Which panel a request asks for: for a new filter of a column, or for one of the list's own to be edited."""

from __future__ import annotations

from flask import request

from ops import records
from ops.policy import View
from ops.records.query import path_of, path_text
from ops.records.subject import subject_of
from ops.web.opened import opened
from ops.web.records.filters import Panel


def opened_panel(view: View) -> Panel:
    """The panel that the request asks for. Raises UnknownColumn for what the person may not filter by."""
    on = opened(view, request.query_string.decode("utf-8", "replace"))
    try:
        query = records.from_query_string(view, on.query)
    except records.BadFilter as error:
        query = error.query
    number = request.args.get("edit") or request.args.get("add.edit") or ""
    place = (
        int(number)
        if number.isascii() and number.isdecimal() and int(number[:4]) < len(query.filters)
        else None
    )
    edited = query.filters[place] if place is not None else None
    path = request.args.get("path") or request.args.get("add.path") or request.args.get("add.column") or ""
    if edited is not None and not path:
        path = path_text(edited.column, edited.path)
    subject = None
    if path:
        subject = subject_of(view, *path_of(view, path))
        if subject.masked:
            raise records.UnknownColumn(path)
    return Panel(view, query, on, subject, path, edited, place, again="add.op" in request.args)
