"""What the page of a change says of an emergency: whether it may be used, and the review of one that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops import policy
from ops.changes import ChangeView, emergency
from ops.changes.emergency import Review
from ops.changes.holding import matter_of
from ops.policy import Permission
from ops.web.changes.history import Happening
from ops.web.gate import actor, platform, tx
from ops.web.navigation import initials
from ops.web.role_words import in_turn
from ops.web.visible import visible
from ops.words import t


@dataclass(frozen=True, slots=True)
class Panel:
    """`may_use`: the person could apply it now. `review`: of one that was; `why_not`: they may not close it."""

    may_use: bool = False
    review: Review | None = None
    may_close: bool = False
    why_not: str | None = None


def of(view: ChangeView) -> Panel:
    """The panel; most pages and most people cost no statement."""
    me = actor()
    if view.change.state == "in_review":
        if not policy.may(me, Permission.CHANGES_EMERGENCY):
            return Panel()
        tables = [one.table for one in view.operations]
        many = view.head is not None
        return Panel(may_use=emergency.refusal(tx(), me, view.change.id, tables, many=many) is None)
    # An ordinary change is applied once every stage of it is closed.
    if view.change.state != "applied" or view.head or all(stage.closed for stage in view.stages):
        return Panel()
    review = emergency.of(tx(), view.change.id)
    if review is None or review.closed_at is not None:
        return Panel(review=review)
    matter = matter_of(tx(), platform().catalog, me, view.change.id)
    why = emergency.why_not_close(tx(), me, matter, review)
    # Who may close others' reviews, and who used the emergency, are told why this one is not theirs to close.
    tells = policy.may(me, Permission.CHANGES_DECIDE) or me.person_id == review.opened_by
    return Panel(review=review, may_close=why is None, why_not=why if tells else None)


def among(told: list[Happening], panel: Panel) -> Sequence[Happening]:
    """The change's story with the emergency and its review in their places; that it was applied is told once."""
    review = panel.review
    if review is None:
        return told
    did = t("emergency.did.applied", asked=visible(in_turn(review.asked)))
    used = Happening(
        review.opened_at, visible(review.opener), initials(review.opener), did, visible(review.reason)
    )
    by_itself = t("changes.did.applied")
    found = [*(one for one in told if one.person is not None or one.text != by_itself), used]
    if review.closed_at is not None and review.closer is not None:
        said = t(f"emergency.did.closed.{review.finding}")
        comment = visible(review.comment or "")
        found.append(
            Happening(review.closed_at, visible(review.closer), initials(review.closer), said, comment)
        )
    return sorted(found, key=lambda one: one.at)
