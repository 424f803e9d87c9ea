"""The list of people: found by name or address, by role and state, by keyset."""

from __future__ import annotations

from flask import Response, request

from ops.identity.directory import COUNTED, STATES, PeoplePage, Wanted, people
from ops.policy import Permission
from ops.web.gate import needs, tx
from ops.web.navigation import initials
from ops.web.page import formats, render
from ops.web.people.pages import (
    STATE_TONES,
    address,
    bp,
    edits,
    is_me,
    number,
    person_href,
    roles,
)
from ops.web.provider_names import provider_choices, provider_name
from ops.web.role_words import role_label
from ops.web.visible import marked, visible
from ops.words import t

HERE = "/people/"
LONGEST = 100  # signs of a search


@bp.get("/")
@needs(Permission.PEOPLE_READ)
def index() -> Response:
    """Everybody who signs in here or is told by SCIM, by name."""
    wanted = _wanted()
    page = people(
        tx(), wanted, after=number(request.args.get("after")), before=number(request.args.get("before"))
    )
    kept = {"q": wanted.search, "state": wanted.state, "role": wanted.role, "iss": wanted.iss}
    return render(
        "people/index.html",
        page=page,
        wanted=wanted,
        said={name: text for name, text in kept.items() if text},
        count=_count(page),
        states=[(state, t(f"directory.state.{state}")) for state in STATES],
        tones=STATE_TONES,
        roles=[(role.name, role.label) for role in roles()],
        providers=provider_choices(),
        role_label=role_label,
        provider_name=provider_name,
        href=person_href,
        initials=initials,
        is_me=is_me,
        edits=edits(),
        marked=marked,
        plain=visible,
        first=address(HERE, **kept) if request.args.get("after") or request.args.get("before") else None,
        previous=address(HERE, **kept, before=page.previous) if page.previous else None,
        next=address(HERE, **kept, after=page.next) if page.next else None,
    )


def _wanted() -> Wanted:
    said = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("q", "state", "role", "iss")}
    state = next((one for one in STATES if one == said["state"]), None)
    search = said["q"].replace("\x00", "")
    return Wanted(
        search, state, said["role"].replace("\x00", "") or None, said["iss"].replace("\x00", "") or None
    )


def _count(page: PeoplePage) -> str:
    if page.count > COUNTED:
        return t("directory.count_more", count=formats().number(COUNTED))
    return t("directory.count", count=page.count)
