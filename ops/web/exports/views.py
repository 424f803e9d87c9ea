"""Ask for an export, watch it, cancel it, download it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort, request, send_file, url_for
from werkzeug.wrappers import Response as Answer

from ops import exports
from ops.exports import ExportError, Gone, NoSuchRun, Run
from ops.policy import Permission
from ops.web.exports.shown import ShownRun, list_address, shown
from ops.web.forms import posted_form_token
from ops.web.gate import actor, database, needs, platform, tx
from ops.web.page import flash, render, see_other
from ops.words import t

bp = Blueprint("exports", __name__, url_prefix="/exports")


@bp.get("/")
@needs(Permission.EXPORTS_RUN)
def index() -> Response:
    """The person's own exports, newest first."""
    runs = [shown(run, platform().catalog) for run in exports.mine(tx(), actor())]
    return render("exports/index.html", runs=runs, days=exports.KEPT_DAYS)


@bp.post("/")
@needs(Permission.EXPORTS_RUN, limit="export")
def create() -> Answer:
    """Ask for the list that the form names; the same form sent again leads to the same export."""
    table, list_ = request.form.get("table", ""), request.form.get("list", "")
    try:
        keys = request.form.getlist("k")
        run_id = exports.request(platform(), actor(), table, list_, posted_form_token(), keys)
    except ExportError as error:
        flash("bad", t("exports.not_done"), str(error))
        return see_other(list_address(platform().catalog.table(table), list_))
    return see_other(url_for("exports.show", run_id=run_id))


@bp.get("/<uuid:run_id>")
@needs(Permission.EXPORTS_RUN)
def show(run_id: UUID) -> Response:
    """One export: how far it is, then its file."""
    return render("exports/show.html", run=_shown(run_id), days=exports.KEPT_DAYS)


@bp.get("/<uuid:run_id>/progress")
@needs(Permission.EXPORTS_RUN, polling=True)
def progress(run_id: UUID) -> Response:
    """The part of the page that changes by itself."""
    return render("exports/progress.html", run=_shown(run_id), days=exports.KEPT_DAYS)


@bp.post("/<uuid:run_id>/cancellation")
@needs(Permission.EXPORTS_RUN)
def cancel(run_id: UUID) -> Answer:
    """End an export that is waiting or under way."""
    try:
        cancelled = exports.cancel(platform(), actor(), run_id)
    except NoSuchRun:
        abort(404)
    if cancelled:
        flash("ok", t("exports.cancelled"), t("exports.cancelled_body"))
    else:
        flash("info", t("exports.too_late"))
    return see_other(url_for("exports.show", run_id=run_id))


@bp.get("/<uuid:run_id>/file")
@needs(Permission.EXPORTS_RUN, limit="download")
def download(run_id: UUID) -> Answer:
    """The file; that it was downloaded stands in the trail before its first byte leaves."""
    database()  # ends the request's reading: the event needs a transaction of its own
    try:
        found = exports.open_file(platform(), actor(), run_id)
    except NoSuchRun:
        abort(404)
    except Gone as error:
        flash("bad", str(error))
        return see_other(url_for("exports.show", run_id=run_id))
    # Werkzeug writes the name by RFC 6266; no ranges, for every download is an event of its own.
    response = send_file(
        found.file, "text/csv", as_attachment=True, download_name=found.name, conditional=False, etag=False
    )
    response.content_length = found.bytes
    response.headers["Cache-Control"] = "no-store"  # the company's rows stay in no cache (P26)
    response.call_on_close(found.file.close)
    return response


def _shown(run_id: UUID) -> ShownRun:
    try:
        run: Run = exports.show(tx(), actor(), run_id)
    except NoSuchRun:
        abort(404)
    return shown(run, platform().catalog)
