"""A decision as the form brings it, and what the page says about what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from ops.changes import Invalid, Outcome, Stale
from ops.db import Busy
from ops.policy import Forbidden
from ops.web.page import flash
from ops.web.said import say
from ops.words import t

Verdict = Literal["approve", "reject", "send_back"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form said; `verdict` is None where no button was pressed."""

    verdict: Verdict | None
    digest: str
    comment: str


@dataclass(frozen=True, slots=True)
class Note:
    """What stands at the head of the page shown again; `field` is the sentence beside the comment."""

    tone: str
    title: str
    text: str
    field: str | None = None


def asked(form: Mapping[str, str]) -> Asked:
    """Read the form; line ends as people typed them."""
    verdict = form.get("verdict")
    comment = form.get("comment", "").replace("\r\n", "\n").strip()
    given = cast(Verdict, verdict) if verdict in ("approve", "reject", "send_back") else None
    return Asked(given, form.get("digest", ""), comment)


def refusal(error: Exception, title: str | None = None) -> tuple[int, Note]:
    """The status and the note for a decision or withdrawal that the door did not take."""
    if isinstance(error, Invalid):
        beside = error.fields.get("comment")
        return 422, Note("bad", title or t("changes.not_decided"), error.general or "", beside)
    if isinstance(error, Stale):
        key = "changes.stale" if error.state == "in_review" else "changes.refused"
        return 409, Note("warn", title or t(key), error.text)
    if isinstance(error, Forbidden):
        return 403, Note("bad", title or t("changes.refused"), str(error))
    if isinstance(error, Busy):
        return 503, Note("warn", title or t("changes.not_decided"), t("changes.busy"))
    raise error


def tell(outcome: Outcome) -> None:
    """Say on the next page what became of the decision."""
    reference = outcome.reference
    if outcome.state == "applied" and outcome.failure:
        flash("ok", t("changes.done.cut_short", reference=reference), outcome.failure)
    elif outcome.state == "in_review":
        say("ok", "changes.done.in_review", "changes.done.in_review_text", reference=reference)
    elif outcome.state in ("rejected", "sent_back", "approved"):
        done = f"changes.done.{outcome.state}"
        say("ok", done, f"{done}_text", reference=reference)
    elif outcome.state == "applied":
        say("ok", "changes.done.applied", reference=reference)
    elif outcome.state in ("conflicted", "failed"):
        say("warn", "changes.done.stopped", reference=reference)
