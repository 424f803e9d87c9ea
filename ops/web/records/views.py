"""Lists, records and their forms: every address under /tables/<table>/ but the overview."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from werkzeug.wrappers import Response as Answer

from ops import policy
from ops.catalog import UnknownTable, key_text
from ops.policy import Permission, View
from ops.web import recent
from ops.web.declared import RECORD, WITH_FILE
from ops.web.forms import new_form_token
from ops.web.gate import (
    FRESH_SECONDS,
    SAFE_METHODS,
    WHILE_TYPING,
    actor,
    fresh,
    needs,
    platform,
    to_sign_in,
    wants_part,
)
from ops.web.page import part, render, see_other
from ops.web.records import (
    again,
    choices,
    deleting,
    files,
    filters_asked,
    filters_opened,
    happened,
    inline,
    listing,
    noting,
    presence,
    raw,
    restoring,
    revealing,
    saving,
    showing,
)
from ops.web.records.addresses import record_href
from ops.words import t

bp = Blueprint("records", __name__, url_prefix="/tables/<table>")
_WRITING = frozenset(
    f"records.{name}"
    for name in ("new", "create", "edit", "update", "cell", "save_cell", "confirm_delete", "delete")
)


@bp.before_request
def proved_lately() -> Response | None:
    """Rights and rules are changed by who proved lately who they are, whichever form is used (P11)."""
    if request.endpoint not in _WRITING or not _is_house((request.view_args or {}).get("table", "")):
        return None
    seconds = FRESH_SECONDS if request.method in SAFE_METHODS else WHILE_TYPING
    return None if fresh(seconds) else to_sign_in("/sign-in/again")


@bp.get("/")
@needs(Permission.RECORDS_READ)
def index(table: str) -> Answer:
    """The list."""
    seen = _seen(table)
    added = filters_asked.applied(seen)
    if isinstance(added, str):
        return see_other(added)
    if added is not None:
        return render("records/filter.html", 422, panel=added, part=False)
    page = listing.read(seen)
    noting.list_shown(seen, page.state, page.page.rows.keys)
    return render("records/list.html", 422 if page.problems else 200, list=page, token=new_form_token())


@bp.get("/filter")
@needs(Permission.RECORDS_READ)
def filter_panel(table: str) -> Answer:
    """The panel in which a filter is built: a page, or a fragment for the list."""
    panel = filters_opened.opened_panel(_seen(table))
    return render("records/filter.html", panel=panel, part=wants_part() and "panel" in request.args)


@bp.get("/pick")
@needs(Permission.RECORDS_READ)
def pick(table: str) -> Answer:
    """Suggestions for a foreign key's field, as a fragment."""
    seen = _seen(table)
    found = choices.suggestions(seen, request.args.get("q", ""), request.args.get("by"))
    keys = [key_text(offer.values) for offer in found]
    noting.list_shown(seen, request.query_string.decode("utf-8", "replace"), keys)
    if wants_part():
        answer = part("records/_options.html", table=seen.table, options=found, parts=choices.parts)
        return make_response(answer)
    return render("records/pick.html", table=seen.table, options=found, parts=choices.parts)


@bp.get("/new")
@needs(Permission.RECORDS_CREATE)
def new(table: str) -> Answer:
    """The form for a new record."""
    return render(
        "records/form.html",
        form=again.filled(restoring.new_page(_seen(table, "create"), request.args.get("like"))),
    )


@bp.post("/new")
@needs(Permission.RECORDS_CREATE, body=WITH_FILE, keeps=True)
def create(table: str) -> Answer:
    """Make it."""
    return saving.create(_seen(table))


@bp.get("/<key>")
@needs(Permission.RECORDS_READ)
def show(table: str, key: str) -> Answer:
    """A record with what belongs to it."""
    page = showing.read(_seen(table), key)
    noting.shown(page.sights)
    return recent.opened(render("records/show.html", record=page), page.view.table, page.record.key)


@bp.get("/<key>/history")
@needs(Permission.RECORDS_READ)
def history(table: str, key: str) -> Answer:
    """All that happened to it."""
    page = happened.read_history(_seen(table), key, request.args.get("older", ""))
    noting.shown(page.sights)
    return render("records/history.html", record=page)


