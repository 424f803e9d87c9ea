"""The trail explorer and one event. Reading is written down before a byte is sent (P35)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, Response, abort, request

from ops import history
from ops.audit import Entry, record
from ops.audit.protection import protection_level
from ops.history import NoEvent
from ops.identity import Person
from ops.policy import Permission
from ops.policy import sees as may_see
from ops.web.audit.actions import ACTIONS, TONES, action_words
from ops.web.audit.filters import OUTCOMES, chips, wanted
from ops.web.audit.shown import shown
from ops.web.gate import actor, database, needs, platform, tx
from ops.web.page import render
from ops.web.visible import marked, visible

bp = Blueprint("audit", __name__, url_prefix="/audit")
MOST_PEOPLE = 200  # in the filter's list; anyone else is reached by their name in an event


@bp.get("/")
@needs(Permission.TRAIL_READ)
def index() -> Response:
    """The whole trail, newest first, as the query string filters it."""
    catalog = platform().catalog
    asked = wanted(catalog, actor(), request.args)
    page = history.trail(
        tx(), catalog, actor(), asked.filters, older_than=asked.older, newer_than=asked.newer
    )
    people = _people(asked.filters.person_id)
    protection = protection_level(tx())
    _read({**asked.said, "page": request.args.get("older") or request.args.get("newer")})
    return render(
        "audit/index.html",
        asked=asked,
        page=page,
        events=[shown(event, catalog, cut=True) for event in page.events],
        chips=chips(asked, people.get(asked.filters.person_id or 0)),
        people=people,
        tables=[table for table in catalog if may_see(actor(), table)],
        actions={name: action_words(name) for name in ACTIONS},
        outcomes=OUTCOMES,
        tones=TONES,
        protection=protection,
        marked=marked,
    )


@bp.get("/<uuid:uid>")
@needs(Permission.TRAIL_READ)
def show(uid: UUID) -> Response:
    """One event: what it tells, and whether it is whole."""
    catalog = platform().catalog
    try:
        found = history.evidence(tx(), catalog, actor(), str(uid))
    except NoEvent:
        abort(404)
    _read({"event": str(uid)})
    return render(
        "audit/show.html",
        evidence=found,
        shown=shown(found.event, catalog),
        line=json.loads(found.line),
        tones=TONES,
        marked=marked,
        plain=visible,
    )


def _read(facts: Mapping[str, str | None]) -> None:
    """That the trail is read is an event of its own, committed before anything is shown (P35)."""
    with database().transaction() as writing:
        record(writing, actor(), [Entry("trail.read", facts={k: v for k, v in facts.items() if v})])


def _people(wanted: int | None) -> dict[int, str]:
    """Names for the filter: those who signed in last, and who is filtered for."""
    first = [(Person.id == wanted).desc()] if wanted else []
    found = sa.select(Person.id, Person.name).order_by(*first, Person.signed_in_at.desc().nullslast())
    rows = tx().execute(found.limit(MOST_PEOPLE)).all()
    return {row.id: row.name for row in sorted(rows, key=lambda row: row.name.casefold())}
