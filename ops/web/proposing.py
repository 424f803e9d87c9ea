"""Sending a change of rights or rules to the door, and what is said of each way it can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import changes
from ops.changes import Conflict, Invalid, Operation, Outcome
from ops.db import Busy, Unavailable
from ops.policy import Forbidden, NotVisible
from ops.web.addresses import change_href
from ops.web.forms import posted_form_token
from ops.web.gate import actor, database, platform
from ops.web.page import flash, see_other
from ops.web.trouble import Trouble
from ops.words import t

LONGEST = 4000  # signs of a reason


Again = Callable[[Trouble], Response]


def reason() -> str:
    """The posted reason, line ends as people typed them."""
    return request.form.get("reason", "").replace("\r\n", "\n").strip()[:LONGEST]


def invalid(fields: Mapping[str, str], general: str | None = None) -> Trouble:
    """The trouble of fields that need somebody."""
    if not fields:
        return Trouble(general or t("rights.nothing_changed"), t("rights.kept"))
    title = t("rights.not_sent") if len(fields) == 1 else t("rights.not_sent.more", count=len(fields))
    return Trouble(title, " ".join(filter(None, (general, t("rights.kept")))), fields=fields)


def form_sent(
    trouble: Trouble | None, operation: Callable[[], Operation], again: Again, *, unchanged: str, title: str
) -> Answer:
    """Send what a form asks for; where the form itself sees `trouble`, show it again and ask nothing."""
    return again(trouble) if trouble else sent([operation()], again, unchanged=unchanged, title=title)


def sent(
    operations: Sequence[Operation], again: Again, *, unchanged: str, title: str = "", why: str | None = None
) -> Answer:
    """Take the operations to the door and lead to the change; `again` shows the form with what was typed.

    `unchanged` is where one goes if nothing was changed. A reason is asked for, unless `why` is one already:
    whoever decides reads it.
    """
    if not changes.changed(operations):
        flash("info", t("rights.nothing_changed"))
        return see_other(unchanged)
    why = why or reason()
    if not why:
        return again(invalid({"reason": t("rights.reason_needed")}))
    try:
        outcome = changes.propose(
            database(), platform().catalog, actor(), operations,
            title=title[:200], reason=why, source="rules", token=posted_form_token(),
        )  # fmt: skip
    except (Invalid, Conflict, Forbidden, Busy, Unavailable) as error:
        return again(trouble_of(error))
    tell(outcome)
    return see_other(change_href(outcome.reference))


def trouble_of(error: Exception) -> Trouble:
    """What the door's no means for the form."""
    if isinstance(error, Invalid):
        return invalid(error.fields, error.general)
    if isinstance(error, Forbidden):
        return Trouble(t("rights.refused"), f"{error} {t('rights.kept')}", 403)
    if isinstance(error, Conflict | NotVisible):
        gone = isinstance(error, NotVisible) or error.row_gone
        return Trouble(t("rights.gone" if gone else "rights.moved"), t("rights.moved_text"), 409, "warn")
    return Trouble.away(error)


def tell(outcome: Outcome) -> None:
    """Say on the next page what became of it."""
    reference = outcome.reference
    if outcome.state == "in_review":
        with database().reading() as tx:
            alone = changes.lapses_at(tx, outcome.change_id) is not None
        kind = "alone" if alone else "asked"
        flash("info", t(f"rights.{kind}", reference=reference), t(f"rights.{kind}_text"))
    elif outcome.state == "applied":
        flash("ok", t("rights.done", reference=reference))
    else:
        flash("warn", t("records.asked", reference=reference), outcome.failure)


def listed(name: str) -> list[str]:
    """All posted values of a name."""
    return request.form.getlist(name)
