"""One person: their roles and where each comes from, what these allow, their sessions, sign-ins and changes."""

from __future__ import annotations

from typing import Any

from flask import Response

from ops import changes, history, identity
from ops.actor import Actor
from ops.audit import Entry, record
from ops.identity import Disabled, origins
from ops.policy import Permission
from ops.web.gate import actor, database, needs, platform, tx
from ops.web.navigation import initials
from ops.web.page import render
from ops.web.people import provenance, reach
from ops.web.people.browsers import short_name
from ops.web.people.pages import STATE_TONES, bp, edits, is_me, known, person_href
from ops.web.people.sessions import open_of
from ops.web.people.sign_ins import shown as signing_shown
from ops.web.provider_names import provider_name
from ops.web.role_words import role_label
from ops.web.visible import marked, visible
from ops.words import t

SESSIONS, SIGN_INS, CHANGES = 5, 8, 10


@bp.get("/<int:person_id>")
@needs(Permission.PEOPLE_READ)
def show(person_id: int) -> Response:
    """Everything there is to know here about one person."""
    catalog, me = platform().catalog, actor()
    person = known(person_id)
    who = acting(person_id)
    held = origins.origins(tx(), person_id)
    context: dict[str, Any] = {
        "roles": provenance.shown(tx(), me, person, held),
        "reach": reach.of(catalog, me, who) if who is not None else None,
        "sessions": open_of(person_id, size=SESSIONS),
        "signings": [
            signing_shown(one) for one in history.signings(tx(), me, person_id=person_id, size=SIGN_INS).signings
        ],
        "changes": changes.concerning(tx(), catalog, me, who, size=CHANGES).rows if who is not None else (),
    }  # fmt: skip
    if not is_me(person_id):
        _read(person_id)
    return render(
        "people/show.html",
        person=person,
        is_me=is_me(person_id),
        edits=edits(),
        tones=STATE_TONES,
        href=person_href,
        provider_name=provider_name,
        role_label=role_label,
        initials=initials,
        browser=lambda session: short_name(session.agent, t("people.unknown_browser")),
        marked=marked,
        plain=visible,
        **context,
    )


def acting(person_id: int) -> Actor | None:
    """The person as one who acts, with today's rights; None where they are switched off."""
    try:
        return identity.actor_for(tx(), person_id, source="web")
    except Disabled:
        return None


def _read(person_id: int) -> None:
    """Somebody else's sign-ins are a part of the trail: that they were read is an event too (P35)."""
    with database().transaction() as writing:
        record(writing, actor(), [Entry("trail.read", facts={"signings_of": str(person_id)})])
