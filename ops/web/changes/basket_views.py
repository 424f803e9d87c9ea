"""The basket: what is collected, beside what is there now; take out, send in, discard."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ops.changes import Conflict, Invalid, Outcome, Stale, basket
from ops.changes.times import FIELD
from ops.db import Busy, Unavailable
from ops.policy import Forbidden, NotVisible, Permission
from ops.web import moments
from ops.web.addresses import change_href
from ops.web.changes import basket_page
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, needs, platform, signed_in, tx
from ops.web.page import flash, render, see_other
from ops.web.proposing import LONGEST
from ops.web.trouble import Trouble, headers, status
from ops.words import t

bp = Blueprint("basket", __name__, url_prefix="/basket")


@bp.get("/")
@needs(signed_in)
def index() -> Response:
    """What the person has collected."""
    return _page(new_form_token())


@bp.post("/")
@needs(Permission.CHANGES_PROPOSE)
def submit() -> Answer:
    """Send all of it in as one change."""
    token = posted_form_token()
    try:
        outcome = basket.submit(
            database(), platform().catalog, actor(),
            stamp=request.form.get("stamp", ""), reason=_reason(), title=request.form.get("title", "").strip()[:200],
            token=token, apply_at=moments.chosen(request.form, actor().timezone),
        )  # fmt: skip
    except Stale as error:
        return _page(token, Trouble(error.text, t("basket.kept"), 409, "warn"))
    except Invalid as error:
        trouble = Trouble(t("basket.not_sent"), error.general or t("basket.kept"), fields=error.fields)
        return _page(token, trouble, None if moments_alone(error) else error.position)
    except Conflict as error:
        title = t("basket.gone" if error.row_gone else "basket.moved")
        return _page(token, Trouble(title, t("basket.moved_text"), 409, "warn"), error.position)
    except (Forbidden, NotVisible) as error:
        text = str(error) if isinstance(error, Forbidden) else t("basket.unseen")
        return _page(token, Trouble(t("basket.not_sent"), text, 403))
    except (Busy, Unavailable) as error:
        return _page(token, Trouble.away(error))
    _tell(outcome)
    return see_other(change_href(outcome.reference))


@bp.post("/<int:row_id>/removal")
@needs(signed_in)
def remove(row_id: int) -> Answer:
    """Take one row out."""
    removed = basket.remove(database(), actor(), min(row_id, 2**63 - 1))
    flash(
        "ok" if removed else "info", t("basket.removed" if removed else "basket.gone_already", count=removed)
    )
    return see_other(url_for("basket.index"))


@bp.post("/discard")
@needs(signed_in)
def discard() -> Answer:
    """Empty it."""
    flash("ok", t("basket.discarded" if basket.discard(database(), actor()) else "basket.nothing"))
    return see_other(url_for("basket.index"))


def moments_alone(error: Invalid) -> bool:
    """Whether it was only about the moment to apply it at."""
    return bool(error.fields) and set(error.fields) == {FIELD}


def _reason() -> str:
    return request.form.get("reason", "").replace("\r\n", "\n").strip()[:LONGEST]


def _page(token: str, trouble: Trouble | None = None, at: int | None = None) -> Response:
    catalog, me = platform().catalog, actor()
    if trouble is not None and trouble.status == 503:
        page = basket_page.unread(trouble)
    else:
        page = basket_page.page(tx(), catalog, me, basket.basket_of(tx(), catalog, me), trouble, at)
    typed = request.form.get(moments.APPLY_AT, "")[:40]
    return render(
        "changes/basket.html", status(trouble), headers(trouble), page=page, form_token=token,
        reason=_reason() or page.reason, title=request.form.get("title", "")[:200],
        later=moments.later(typed, me.timezone, trouble.fields if trouble else None),
    )  # fmt: skip


def _tell(outcome: Outcome) -> None:
    reference = outcome.reference
    if outcome.state == "applied":
        flash("ok", t("basket.done.applied", reference=reference))
    elif outcome.state in ("in_review", "approved"):
        waits = "changes.waits_for_people" if outcome.state == "in_review" else "changes.waits_for_time"
        flash("info", t("basket.done.asked", reference=reference), t(waits))
    else:
        flash("warn", t("changes.stopped_again", reference=reference), outcome.failure)