@bp.get("/<key>/quick")
@needs(Permission.RECORDS_READ)
def quick(table: str, key: str) -> Answer:
    """A look at it beside the list, as a fragment; whoever asks for a page gets the record's."""
    if not (wants_part() and "in" in request.args):
        return see_other(record_href(_seen(table).table, key))
    page = showing.quick(_seen(table), key)
    noting.shown(page.sights)
    return render("records/quick.html", record=page)


@bp.get("/<key>/raw")
@needs(Permission.RECORDS_READ)
def as_json(table: str, key: str) -> Answer:
    """It as JSON."""
    page = raw.read(_seen(table), key)
    noting.shown(page.sights)
    return render("records/raw.html", raw=page)


@bp.get("/<key>/reveal")
@needs(Permission.RECORDS_REVEAL)
def ask_to_reveal(table: str, key: str) -> Answer:
    """Ask what for."""
    return revealing.ask(_seen(table), key)


@bp.get("/<key>/reveal/field")
@needs(Permission.RECORDS_REVEAL, polling=True)
def field(table: str, key: str) -> Answer:
    """A masked field as it stands now, as a fragment: it asks for itself when its time is over."""
    return revealing.field(_seen(table), key)


@bp.post("/<key>/reveal")
@needs(Permission.RECORDS_REVEAL, limit="reveal")
def reveal(table: str, key: str) -> Answer:
    """Reveal one masked value."""
    return revealing.do(_seen(table), key)


@bp.get("/<key>/edit")
@needs(Permission.RECORDS_EDIT)
def edit(table: str, key: str) -> Answer:
    """Its form."""
    seen = _seen(table, "edit")
    page = again.filled(restoring.edit_page(seen, key))
    noting.row_shown(seen, key)
    return render("records/form.html", form=page)


@bp.post("/<key>/edit")
@needs(Permission.RECORDS_EDIT, body=WITH_FILE, keeps=True)
def update(table: str, key: str) -> Answer:
    """Save it."""
    seen = _seen(table)
    noting.row_shown(seen, key)  # what cannot be saved is shown again, beside the row as it is now
    return saving.update(seen, key)


@bp.get("/<key>/cell/<column>")
@needs(Permission.RECORDS_EDIT)
def cell(table: str, key: str, column: str) -> Answer:
    """One field of it, for the list."""
    seen = _seen(table, "edit")
    answer = inline.show(seen, key, column)
    noting.row_shown(seen, key)
    return answer


@bp.post("/<key>/cell/<column>")
@needs(Permission.RECORDS_EDIT, body=RECORD, keeps=True)
def save_cell(table: str, key: str, column: str) -> Answer:
    """Save that field."""
    seen = _seen(table, "edit")
    noting.row_shown(seen, key)
    return inline.save(seen, key, column)


@bp.get("/<key>/file/<column>")
@needs(Permission.RECORDS_READ, limit="download")
def file(table: str, key: str, column: str) -> Answer:
    """A file that the record holds, as a download."""
    return files.send(_seen(table), key, column)


@bp.post("/<key>/presence")
@needs(Permission.RECORDS_READ, polling=True)
def present(table: str, key: str) -> Answer:
    """Say that one has it open, and hear who else has."""
    return presence.tell(_seen(table), key)


@bp.get("/<key>/delete")
@needs(Permission.RECORDS_DELETE)
def confirm_delete(table: str, key: str) -> Answer:
    """Ask first."""
    seen = _seen(table, "delete")
    noting.row_shown(seen, key)
    return deleting.confirm(seen, key)


@bp.post("/<key>/delete")
@needs(Permission.RECORDS_DELETE, body=RECORD)
def delete(table: str, key: str) -> Answer:
    """Delete it."""
    seen = _seen(table)
    noting.row_shown(seen, key)
    return deleting.delete(seen, key)


def _is_house(ref: str) -> bool:
    try:
        return platform().catalog.table(ref).house
    except UnknownTable:
        return False


def _seen(table: str, verb: str | None = None) -> View:
    """The person's view of the table. Raises UnknownTable, NotVisible; Forbidden where `verb` is not theirs."""
    catalog = platform().catalog
    seen = policy.view(actor(), catalog.table(table), catalog)
    if verb is not None and not seen.may(verb):
        raise policy.Forbidden(t(f"records.may_not.{verb}", table=seen.table.label))
    return seen
