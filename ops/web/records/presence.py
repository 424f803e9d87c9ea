"""Who else has this record open, as a fragment that its page asks for again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask import Response, request

from ops import presence, records
from ops.policy import View
from ops.presence import Present
from ops.web.gate import actor, database
from ops.web.page import render
from ops.words import t


def tell(view: View, key: str) -> Response:
    """Note what the page says its person does (`mode`: edit, view or gone), and tell who else is there.

    Raises NotVisible for a row that is not there for the person: nobody learns who looks at it.
    """
    table, person = (view.table.schema, view.table.name), cast(int, actor().person_id)
    mode = request.form.get("mode")
    with database().transaction() as tx:
        row = records.one(tx, view, key)
        if mode == "gone":
            presence.gone(tx, person, table, row.key)
            return Response(status=204)
        found = presence.here(tx, person, table, row.key, editing=mode == "edit")
    return render("records/presence.html", present=words(found))


def words(present: Sequence[Present]) -> list[str]:
    """A line for those who edit, and one for those who look."""
    lines = []
    for editing, key in ((True, "records.also_editing"), (False, "records.also_viewing")):
        names = [one.name for one in present if one.editing is editing]
        if names:
            lines.append(t(key, names=", ".join(names), count=len(names)))
    return lines
