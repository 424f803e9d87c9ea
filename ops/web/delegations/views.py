"""The page of delegations: one form, and what is lent by me and to me."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as Answer

from ops.approvals import delegations
from ops.approvals.delegations import CannotDelegate
from ops.notices.moments import zone_of
from ops.policy import Permission, may
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, needs, signed_in, tx
from ops.web.page import flash, formats, render, see_other
from ops.web.trouble import Trouble, status
from ops.web.visible import marked, visible
from ops.words import t

bp = Blueprint("delegations", __name__, url_prefix="/delegations")
FIELDS = ("to", "starts", "ends", "reason")
STATES = {"now": "ok", "coming": "info", "over": "idle", "taken_back": "idle"}


@bp.get("/")
@needs(signed_in)
def index() -> Answer:
    """Who decides for me, and for whom I decide."""
    today = _today()
    week = {"starts": today.isoformat(), "ends": (today + timedelta(days=7)).isoformat()}
    return _page({**dict.fromkeys(FIELDS, ""), **week})


@bp.post("/")
@needs(Permission.CHANGES_DECIDE, limit="talk")
def give() -> Answer:
    """Lend my seats for the days that were typed."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        starts, ends = _days(typed)
        to = (
            int(typed["to"])
            if typed["to"].isascii() and typed["to"].isdigit() and len(typed["to"]) < 19
            else 0
        )
        with database().transaction() as writing:
            made = delegations.give(
                writing,
                actor(),
                to,
                _at(starts),
                _at(ends + timedelta(days=1)),
                typed["reason"],
                posted_form_token(),
            )
            name = next((one.to_name for one in delegations.given(writing, _me()) if one.id == made), "")
    except CannotDelegate as error:
        return _page(typed, Trouble(t("delegations.not_kept"), fields=error.fields))
    if made is None:
        flash("info", t("delegations.again"))
    else:
        said = {"from_day": formats().day(starts.isoformat()), "until_day": formats().day(ends.isoformat())}
        flash("ok", t("delegations.given", name=visible(name), **said), t("delegations.given_text"))
    return see_other(url_for("delegations.index"))


@bp.post("/<int:delegation_id>/end")
@needs(signed_in)
def end(delegation_id: int) -> Answer:
    """Take back what I lend, or give back what is lent to me."""
    with database().transaction() as writing:
        ended = delegations.end(writing, actor(), delegation_id)
    if ended:
        flash("ok", t("delegations.ended"), t("delegations.ended_text"))
    else:
        flash("info", t("delegations.over"))
    return see_other(url_for("delegations.index"))


def _page(typed: Mapping[str, str], trouble: Trouble | None = None) -> Answer:
    lends = may(actor(), Permission.CHANGES_DECIDE)
    others = delegations.people(tx(), _me()) if lends else []
    labels = {name: t(f"delegations.{name}") for name in FIELDS}
    errors = [(name, labels[name], text) for name, text in (trouble.fields if trouble else {}).items()]
    return render(
        "delegations/index.html",
        status(trouble),
        lends=lends,
        people=[
            (str(one.person_id), visible(one.name)) for one in others if may(one, Permission.CHANGES_DECIDE)
        ],
        given=delegations.given(tx(), _me()) if lends else [],
        taken=delegations.taken(tx(), _me()),
        typed=typed,
        trouble=trouble,
        errors=errors,
        token=new_form_token(),
        marked=marked,
        states=STATES,
        days=lambda one: (_day(one.starts_at), _day(one.ends_at - timedelta(seconds=1))),
        zone=actor().timezone,
    )


def _days(typed: Mapping[str, str]) -> tuple[date, date]:
    """The first day and the last. Raises CannotDelegate."""
    found: dict[str, date] = {}
    wrong: dict[str, str] = {}
    for name in ("starts", "ends"):
        try:
            found[name] = date.fromisoformat(typed[name])
        except ValueError:
            wrong[name] = t("delegations.day_needed")
    if not wrong and not all(2000 <= day.year <= 2200 for day in found.values()):
        wrong["ends"] = t("delegations.day_needed")
    if wrong:
        raise CannotDelegate(wrong)
    return found["starts"], found["ends"]


def _day(moment: datetime) -> str:
    return formats().day(moment.astimezone(_zone()).date().isoformat())


def _at(day: date) -> datetime:
    """When the day begins on the person's own clock."""
    return datetime.combine(day, time.min, _zone())


def _today() -> date:
    return datetime.now(_zone()).date()


def _zone() -> ZoneInfo:
    return zone_of(actor().timezone)


def _me() -> int:
    return cast(int, actor().person_id)
