"""What is done when a form about views is sent: make, save, describe, remove, pin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from ops.db import Busy, CommitUnknown, Unavailable
from ops.policy import Forbidden
from ops.records import saved_views
from ops.records.saved_views import (
    ChangedMeanwhile,
    NameTaken,
    NoSuchView,
    SavedView,
    TooManyViews,
    Wanted,
    split,
)
from ops.web import my_views
from ops.web.forms import new_form_token, own_path, posted_form_token
from ops.web.gate import actor, database
from ops.web.looks import encoded
from ops.web.page import flash, render, see_other
from ops.web.role_words import role_label
from ops.web.saved_views.form import Said, ViewForm, invalid, said
from ops.web.saved_views.state import State, href_of, state_of_view
from ops.web.trouble import Trouble, headers, status
from ops.words import t

LONGEST = 4000  # characters of a list's query string


@dataclass(frozen=True, slots=True)
class Kept:
    """What is written of a list: its rows and columns, and how it looks."""

    list: str
    looks: str


def kept(state: State) -> Kept:
    """A list's state as a view keeps it.

    Who changes a view somebody else made may not see all its columns: those stay in it, behind the others. The
    filters of a view that cannot be shown stay, too, unless the address says that they are off.
    """
    parts = split(state.text)
    fit, one = state.on.fit, state.on.view
    if fit is not None and one is not None:
        if fit.missing and "columns" in parts:
            parts["columns"] = [("columns", ",".join([parts["columns"][-1][1], *map(encoded, fit.missing)]))]
        if state.on.stopped:
            parts["f"] = split(one.list).get("f", [])
    pairs = [pair for each in parts.values() for pair in each]
    return Kept(urlencode(pairs), state.on.looks.text)


def form_of(state: State, trouble: Trouble | None = None, told: Said | None = None) -> ViewForm:
    """The form that makes a view of a list."""
    values = (
        {}
        if told is None
        else {"name": told.name, "role": told.role, "pinned": told.pinned, "opens": told.opens}
    )
    return ViewForm(
        action=state.under("views/new"),
        back=state.href,
        table=state.seen.table.label,
        token=new_form_token(),
        trouble=trouble,
        **values,  # type: ignore[arg-type]  # the fields have these types
    )


def form_of_view(one: SavedView, trouble: Trouble | None = None, told: Said | None = None) -> ViewForm:
    """The form of a view that is there."""
    table = my_views.table_of(one)
    return ViewForm(
        action=f"/views/{one.id}/edit",
        back=href_of(one) or "/views/",
        table=table.label if table else f"{one.schema}.{one.table}",
        token=new_form_token(),
        one=one,
        name=told.name if told else one.name,
        role=told.role if told else one.role,
        pinned=told.pinned if told else one.pinned,
        opens=told.opens if told else one.opens,
        edition=one.edition,
        trouble=trouble,
    )


def page(form: ViewForm) -> Answer:
    """The form as a page."""
    return render("saved_views/form.html", status(form.trouble), headers(form.trouble), form=form)


def create(state: State) -> Answer:
    """Make a view of the list, and show the list with it."""
    told = said()
    content = kept(state)
    trouble = told.trouble or (invalid(name=t("views.too_long")) if len(content.list) > LONGEST else None)
    if trouble is not None:
        return page(form_of(state, trouble, told))
    wanted = Wanted(told.name, told.role, content.list, content.looks)
    try:
        with database().transaction() as tx:
            number = saved_views.create(tx, actor(), state.seen.table, wanted, posted_form_token())
            _place(tx, number, told.pinned, told.opens)
    except (NameTaken, TooManyViews, Forbidden, CommitUnknown, Unavailable, Busy) as error:
        return page(form_of(state, _why(error), told))
    flash("ok", t("views.made", name=told.name), _shared(told.role))
    return see_other(f"{state.href.partition('?')[0]}?view={number}")


def describe(one: SavedView) -> Answer:
    """Rename it, share it, pin it, let the list open with it."""
    told = said()
    changes = saved_views.may_change(actor(), one)
    if not changes:
        told = replace(told, name=one.name, role=one.role, trouble=None)
    if told.trouble is not None:
        return page(form_of_view(one, told.trouble, told))
    try:
        with database().transaction() as tx:
            if changes and (told.name, told.role) != (one.name, one.role):
                saved_views.describe(tx, actor(), one.id, told.name, told.role, told.edition)
            _place(tx, one.id, told.pinned, told.opens)
    except NoSuchView as error:
        raise NotFound from error
    except ChangedMeanwhile:
        return page(form_of_view(one, _meanwhile(), told))
    except (NameTaken, TooManyViews, Forbidden, CommitUnknown, Unavailable, Busy) as error:
        return page(form_of_view(one, _why(error), told))
    flash("ok", t("views.described", name=told.name), _shared(told.role) if told.role != one.role else None)
    return see_other(href_of(one) or "/views/")


def save(one: SavedView) -> Answer:
    """Save the list as it stands under the view's name."""
    state = state_of_view(one, request.form.get("state", "")[:12_000])
    if state.on.view is None or state.on.view.id != one.id:
        raise NotFound
    content = kept(state)
    if len(content.list) > LONGEST:
        flash("bad", t("views.not_saved"), t("views.too_long"))
        return see_other(state.href)
    try:
        with database().transaction() as tx:
            edition = request.form.get("edition", type=int, default=0)
            saved_views.replace_list(tx, actor(), one.id, content.list, content.looks, edition)
    except NoSuchView as error:
        raise NotFound from error
    except ChangedMeanwhile:
        trouble = _meanwhile()
        flash("warn", trouble.title, trouble.detail)
        return see_other(state.href)
    flash("ok", t("views.saved", name=one.name), _shared(one.role))
    return see_other(href_of(one) or "/views/")


