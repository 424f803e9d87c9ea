"""My desk and the overview of tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from ops import changes
from ops.approvals import delegations
from ops.catalog import Table
from ops.changes import desk as said
from ops.changes import emergency
from ops.notices import inbox
from ops.policy import Permission, may
from ops.web.change_states import row_badge
from ops.web.gate import actor, needs, platform, signed_in, tx
from ops.web.home import pictures
from ops.web.navigation import about_rows, table_href
from ops.web.page import render, visible_tables
from ops.web.role_words import role_words
from ops.web.visible import marked, unbroken, visible

bp = Blueprint("home", __name__)
SHOWN = 10
DRAWN = 100  # of the newest, in the pictures


@bp.get("/")
@needs(signed_in)
def desk() -> Answer:
    """What waits for me, what I asked for, what I said lately, what I was told; and how long it all takes."""
    me, catalog = actor(), platform().catalog
    decides, proposes = may(me, Permission.CHANGES_DECIDE), may(me, Permission.CHANGES_PROPOSE)
    waiting = changes.waiting(tx(), catalog, me, size=DRAWN, names=SHOWN) if decides else None
    mine = changes.mine(tx(), catalog, me, size=DRAWN, names=SHOWN) if proposes else None
    lent = [one for one in delegations.taken(tx(), _me()) if one.state == "now"] if decides else []
    away = [one for one in delegations.given(tx(), _me()) if one.state == "now"] if decides else []
    return render(
        "home/desk.html",
        waiting=waiting.rows if waiting is not None else None,
        waiting_more=waiting is not None and waiting.next is not None,
        mine=mine.rows if mine is not None else None,
        mine_more=mine is not None and mine.next is not None,
        ages=pictures.ages(waiting.rows) if waiting is not None and waiting.rows else None,
        ends=pictures.ends(mine.rows) if mine is not None and mine.rows else None,
        lately=said.lately(tx(), catalog, me, size=SHOWN // 2) if decides else [],
        notices=inbox.latest(tx(), _me(), limit=SHOWN),
        lent=lent,
        away=away,
        emergencies=emergency.open_reviews(tx(), catalog, me)
        if decides or proposes or may(me, Permission.APPROVALS_READ)
        else [],
        has_role=bool(me.roles),
        last_moment=timedelta(seconds=1),
        shown=SHOWN,
        drawn=DRAWN,
        now=datetime.now(UTC),
        badge_of=row_badge,
        marked=marked,
        unbroken=unbroken,
        plain=visible,
        role_words=role_words,
    )


def _me() -> int:
    return cast(int, actor().person_id)


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
