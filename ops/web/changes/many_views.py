"""Changes of many rows: how far they are, what became of each row, pause, stop."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from ops import changes, work
from ops.changes import ChangeView, Stale, bulk
from ops.changes.heads import Head
from ops.db import Busy
from ops.policy import Forbidden, NotVisible, Permission
from ops.web.changes import deciding, many
from ops.web.changes.addressed import id_of
from ops.web.changes.page import page_of
from ops.web.changes.views import bp
from ops.web.gate import actor, database, needs, platform, signed_in, tx
from ops.web.page import flash, read_again, render, see_other
from ops.web.visible import marked
from ops.words import t


@bp.get("/<ref>/progress")
@needs(signed_in, polling=True)
def progress(ref: str) -> Answer:
    """The part of the page that changes by itself; once its state is another, all of the page is read again."""
    view, _ = _view(ref)
    if request.args.get("was") not in (None, view.change.state):
        return read_again(f"/changes/{view.reference}")
    return render("changes/many_progress.html", many=many.of(view, platform().catalog), view=view)


@bp.get("/<ref>/rows")
@needs(signed_in)
def rows(ref: str) -> Answer:
    """Its rows, a page at a time: all, or those that came to one result."""
    view, head = _view(ref)
    state, after = _state(), request.args.get("after", "0")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    return render(
        "changes/many_rows.html",
        many=many.of(view, platform().catalog),
        view=view,
        page=many.page_of_rows(view, head, state, place),
        state=state,
        place=place,
        marked=marked,
        link=many.row_link,
    )


@bp.get("/<ref>/rows.csv")
@needs(signed_in, limit="export")
def rows_file(ref: str) -> Answer:
    """The same as a file; that it was taken stands in the trail first (P35)."""
    view, head = _view(ref)
    state = _state()
    db = database()
    bulk.downloaded(db, actor(), view.operations[0].table, head, state)
    lines = many.file_of(db, platform().catalog, actor(), view, head, state)
    name = f"{view.reference}{'-' + state if state else ''}.csv"
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/<ref>/pause")
@needs(Permission.CHANGES_READ)
def pause(ref: str) -> Answer:
    """Let it rest after the rows that are being written now."""
    return _steered(ref, "many.paused", lambda one: bulk.pause(database(), platform().catalog, actor(), one))


@bp.post("/<ref>/resumption")
@needs(Permission.CHANGES_READ)
def resume(ref: str) -> Answer:
    """Let it go on."""
    return _steered(
        ref, "many.resumed", lambda one: bulk.go_on(database(), platform().catalog, actor(), one, ring=_ring)
    )


@bp.post("/<ref>/stop")
@needs(Permission.CHANGES_READ)
def stop(ref: str) -> Answer:
    """End it for good."""
    return _steered(ref, "many.stopped", lambda one: bulk.stop(database(), platform().catalog, actor(), one))


def _steered(ref: str, done: str, step: Callable[[int], object]) -> Answer:
    change_id = id_of(ref)
    try:
        step(change_id)
    except (Stale, Forbidden, Busy) as error:
        status, note = deciding.refusal(error, title=t("many.not_steered"))
        return page_of(change_id, status, note)
    flash("ok", t(done))
    return see_other(url_for("changes.show", ref=changes.reference(change_id)))


def _ring(work_id: object) -> None:
    work.dispatch(platform().redis, [str(work_id)])


def _state() -> str | None:
    state = request.args.get("state")
    return state if state in many.STATES else None


def _view(ref: str) -> tuple[ChangeView, Head]:
    """The change in the person's eyes. Raises NotVisible, also where it is of single rows."""
    view = changes.show(tx(), platform().catalog, actor(), id_of(ref))
    if view.head is None:
        raise NotVisible(ref)
    return view, view.head
