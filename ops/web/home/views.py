"""My desk and the overview of tables."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from ops import changes
from ops.catalog import Table
from ops.notices import inbox
from ops.policy import Permission, may
from ops.web.gate import actor, needs, platform, signed_in, tx
from ops.web.navigation import about_rows, table_href
from ops.web.page import render, visible_tables

bp = Blueprint("home", __name__)
SHOWN = 10


@bp.get("/")
@needs(signed_in)
def desk() -> Answer:
    """What waits for me, what I asked for, what I was told."""
    me, catalog = actor(), platform().catalog
    decides, proposes = may(me, Permission.CHANGES_DECIDE), may(me, Permission.CHANGES_PROPOSE)
    return render(
        "home/desk.html",
        waiting=changes.waiting(tx(), catalog, me, size=SHOWN).rows if decides else None,
        mine=changes.mine(tx(), catalog, me, size=SHOWN).rows if proposes else None,
        notices=inbox.latest(tx(), cast(int, me.person_id), limit=SHOWN),
        has_role=bool(me.roles),
    )


@bp.get("/tables/")
@needs(signed_in)
def tables() -> Answer:
    """Every table I may see, by group; `q` looks in labels and names."""
    wanted = request.args.get("q", "").strip()[:100]
    groups = [
        (label, [table for table in found if _matches(table, wanted)]) for label, found in visible_tables()
    ]
    groups = [(label, found) for label, found in groups if found]
    return render(
        "home/tables.html",
        groups=groups,
        count=sum(len(found) for _, found in groups),
        wanted=wanted,
        href=table_href,
        about_rows=lambda table: about_rows(actor(), table),
    )


def _matches(table: Table, wanted: str) -> bool:
    sought = wanted.casefold()
    return sought in table.label.casefold() or sought in f"{table.schema}.{table.name}".casefold()
