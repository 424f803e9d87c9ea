"""Whether a change that came to nothing can be asked for again from its page, and if not, what can be done instead."""

from __future__ import annotations

from dataclasses import dataclass

from ops import policy
from ops.changes import ChangeView, OperationView
from ops.policy import NotVisible, Permission
from ops.web.addresses import list_href, row_href
from ops.web.gate import actor, platform
from ops.words import t

_VERBS = {"create": "create", "update": "edit", "delete": "delete"}
_ENDED = frozenset({"rejected", "withdrawn", "expired"})


@dataclass(frozen=True, slots=True)
class Again:
    """`href`: the form, filled in. `why_not`: why there is none, with what to do; neither for who may not propose."""

    href: str | None = None
    why_not: str | None = None


NOTHING = Again()


def of(view: ChangeView, *, stopped: bool) -> Again:
    """For a change that was rejected, withdrawn, expired or stopped half way. No statement."""
    if not (view.change.state in _ENDED or stopped) or not view.operations:
        return NOTHING
    one = view.operations[0]
    if one.table.house or not _may(one):
        return NOTHING
    if view.head is not None:
        return Again(why_not=t("changes.again.many"))
    if view.act is not None:
        return Again(why_not=t("changes.again.action"))
    if len(view.operations) > 1:
        return Again(why_not=t("changes.again.several"))
    if one.kind == "create":
        return Again(f"{list_href(one.table)}new?again={view.reference}")
    if one.key is None or one.title is None:
        return Again(why_not=t("changes.again.gone"))
    under = "edit" if one.kind == "update" else "delete"
    return Again(f"{row_href(one.table, one.key)}/{under}?again={view.reference}")


def _may(one: OperationView) -> bool:
    if not policy.may(actor(), Permission.CHANGES_PROPOSE):
        return False
    try:
        return policy.view(actor(), one.table, platform().catalog).may(_VERBS[one.kind])
    except NotVisible:
        return False
