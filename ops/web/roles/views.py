"""Addresses under /people/roles/: the roles, one role, and the forms that propose changes of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from ops.policy import NotVisible, Permission
from ops.roles import VERBS
from ops.web import proposing
from ops.web.forms import new_form_token
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, needs
from ops.web.page import render
from ops.web.proposing import form_sent, sent
from ops.web.right_words import PATTERNS, pattern_words, verb_words
from ops.web.roles import detail, overview, right_form, role_form
from ops.web.roles.addresses import role_href
from ops.web.roles.columns import STATES, with_suggestions
from ops.web.roles.places import places
from ops.web.roles.right_form import RightForm
from ops.web.roles.role_form import GIVEN, RoleForm
from ops.web.roles.rows_said import rows_said
from ops.web.trouble import Trouble, headers, status
from ops.web.visible import marked
from ops.words import t

bp = Blueprint("roles", __name__, url_prefix="/people/roles")


@bp.get("/")
@needs(Permission.PEOPLE_READ)
def index() -> Response:
    """Every role on one screen."""
    permissions = list(Permission)
    return render(
        "roles/index.html", roles=overview.overview(), verbs=VERBS, verb_words=verb_words,
        permissions=permissions, marked=marked,
    )  # fmt: skip


@bp.get("/new")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def new() -> Response:
    """The form of a new role."""
    return _role(role_form.opened(None))


@bp.post("/new")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def create() -> Answer:
    """Ask for it."""
    return _send_role(None)


@bp.get("/<name>")
@needs(Permission.PEOPLE_READ)
def show(name: str) -> Response:
    """One role."""
    return render("roles/show.html", page=detail.role_page(name), marked=marked)


@bp.get("/<name>/edit")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def edit(name: str) -> Response:
    """The form of a role of one's own."""
    return _role(role_form.opened(name))


@bp.post("/<name>/edit")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def update(name: str) -> Answer:
    """Ask for the change."""
    return _send_role(name)


@bp.get("/<name>/delete")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def confirm_delete(name: str) -> Response:
    """Ask first; say what keeps it."""
    return _delete(name)


@bp.post("/<name>/delete")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def delete(name: str) -> Answer:
    """Ask that it goes."""
    removal = role_form.removal(name)
    title = t("roles.title.deleted", role=detail.role_named(name).label)
    return sent([removal], lambda trouble: _delete(name, trouble), unchanged=role_href(name), title=title)


@bp.get("/<name>/tables/")
@needs(Permission.PEOPLE_EDIT)
def choose(name: str) -> Response:
    """Which table a right is to be about."""
    role = detail.role_named(name)
    return render("roles/choose.html", role=role, groups=places(role), back=role_href(name))


@bp.get("/<name>/tables/<place>")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def right(name: str, place: str) -> Response:
    """The form of a right."""
    return _right(right_form.opened(name, place))


@bp.post("/<name>/tables/<place>")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def save_right(name: str, place: str) -> Answer:
    """Ask for it; or take the suggestions, or say what the row condition means, and show the form again."""
    form = right_form.posted(name, place)
    if "suggest" in request.form:
        filled = right_form.shown(form)
        return _right(right_form.shown(replace(filled, chosen=with_suggestions(filled.columns))))
    if "check" in request.form:
        return _right(right_form.shown(form))

    def again(trouble: Trouble) -> Response:
        return _right(right_form.again(name, place, trouble))

    kind = "changed" if form.base else "added"
    title = t(f"roles.title.right_{kind}", role=form.role.label, place=form.place)
    asks = partial(right_form.operation, form)
    return form_sent(right_form.problem(form), asks, again, unchanged=form.back, title=title)


@bp.get("/<name>/tables/<place>/rows")
@needs(Permission.PEOPLE_EDIT)
def rows(name: str, place: str) -> Response:
    """What a row condition means, as a fragment, while it is typed."""
    form = right_form.opened(name, place)
    said = rows_said(form.table, request.args.get("rows", "")[:4000])
    return render("roles/rows.html", said=said, form=form)


@bp.get("/<name>/tables/<place>/delete")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def confirm_delete_right(name: str, place: str) -> Response:
    """Ask first; say what will hold instead."""
    return _delete_right(name, place)


@bp.post("/<name>/tables/<place>/delete")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def delete_right(name: str, place: str) -> Answer:
    """Ask that the right is taken away."""
    form = _there(name, place)
    return sent(
        [right_form.removal(form)],
        lambda trouble: _delete_right(name, place, trouble),
        unchanged=role_href(name),
        title=t("roles.title.right_removed", role=form.role.label, place=form.place),
    )


def _role(form: RoleForm) -> Response:
    return render(
        "roles/form.html",
        status(form.trouble),
        headers(form.trouble),
        form=form,
        given=GIVEN,
    )


def _send_role(name: str | None) -> Answer:
    form = role_form.posted(name)

    def again(trouble: Trouble) -> Response:
        return _role(role_form.posted(name, trouble))

    title = t("roles.title.changed" if name else "roles.title.new", role=form.label)
    asks = partial(role_form.operation, form)
    return form_sent(role_form.problem(form), asks, again, unchanged=form.back, title=title)


def _delete(name: str, trouble: Trouble | None = None) -> Response:
    role_form.row_of(name)
    page = detail.role_page(name)
    return render(
        "roles/delete.html", status(trouble), headers(trouble),
        title=t("roles.delete_of", role=page.role.label), page=page, in_use=page.in_use, now=None, then=None,
        action=role_href(name, "delete"), back=page.href, trouble=trouble, reason=proposing.reason(),
        token=new_form_token(),
    )  # fmt: skip


def _there(name: str, place: str) -> RightForm:
    form = right_form.opened(name, place)
    if form.current is None:
        raise NotVisible(place)
    return form


def _delete_right(name: str, place: str, trouble: Trouble | None = None) -> Response:
    form = _there(name, place)
    nothing = [(t("roles.may"), [t("rights.verbs.none")])]
    return render(
        "roles/delete.html", status(trouble), headers(trouble),
        title=t("roles.remove_of", place=form.place), page=detail.role_page(name), in_use=[],
        now=right_form.in_words(form), then=right_form.inherited_words(form) or nothing,
        action=form.href + "/delete", back=form.back, trouble=trouble, reason=proposing.reason(), token=form.token,
    )  # fmt: skip


def _right(form: RightForm) -> Response:
    return render(
        "roles/right.html", status(form.trouble), headers(form.trouble), form=form, verbs=VERBS,
        verb_words=verb_words, states=STATES, patterns=PATTERNS, pattern_words=pattern_words,
        now=right_form.in_words(form), otherwise=right_form.inherited_words(form),
    )  # fmt: skip
