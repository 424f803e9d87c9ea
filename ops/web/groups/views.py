"""Addresses under /people/groups/: what groups mean, a new mapping, taking one away."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from ops.policy import Permission
from ops.web import proposing
from ops.web.forms import new_form_token
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, actor, needs
from ops.web.groups import mapping_form, mappings
from ops.web.groups.mapping_form import MappingForm
from ops.web.page import render
from ops.web.proposing import form_sent, sent
from ops.web.provider_names import provider_name
from ops.web.role_words import role_label
from ops.web.trouble import Trouble, headers, status
from ops.web.visible import marked
from ops.words import t

bp = Blueprint("groups", __name__, url_prefix="/people/groups")
INDEX = "/people/groups/"


@bp.get("/")
@needs(Permission.PEOPLE_READ)
def index() -> Response:
    """What groups mean here, and which mean nothing."""
    return render("groups/index.html", page=mappings.screen(), new=mappings.new_href(), marked=marked)


@bp.get("/new")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def new() -> Response:
    """The form of a new mapping."""
    return _form(mapping_form.form(mapping_form.asked()))


@bp.post("/new")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def create() -> Answer:
    """Ask for it."""
    posted = mapping_form.form(mapping_form.asked())

    def again(trouble: Trouble) -> Response:
        return _form(mapping_form.form(mapping_form.asked(), trouble))

    title = t("groups.title.new", group=posted.said["group_name"], role=role_label(posted.said["role"]))
    asks = partial(mapping_form.operation, posted)
    return form_sent(mapping_form.problem(posted), asks, again, unchanged=INDEX, title=title)


@bp.get("/<key>/remove")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def confirm_removal(key: str) -> Response:
    """Ask first."""
    return _remove(key)


@bp.post("/<key>/remove")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def remove(key: str) -> Answer:
    """Ask that it goes."""
    one = mapping_form.removal(key)
    title = t("groups.title.gone", group=one.base["group_name"], role=role_label(one.base["role"] or ""))
    return sent([one], lambda trouble: _remove(key, trouble), unchanged=INDEX, title=title)


def _form(form: MappingForm) -> Response:
    return render(
        "groups/form.html", status(form.trouble), headers(form.trouble), form=form,
        mine=form.said["group_name"] in actor().groups, back=INDEX,
    )  # fmt: skip


def _remove(key: str, trouble: Trouble | None = None) -> Response:
    row = mapping_form.removal(key).base
    iss, group, role = (row[name] or "" for name in ("iss", "group_name", "role"))
    return render(
        "groups/remove.html", status(trouble), headers(trouble), group=group,
        provider=provider_name(iss), role=role_label(role), trouble=trouble, reason=proposing.reason(),
        action=mappings.mapping_href(iss, group, role), back=INDEX, token=new_form_token(), marked=marked,
    )  # fmt: skip
