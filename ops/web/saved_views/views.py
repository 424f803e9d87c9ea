"""Addresses of saved views: beside a list its panels, under /views/ what is kept."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from ops.policy import Permission
from ops.records import saved_views
from ops.records.saved_views import SavedView
from ops.web import my_views
from ops.web.gate import actor, needs
from ops.web.looks import MOST_PINNED, SIZES, WIDTHS
from ops.web.page import render, see_other
from ops.web.role_words import role_label
from ops.web.saved_views import choosing, keeping
from ops.web.saved_views.state import href_of, state_of
from ops.words import t

bp = Blueprint("views", __name__)


@bp.get("/tables/<table>/views")
@needs(Permission.RECORDS_READ)
def menu(table: str) -> Answer:
    """The views of a table, and what can be done with the one that is on; also a panel of the list."""
    state = state_of(table, _query())
    views = my_views.mine().of(state.seen.table)
    one = state.on.view
    return render(
        "saved_views/menu.html",
        state=state,
        one=one,
        may_change=one is not None and saved_views.may_change(actor(), one),
        mine=[each for each in views if each.owner_id == actor().person_id],
        shared=[each for each in views if each.owner_id != actor().person_id],
        href=lambda each: my_views.href(each, state.seen.table),
        role_label=role_label,
    )


@bp.get("/tables/<table>/columns")
@needs(Permission.RECORDS_READ)
def columns(table: str) -> Answer:
    """Columns, their order and width, rows on a page; also a panel of the list."""
    form = choosing.chosen(state_of(table, _query()))
    if "show" in request.args:
        return see_other(form.state.href)
    return render(
        "saved_views/columns.html",
        form=form,
        widths=WIDTHS,
        sizes=[(str(size), str(size)) for size in SIZES],
        pins=[(str(count), t("views.pin_count", count=count)) for count in range(2, MOST_PINNED + 1)],
    )


@bp.get("/tables/<table>/views/new")
@needs(Permission.RECORDS_READ)
def new(table: str) -> Answer:
    """The form that keeps the list under a name."""
    return keeping.page(keeping.form_of(state_of(table, _query())))


@bp.post("/tables/<table>/views/new")
@needs(Permission.RECORDS_READ, limit="view")
def create(table: str) -> Answer:
    """Keep it."""
    return keeping.create(state_of(table, _query()))


@bp.get("/views/")
@needs(Permission.RECORDS_READ)
def index() -> Answer:
    """Every view of mine and those shared with me."""
    views = my_views.mine().views
    return render(
        "saved_views/index.html",
        views=[(one, href_of(one), _table(one)) for one in views],
        me=actor().person_id,
        role_label=role_label,
    )


@bp.get("/views/pinned")
@needs(Permission.RECORDS_READ, polling=True)
def pinned() -> Answer:
    """The pinned views with their counts, as a fragment: the rail asks for it where they were not counted lately."""
    my_views.count_pins()
    return render("saved_views/pinned.html", pins=my_views.pins())


@bp.get("/views/<int:view_id>")
@needs(Permission.RECORDS_READ)
def show(view_id: int) -> Answer:
    """The list with the view on."""
    return see_other(href_of(keeping.one_of(view_id)) or "/views/")


@bp.get("/views/<int:view_id>/edit")
@needs(Permission.RECORDS_READ)
def edit(view_id: int) -> Answer:
    """Its form."""
    return keeping.page(keeping.form_of_view(keeping.one_of(view_id)))


@bp.post("/views/<int:view_id>/edit")
@needs(Permission.RECORDS_READ, limit="view")
def describe(view_id: int) -> Answer:
    """Rename, share, pin, open with it."""
    return keeping.describe(keeping.one_of(view_id))


@bp.post("/views/<int:view_id>/list")
@needs(Permission.RECORDS_READ, limit="view")
def save(view_id: int) -> Answer:
    """Save the list as it stands."""
    return keeping.save(keeping.theirs(view_id))


@bp.get("/views/<int:view_id>/delete")
@needs(Permission.RECORDS_READ)
def confirm_remove(view_id: int) -> Answer:
    """Ask first."""
    one = keeping.theirs(view_id)
    return render("saved_views/remove.html", one=one, back=href_of(one) or "/views/", role_label=role_label)


@bp.post("/views/<int:view_id>/delete")
@needs(Permission.RECORDS_READ, limit="view")
def remove(view_id: int) -> Answer:
    """Delete it."""
    return keeping.remove(keeping.theirs(view_id))


@bp.post("/views/<int:view_id>/pin")
@needs(Permission.RECORDS_READ, limit="view")
def pin(view_id: int) -> Answer:
    """Put it on the rail, or take it off."""
    return keeping.pin(keeping.one_of(view_id))


def _query() -> str:
    return request.query_string.decode("utf-8", "replace")


def _table(one: SavedView) -> str:
    table = my_views.table_of(one)
    return table.label if table is not None else f"{one.schema}.{one.table}"
