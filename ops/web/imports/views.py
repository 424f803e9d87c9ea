"""Bring a file, say how it is read, ask for its dry run, look at it, propose it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, abort, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as Answer

from ops import exports, imports
from ops.changes import Invalid
from ops.db import Busy, Unavailable
from ops.imports import ImportRefused, NoSuchImport, Unfit
from ops.policy import Permission, View, may
from ops.web import moments
from ops.web import trouble as troubles
from ops.web.addresses import change_href
from ops.web.declared import UPLOAD
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, needs, platform, tx
from ops.web.imports import pages, posted
from ops.web.imports.shown import ShownRun, shown
from ops.web.page import flash, render, see_other
from ops.web.trouble import Trouble
from ops.web.visible import marked
from ops.words import t

bp = Blueprint("imports", __name__, url_prefix="/imports")
# A plain number keeps its sign: it is one to a spreadsheet too, and is brought back as it is.
_NUMBER = re.compile(r"[+-]?[\d.,' ]*\d", re.ASCII)


@bp.record
def _offered(state: BlueprintSetupState) -> None:
    """Lists ask whether they shall offer an import."""
    state.app.jinja_env.globals["may_import"] = may_import


def may_import(seen: View) -> bool:
    """Whether the person of this view may bring a file into its table."""
    table = seen.table
    able = table.writable and not table.house and (seen.may("create") or seen.may("edit"))
    return able and may(seen.actor, Permission.IMPORTS_RUN)


@bp.get("/")
@needs(Permission.IMPORTS_RUN)
def index() -> Response:
    """The person's own imports, newest first."""
    runs = [shown(run, platform().catalog) for run in imports.mine(tx(), actor())]
    return render("imports/index.html", runs=runs, days=imports.KEPT_DAYS, marked=marked)


@bp.get("/new")
@needs(Permission.IMPORTS_RUN)
def new() -> Response:
    """The form that brings a file into a table."""
    return _new(request.args.get("table", ""))


@bp.post("/")
@needs(Permission.IMPORTS_RUN, limit="import", body=UPLOAD)
def upload() -> Answer:
    """Take the file in; the same form sent again leads to the same import."""
    ref, file = request.form.get("table", ""), request.files.get("file")
    try:
        if file is None or not file.filename:
            platform().catalog.table(ref)
            raise ImportRefused(t("imports.no_file"))
        stream = cast(BinaryIO, file.stream)
        run_id = imports.upload(platform(), actor(), ref, file.filename, stream, posted_form_token())
    except ImportRefused as error:
        return _new(ref, str(error))
    flash("ok", t("imports.uploaded", name=file.filename[:120]), t("imports.uploaded_body"))
    return see_other(url_for("imports.show", run_id=run_id))


@bp.get("/<uuid:run_id>")
@needs(Permission.IMPORTS_RUN)
def show(run_id: UUID) -> Response:
    """One import: its choices, its progress, what it would do, what became of it."""
    return _page(pages.mine(run_id))


@bp.get("/<uuid:run_id>/progress")
@needs(Permission.IMPORTS_RUN, polling=True)
def progress(run_id: UUID) -> Response:
    """The part of the page that changes by itself."""
    return render("imports/progress.html", one=pages.mine(run_id))


@bp.post("/<uuid:run_id>/reading")
@needs(Permission.IMPORTS_RUN, limit="import")
def read_as(run_id: UUID) -> Answer:
    """Read the file in another way, and show its first rows again."""
    one = pages.mine(run_id)
    database()
    try:
        imports.read_as(platform(), actor(), run_id, posted.reading(request.form, one.run.plan.reading))
    except ImportRefused as error:
        flash("bad", str(error))
    return see_other(url_for("imports.show", run_id=run_id, choices=1))


@bp.post("/<uuid:run_id>/check")
@needs(Permission.IMPORTS_RUN, limit="import")
def check(run_id: UUID) -> Answer:
    """Ask for the dry run."""
    one = pages.mine(run_id)
    seen = pages.view_of(one)
    plan = posted.plan(request.form, one.run.plan, seen)
    database()
    try:
        imports.check(platform(), actor(), run_id, plan)
    except Unfit as error:
        title = t(
            "imports.not_checked.more" if len(error.fields) > 1 else "imports.not_checked",
            count=len(error.fields),
        )
        return _page(
            one, plan=error.plan or plan, trouble=Trouble(title, t("imports.kept"), fields=error.fields)
        )
    except ImportRefused as error:
        flash("bad", str(error))
    return see_other(url_for("imports.show", run_id=run_id))