def remove(one: SavedView) -> Answer:
    """Delete it; the list stays."""
    try:
        with database().transaction() as tx:
            saved_views.remove(tx, actor(), one.id)
    except NoSuchView as error:
        raise NotFound from error
    flash("ok", t("views.removed", name=one.name))
    return see_other("/views/")


def pin(one: SavedView) -> Answer:
    """Put it on the rail or take it off, and go back to where the button stood."""
    on = request.form.get("on") == "1"
    try:
        with database().transaction() as tx:
            saved_views.pin(tx, actor(), one.id, on)
    except NoSuchView as error:
        raise NotFound from error
    except TooManyViews as error:
        flash("warn", t("views.pins_full", count=error.most))
    else:
        flash("ok", t("views.pinned" if on else "views.unpinned", name=one.name))
    return see_other(own_path(request.form.get("next"), href_of(one) or "/views/"))


def one_of(view_id: int) -> SavedView:
    """The person's view of that number. Raises NotFound."""
    one = my_views.mine().get(view_id)
    if one is None:
        raise NotFound
    return one


def theirs(view_id: int) -> SavedView:
    """The same, where it is the person's to change. Raises NotFound."""
    one = one_of(view_id)
    if not saved_views.may_change(actor(), one):
        raise NotFound
    return one


def _place(tx: Session, number: int, pinned: bool, opens: bool) -> None:
    mine = saved_views.mine(tx, actor()).get(number)
    if mine is None:
        raise NoSuchView(number)
    if pinned != mine.pinned:
        saved_views.pin(tx, actor(), number, pinned)
    if opens != mine.opens:
        saved_views.open_with(tx, actor(), number, opens)


def _why(error: Exception) -> Trouble:
    match error:
        case NameTaken():
            return invalid(name=t("views.name_taken"))
        case TooManyViews():
            return Trouble(t("views.not_saved"), t("views.too_many", count=error.most))
        case Forbidden():
            error.recorded = True  # a form that was changed by hand: nothing of the company's was touched
            return invalid(role=str(error))
        case _:
            return Trouble.away(error)


def _meanwhile() -> Trouble:
    return Trouble(t("views.meanwhile"), t("views.meanwhile_body"), 409, "warn")


def _shared(role: str | None) -> str | None:
    return t("views.shared_now", role=role_label(role)) if role else None
