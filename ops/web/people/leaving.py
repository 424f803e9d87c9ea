"""Somebody leaves: what they have open, who takes it over, and what happens to each thing, shown before it is done."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import offboarding
from ops.identity import Person
from ops.identity.directory import KnownPerson
from ops.offboarding import CannotLeave
from ops.policy import Permission
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, actor, database, needs, tx
from ops.web.page import flash, render, see_other
from ops.web.people.pages import bp, number, person_href, somebody_else
from ops.web.people.sessions import open_of
from ops.web.proposing import invalid, reason
from ops.web.trouble import Trouble, status
from ops.web.visible import visible
from ops.words import t

MOST_PEOPLE = 200  # in the list of heirs: those who signed in last
FATES = {"goes": "ok", "ends": "idle", "stays": "warn"}


@bp.get("/<int:person_id>/leave")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def ask_leave(person_id: int) -> Response:
    """What the person has open, and what becomes of it with the heir of the query string (`to`)."""
    person = somebody_else(person_id, "directory.own_switch")
    return _page(person, number(request.args.get("to")))


@bp.post("/<int:person_id>/leave")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def leave(person_id: int) -> Answer:
    """Switch them off and hand over, in one transaction."""
    person = somebody_else(person_id, "directory.own_switch")
    heir, why = number(request.form.get("to")), reason()
    if not why:
        return _page(person, heir, invalid({"reason": t("directory.reason_needed")}))
    try:
        with database().transaction() as writing:
            left = offboarding.offboard(writing, actor(), person_id, to=heir, reason=why)
    except CannotLeave as error:
        return _page(person, None, _refused(error))
    gone = sum(one.fate == "goes" for one in left.belongings)
    flash("ok", t("directory.left", name=visible(person.name)), t("directory.left_text", count=gone))
    return see_other(person_href(person_id))


def _page(person: KnownPerson, heir: int | None, trouble: Trouble | None = None) -> Response:
    try:
        belongings = offboarding.preview(tx(), actor(), person.id, to=heir)
    except CannotLeave as error:
        heir, trouble = None, trouble or _refused(error)
        belongings = offboarding.preview(tx(), actor(), person.id)
    people = _heirs(person.id, heir)
    return render(
        "people/leave.html",
        status(trouble),
        person=person,
        name=visible(person.name),
        heir=heir,
        heir_name=dict(people).get(heir or 0, ""),
        people=people,
        belongings=belongings,
        fates=FATES,
        sessions=len(open_of(person.id, size=99).sessions),
        back=person_href(person.id),
        reason=request.form.get("reason", ""),
        trouble=trouble,
    )


def _refused(error: CannotLeave) -> Trouble:
    return Trouble(t("directory.leave_not"), t(f"directory.leave_not.{error.reason}"), 422)


def _heirs(leaver: int, heir: int | None) -> list[tuple[int, str]]:
    """Who could take over: people who are on, those who signed in last first, by name."""
    order = ((Person.id == (heir or 0)).desc(), Person.signed_in_at.desc().nullslast())
    found = sa.select(Person.id, Person.name).where(Person.disabled_at.is_(None), Person.id != leaver)
    rows = tx().execute(found.order_by(*order).limit(MOST_PEOPLE)).all()
    return sorted(((row.id, visible(row.name)) for row in rows), key=lambda one: one[1].casefold())