@bp.post("/<uuid:run_id>/cancellation")
@needs(Permission.IMPORTS_RUN)
def cancel(run_id: UUID) -> Answer:
    """End a dry run that is waiting or under way."""
    if _done(imports.cancel, run_id):
        flash("ok", t("imports.cancelled"), t("imports.cancelled_body"))
    else:
        flash("info", t("imports.too_late"))
    return see_other(url_for("imports.show", run_id=run_id))


@bp.post("/<uuid:run_id>/deletion")
@needs(Permission.IMPORTS_RUN)
def discard(run_id: UUID) -> Answer:
    """Delete the file now."""
    if not _done(imports.discard, run_id):
        flash("bad", t("imports.busy"))
        return see_other(url_for("imports.show", run_id=run_id))
    flash("ok", t("imports.discarded"))
    return see_other(url_for("imports.index"))


@bp.post("/<uuid:run_id>/proposal")
@needs(Permission.IMPORTS_RUN)
def propose(run_id: UUID) -> Answer:
    """Make one change set of its rows, and lead to it."""
    one = pages.mine(run_id)
    why = request.form.get("reason", "").replace("\r\n", "\n").strip()
    how = request.form.get("how", "chunks")
    database()
    try:
        at = moments.chosen(request.form, actor().timezone)
        made = imports.propose(
            platform(), actor(), run_id, reason=why, mode=how, token=posted_form_token(), apply_at=at
        )
    except (Unfit, Invalid) as error:
        return _page(
            one,
            trouble=Trouble(t("imports.not_proposed"), t("imports.kept"), fields=error.fields),
            reason=why,
        )
    except ImportRefused as error:
        return _page(one, trouble=Trouble(t("imports.not_proposed"), str(error)), reason=why)
    except (Busy, Unavailable) as error:
        return _page(one, trouble=Trouble.away(error), reason=why)
    return see_other(change_href(made.reference))


@bp.get("/<uuid:run_id>/bad-rows.csv")
@needs(Permission.IMPORTS_RUN, limit="download")
def bad_rows(run_id: UUID) -> Answer:
    """The bad rows with their reasons; that they were downloaded stands in the trail before the first byte leaves."""
    database()
    try:
        run, rows = imports.bad_rows(platform(), actor(), run_id)
    except NoSuchImport:
        abort(404)
    except ImportRefused as error:
        flash("bad", str(error))
        return see_other(url_for("imports.show", run_id=run_id))
    response = Response(_csv(rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"bad-rows-{run.id.hex[:8]}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _done(what: object, run_id: UUID) -> bool:
    assert callable(what)
    try:
        return bool(what(platform(), actor(), run_id))
    except NoSuchImport:
        abort(404)


def _new(ref: str, problem: str | None = None) -> Response:
    table = platform().catalog.table(ref)
    seen = imports.importable(platform(), actor(), table)
    most = platform().settings.import_bytes // 1024**2
    return render(
        "imports/new.html", 422 if problem else 200, table=seen.table, problem=problem, megabytes=f"{most:,}",
        rows=f"{imports.MOST_ROWS:,}", token=new_form_token(),
    )  # fmt: skip


def _page(
    one: ShownRun, *, plan: imports.Plan | None = None, trouble: Trouble | None = None, reason: str = ""
) -> Response:
    seen = pages.view_of(one) if one.table is not None else None
    run = one.run
    result = pages.result(one, seen) if run.state in ("checked", "proposed") and run.file and seen else None
    asked = plan is not None or run.state != "checked" or "choices" in request.args
    form = pages.choices(one, seen, plan=plan, trouble=trouble) if run.open and asked and seen else None
    return render(
        "imports/show.html", troubles.status(trouble), headers=troubles.headers(trouble), one=one, result=result,
        form=form, trouble=trouble, reason=reason, days=imports.KEPT_DAYS, token=new_form_token(),
        whole_fits=imports.whole_fits(run), marked=marked,
        later=moments.later(
            request.form.get(moments.APPLY_AT, "")[:40], actor().timezone, trouble.fields if trouble else None
        ),
    )  # fmt: skip


def _csv(rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """RFC 4180 in UTF-8, with a mark so that Excel sees it; formulas made harmless (P22)."""
    yield "\ufeff"
    text = io.StringIO()
    writer = csv.writer(text)
    for number, row in enumerate(rows, 1):
        writer.writerow([cell if _NUMBER.fullmatch(cell) else exports.neutral_text(cell) for cell in row])
        if number % 500 == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()
