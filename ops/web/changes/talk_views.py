"""Saying something about a change, and hanging files on it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, send_file, url_for
from werkzeug.wrappers import Response as Answer

from ops import changes
from ops.changes import Invalid, attachments, talk
from ops.changes.mentions import Mentions
from ops.policy import Forbidden
from ops.spool import SpoolError
from ops.web.changes import deciding, talking
from ops.web.changes.addressed import id_of
from ops.web.changes.deciding import Note
from ops.web.changes.page import page_of
from ops.web.changes.talking import Typed
from ops.web.changes.views import bp
from ops.web.declared import WITH_FILE
from ops.web.forms import posted_form_token
from ops.web.gate import actor, database, needs, platform, signed_in
from ops.web.page import SAME_FORM, flash, see_other
from ops.words import t


@bp.post("/<ref>/discussion")
@needs(signed_in, limit="talk")
def say(ref: str) -> Answer:
    """Say something; or, without scripts, look for a name and put it in."""
    change_id = id_of(ref)
    said = request.form.get(talk.FIELD, "").replace("\r\n", "\n")[: 2 * talk.LONGEST]
    if "find" in request.form:
        return _again(page_of(change_id, typed=talking.found_for(change_id, said)))
    if "take" in request.form:
        return _again(page_of(change_id, typed=talking.taken(said, request.form["take"][:200])))
    try:
        named = talk.say(database(), platform().catalog, actor(), change_id, said, token=posted_form_token())
    except Invalid as error:
        return page_of(
            change_id, 422, Note("bad", t("talk.not_said"), _all(error)), typed=_wrong(said, error)
        )
    _tell(named)
    return see_other(url_for("changes.show", ref=changes.reference(change_id)) + "#talk-form")


def _again(page: Response) -> Response:
    """The form asked for itself, with names: nothing was sent, so nothing moves and no address is kept."""
    page.headers.extend(SAME_FORM)
    return page


@bp.post("/<ref>/files")
@needs(signed_in, body=WITH_FILE, limit="talk")
def attach(ref: str) -> Answer:
    """Hang a file on the change."""
    change_id = id_of(ref)
    sent = request.files.get(attachments.FIELD)
    if sent is None or not sent.filename:
        wrong = {attachments.FIELD: t("files.none_sent")}
        note = Note("bad", t("files.not_kept"), wrong[attachments.FIELD])
        return page_of(change_id, 422, note, typed=Typed(wrong=wrong))
    name = sent.filename
    database()  # ends the request's reading: keeping the file opens transactions of its own
    try:
        attachments.attach(platform(), actor(), change_id, name, sent.stream, token=posted_form_token())
    except Invalid as error:
        return page_of(change_id, 422, Note("bad", t("files.not_kept"), _all(error)), typed=_wrong("", error))
    except Forbidden as error:
        code, note = deciding.refusal(error, title=t("files.not_kept"))
        return page_of(change_id, code, note)
    flash("ok", t("files.kept", name=attachments.name_of(name)))
    return see_other(url_for("changes.show", ref=changes.reference(change_id)) + "#files")


@bp.get("/<ref>/files/<uuid:file_id>")
@needs(signed_in, limit="download")
def file(ref: str, file_id: UUID) -> Answer:
    """The file, as a download whatever it is; that it was taken stands in the trail before its first byte leaves."""
    change_id = id_of(ref)
    database()
    try:
        found, stream = attachments.open_attachment(platform(), actor(), change_id, file_id)
    except SpoolError:
        flash("bad", t("files.lost"))
        return see_other(url_for("changes.show", ref=changes.reference(change_id)))
    answer: Response = send_file(
        stream, "application/octet-stream", as_attachment=True, download_name=found.name, conditional=False,
        etag=False,
    )  # fmt: skip
    answer.content_length = found.bytes
    answer.headers["Cache-Control"] = "no-store"  # what people judge by stays in no cache (P26)
    answer.call_on_close(stream.close)
    return answer


@bp.post("/<ref>/files/<uuid:file_id>/removal")
@needs(signed_in)
def detach(ref: str, file_id: UUID) -> Answer:
    """Take one's own file away."""
    change_id = id_of(ref)
    database()
    try:
        taken = attachments.detach(platform(), actor(), change_id, file_id)
    except Forbidden as error:
        code, note = deciding.refusal(error)
        return page_of(change_id, code, note)
    flash("ok" if taken else "info", t("files.taken" if taken else "files.taken_already"))
    return see_other(url_for("changes.show", ref=changes.reference(change_id)) + "#files")


def _tell(named: Mentions) -> None:
    told = ", ".join(one.name for one in named.people if one.person_id != actor().person_id)
    flash("ok", t("talk.done_named", names=told) if told else t("talk.done"))
    if named.unknown:
        flash("warn", t("talk.unknown", names=_named(named.unknown)))
    if named.several:
        flash("warn", t("talk.several", names=_named(named.several)))


def _named(words: tuple[str, ...]) -> str:
    return ", ".join(f"@{one}" for one in words[:10])


def _wrong(said: str, error: Invalid) -> Typed:
    return Typed(said, wrong=error.fields)


def _all(error: Invalid) -> str:
    return " ".join(error.fields.values()) or error.general or ""
