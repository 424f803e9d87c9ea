"""Lists, records and their forms: every address under /tables/<table>/ but the overview."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from ops import policy
from ops.policy import Permission, View
from ops.web.declared import RECORD
from ops.web.forms import new_form_token
from ops.web.gate import actor, needs, platform
from ops.web.page import render, see_other
from ops.web.records import choices, deleting, editing, listing, saving, showing
from ops.words import t

bp = Blueprint("records", __name__, url_prefix="/tables/<table>")


@bp.get("/")
@needs(Permission.RECORDS_READ)
def index(table: str) -> Answer:
    """The list."""
    seen = _seen(table)
    address = listing.with_added_filter(seen)
    if address is not None:
        return see_other(address)
    page = listing.read(seen)
    return render("records/list.html", 422 if page.problems else 200, list=page, token=new_form_token())


@bp.get("/pick")
@needs(Permission.RECORDS_READ)
def pick(table: str) -> Answer:
    """Suggestions for a foreign key's field, as a fragment."""
    seen = _seen(table)
    found = choices.suggestions(seen, request.args.get("q", ""), request.args.get("by"))
    return render("records/pick.html", table=seen.table, options=found)


@bp.get("/new")
@needs(Permission.RECORDS_CREATE)
def new(table: str) -> Answer:
    """The form for a new record."""
    return render("records/form.html", form=editing.new_page(_seen(table, "create"), new_form_token()))


@bp.post("/new")
@needs(Permission.RECORDS_CREATE, body=RECORD)
def create(table: str) -> Answer:
    """Make it."""
    return saving.create(_seen(table))


@bp.get("/<key>")
@needs(Permission.RECORDS_READ)
def show(table: str, key: str) -> Answer:
    """A record with what belongs to it."""
    return render("records/show.html", record=showing.read(_seen(table), key))


@bp.get("/<key>/history")
@needs(Permission.RECORDS_READ)
def history(table: str, key: str) -> Answer:
    """All that happened to it."""
    return render("records/history.html", record=showing.read_history(_seen(table), key))


@bp.get("/<key>/edit")
@needs(Permission.RECORDS_EDIT)
def edit(table: str, key: str) -> Answer:
    """Its form."""
    seen = _seen(table, "edit")
    return render(
        "records/form.html", form=editing.edit_page(seen, editing.read(seen, key), key, new_form_token())
    )


@bp.post("/<key>/edit")
@needs(Permission.RECORDS_EDIT, body=RECORD)
def update(table: str, key: str) -> Answer:
    """Save it."""
    return saving.update(_seen(table), key)


@bp.get("/<key>/delete")
@needs(Permission.RECORDS_DELETE)
def confirm_delete(table: str, key: str) -> Answer:
    """Ask first."""
    return deleting.confirm(_seen(table, "delete"), key)


@bp.post("/<key>/delete")
@needs(Permission.RECORDS_DELETE, body=RECORD)
def delete(table: str, key: str) -> Answer:
    """Delete it."""
    return deleting.delete(_seen(table), key)


def _seen(table: str, verb: str | None = None) -> View:
    """The person's view of the table. Raises UnknownTable, NotVisible; Forbidden where `verb` is not theirs."""
    catalog = platform().catalog
    seen = policy.view(actor(), catalog.table(table), catalog)
    if verb is not None and not seen.may(verb):
        raise policy.Forbidden(t(f"records.may_not.{verb}", table=seen.table.label))
    return seen
