"""Switching a person off and on again, with a reason; it counts at once, and their history stays."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops.identity import current_actor, switching
from ops.identity.directory import KnownPerson
from ops.identity.switching import OnlyOwners, SwitchedOffElsewhere
from ops.policy import Forbidden, Permission
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, actor, database, needs
from ops.web.page import flash, render, see_other
from ops.web.people.pages import bp, person_href, somebody_else
from ops.web.people.sessions import open_of
from ops.web.proposing import invalid, reason
from ops.web.trouble import Trouble, status
from ops.web.visible import visible
from ops.words import t

COUNTED = 99  # open sessions


@bp.get("/<int:person_id>/off")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def ask_off(person_id: int) -> Answer:
    """The question before somebody is switched off: what ends, what stays."""
    person = _somebody_else(person_id)
    return see_other(person_href(person_id)) if person.state == "off" else _page(person, "off")


@bp.post("/<int:person_id>/off")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def off(person_id: int) -> Answer:
    """Switch the person off now."""
    return _switched(person_id, "off", switching.disable)


@bp.get("/<int:person_id>/on")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def ask_on(person_id: int) -> Answer:
    """The question before somebody is switched on again."""
    person = _somebody_else(person_id)
    return see_other(person_href(person_id)) if person.state != "off" else _page(person, "on")


@bp.post("/<int:person_id>/on")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def on(person_id: int) -> Answer:
    """Switch the person on again: with the roles they hold, and no session."""
    try:
        return _switched(person_id, "on", switching.enable)
    except SwitchedOffElsewhere:
        trouble = Trouble(t("directory.scim_off"), t("directory.scim_off_text"), 409, "warn")
        return _page(_somebody_else(person_id), "on", trouble)


def _somebody_else(person_id: int) -> KnownPerson:
    """The person, unless it is who asks: an owner who locks herself out helps nobody. Raises Forbidden."""
    return somebody_else(person_id, "directory.own_switch")


def _switched(person_id: int, which: str, deed: Callable[..., bool]) -> Answer:
    """Do it now, for the posted reason. Raises Forbidden, SwitchedOffElsewhere."""
    person, why = _somebody_else(person_id), reason()
    if not why:
        return _page(person, which, invalid({"reason": t("directory.reason_needed")}))
    try:
        with database().transaction() as writing:
            done = deed(writing, current_actor(writing, actor()), person_id, by="hand", reason=why)
    except OnlyOwners as error:
        raise Forbidden(t("door.refused.only_owners")) from error
    _tell(done, which, person)
    return see_other(person_href(person_id))


def _tell(done: bool, which: str, person: KnownPerson) -> None:
    name = visible(person.name)
    if done:
        flash("ok", t(f"directory.{which}_done", name=name), t(f"directory.{which}_done_text"))
    else:
        flash("info", t(f"directory.{which}_already", name=name))


def _page(person: KnownPerson, which: str, trouble: Trouble | None = None) -> Response:
    return render(
        "people/switch.html",
        status(trouble),
        which=which,
        person=person,
        name=visible(person.name),
        sessions=len(open_of(person.id, size=COUNTED).sessions) if which == "off" else 0,
        back=person_href(person.id),
        reason=request.form.get("reason", ""),
        trouble=trouble,
    )
