"""The page of one change, fresh from the door: asked for, or shown again after something was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from weakref import WeakKeyDictionary

from flask import Response, current_app, g

from ops import changes, drafts, policy
from ops.approvals import seen
from ops.db import Busy, Database, Unavailable
from ops.drafts import Draft
from ops.policy import Permission
from ops.web.change_states import cut_short
from ops.web.changes import again, beside, earlier, emergency, many, talking
from ops.web.changes.deciding import Asked, Note
from ops.web.changes.history import Happening, happenings
from ops.web.changes.references import titles_of
from ops.web.changes.rehearsal import rehearsal_of
from ops.web.changes.shown import shown
from ops.web.forms import new_form_token
from ops.web.gate import actor, database, platform, tx
from ops.web.navigation import initials
from ops.web.page import render
from ops.web.role_words import role_words
from ops.web.visible import marked, visible

# The first look counts and is written once: of later ones a process knows that without asking.
_known: WeakKeyDictionary[Database, dict[tuple[int, int, int], None]] = WeakKeyDictionary()
_MOST_KNOWN = 10_000


def _lapses(view: changes.ChangeView) -> datetime | None:
    house = view.change.state == "in_review" and all(one.table.house for one in view.operations)
    return changes.lapses_at(tx(), view.change.id) if house else None


@dataclass(frozen=True, slots=True)
class _Undo:
    """Whether a change can be undone, and the reference of the one that did or would."""

    may: bool = False
    by: str | None = None


def _undo(view: changes.ChangeView) -> _Undo:
    """Looked at where it is worth it alone."""
    worth = view.change.state == "applied" and view.head is None
    if not (worth and policy.may(actor(), Permission.CHANGES_PROPOSE)):
        return _Undo()
    found = changes.undoing(tx(), platform().catalog, actor(), view.change.id)
    return _Undo(found.why_not is None, changes.reference(found.by) if found.by is not None else None)


def _happenings(view: changes.ChangeView, passed: emergency.Panel) -> Sequence[Happening]:
    """What happened to the change itself, revisions that are no more and an emergency's review among it."""
    before = changes.superseded(tx(), view.change.id) if view.change.revision > 1 else ()
    return emergency.among(happenings(view, before), passed)


def _walks(view: changes.ChangeView) -> bool:
    """Whether the person goes through what waits for them: this does, or they have just had their say on it.

    They came from there then, and the rail says so as the way back does.
    """
    said = any(one.person_id == actor().person_id for one in view.decisions)
    walks = view.may_decide or (said and policy.may(actor(), Permission.CHANGES_DECIDE))
    if walks:
        g.stands_under = "/approvals/"
    return walks


def _draft(view: changes.ChangeView) -> Draft | None:
    """The comment that was typed and not sent: never a verdict, which is given on what is on the screen now."""
    person = actor().person_id
    if not view.may_decide or person is None:
        return None
    found = drafts.find(tx(), person, f"/changes/{view.reference}/decision")
    return found if found and dict(found.fields).get("comment") else None


def page_of(
    change_id: int,
    status: int = 200,
    note: Note | None = None,
    asked: Asked | None = None,
    typed: talking.Typed | None = None,
) -> Response:
    """Render the change as it is now; what was typed into the decision (`asked`), or into what hangs on it, is kept.

    Raises NotVisible, which is answered as 404.
    """
    me = actor()
    catalog = platform().catalog
    view = changes.show(tx(), catalog, me, change_id)
    draft = _draft(view) if asked is None else None
    passed = emergency.of(view)
    answer = render(
        "changes/show.html",
        status,
        view=view,
        shown=shown(view, titles_of(tx(), catalog, me, view), catalog),
        many=many.of(view, catalog),
        link=many.row_link,
        lapses_at=_lapses(view),
        rehearsal=rehearsal_of(view),
        beside=beside.of(view),
        earlier=earlier.of(view, catalog),
        talk=talking.of(view, typed),
        initials=initials,
        happenings=_happenings(view, passed),
        emergency=passed,
        me=me,
        note=note,
        draft=draft,
        comment=asked.comment if asked else dict(draft.fields).get("comment", "") if draft else "",
        comment_error=note.field if note else None,
        marked=marked,
        plain=visible,
        role_words=role_words,
        walks=_walks(view),
        tell_why=policy.may(me, Permission.CHANGES_DECIDE) or view.change.proposer_id == me.person_id,
        may_reveal=policy.may(me, Permission.RECORDS_REVEAL),
        trail=policy.may(me, Permission.TRAIL_READ),
        form_token=new_form_token(),
        undo=_undo(view),
        again=again.of(view, stopped=cut_short(view) is not None),
    )
    if view.may_decide:
        _seen(view)
    return answer


def _seen(view: changes.ChangeView) -> None:
    """Remember that who could decide had it on the screen. A page is not kept back where that cannot be written."""
    person = cast(int, actor().person_id)
    known = _known.setdefault(platform().db, {})
    look = (view.change.id, view.change.revision, person)
    if look in known:
        return
    try:
        with database().transaction() as writing:
            seen.note(writing, *look)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[look] = None
    except (Unavailable, Busy):
        current_app.logger.warning("%s: not written down that it was opened", view.reference)
