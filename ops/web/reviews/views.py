"""The list of reviews, starting one, and one review with its lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from ops import reviews
from ops.policy import NotVisible, Permission, may
from ops.reviews import NoSuchReview, Refused, Review
from ops.web.forms import new_form_token
from ops.web.gate import actor, database, needs, tx
from ops.web.navigation import initials
from ops.web.page import render, see_other
from ops.web.role_words import role_label
from ops.web.trouble import Trouble, headers, status
from ops.words import t

bp = Blueprint("reviews", __name__, url_prefix="/people")


@bp.get("/reviews/")
@needs(Permission.PEOPLE_READ)
def index() -> Response:
    """Every review, newest first, and the form that starts one."""
    return listed({})


@bp.post("/reviews/")
@needs(Permission.PEOPLE_REVIEW)
def start() -> Answer:
    """Freeze who held what on the day that was chosen."""
    try:
        at = _moment(request.form.get("as_of", ""))
    except (ValueError, OverflowError):
        return listed({"as_of": t("reviews.no_date")})
    try:
        with database().transaction() as writing:
            number = reviews.start(
                writing, actor(), as_of=at, note=request.form.get("note", "").replace("\x00", "")
            )
    except Refused as error:
        return listed({"as_of": str(error)})
    return see_other(f"/people/reviews/{number}")


@bp.get("/reviews/<int:number>")
@needs(Permission.PEOPLE_READ)
def show(number: int) -> Response:
    """One review: its lines by person, those not judged first to be chosen."""
    return shown(number)


def listed(errors: Mapping[str, str]) -> Response:
    """The list, with what was typed and what was wrong with it."""
    before = request.args.get("before", "")
    found = reviews.latest(
        tx(), before=int(before) if before.isascii() and before.isdigit() else None, limit=51
    )
    return render(
        "reviews/index.html",
        422 if errors else 200,
        found=found[:50],
        older=f"/people/reviews/?before={found[49].id}" if len(found) > 50 else None,
        errors=errors,
        typed={name: request.form.get(name, "") for name in ("as_of", "note")},
        today=datetime.now(ZoneInfo(actor().timezone)).date().isoformat(),
        may_review=may(actor(), Permission.PEOPLE_REVIEW),
    )


def shown(number: int, trouble: Trouble | None = None, typed: Mapping[str, str] | None = None) -> Response:
    """One review's page; `typed` are the posted verdicts and comments, shown again after trouble."""
    review = known(number)
    after = request.args.get("after", "")
    only_open = request.args.get("open") == "1"
    page = reviews.lines(
        tx(), number, after=int(after) if after.isascii() and after.isdigit() else None, only_open=only_open
    )
    kept = "open=1&" if only_open else ""
    return render(
        "reviews/show.html",
        status(trouble),
        headers(trouble),
        review=review,
        people=[
            (key, list(lines))
            for key, lines in groupby(page.lines, lambda line: (line.person_id, line.person))
        ],
        only_open=only_open,
        next=f"/people/reviews/{number}?{kept}after={page.next}" if page.next else None,
        first=f"/people/reviews/{number}{'?open=1' if only_open else ''}" if after else None,
        here=f"/people/reviews/{number}?{kept}after={after}" if after else f"/people/reviews/{number}?{kept}",
        removals=reviews.removals(tx(), number) if review.signed_at else [],
        role_label=role_label,
        may_review=may(actor(), Permission.PEOPLE_REVIEW) and review.signed_at is None,
        may_take=may(actor(), Permission.PEOPLE_EDIT),
        me=actor().person_id,
        initials=initials,
        form_token=new_form_token(),
        trouble=trouble,
        typed=typed or {},
    )


def known(number: int) -> Review:
    """The review of the address. Raises NotVisible, which is answered as 404."""
    try:
        return reviews.one(tx(), number)
    except NoSuchReview:
        raise NotVisible(str(number)) from None


def _moment(text: str) -> datetime | None:
    """None, which is now, for today; the end of the day for another. Raises ValueError, OverflowError."""
    zone = ZoneInfo(actor().timezone)
    day = date.fromisoformat(text.strip())
    if day == datetime.now(zone).date():
        return None
    return datetime.combine(day + timedelta(days=1), time(), zone)
