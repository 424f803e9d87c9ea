"""Addresses under /rules/: all rules in words, one with what it would have asked about, and the forms."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from ops import policy
from ops.approvals import ApprovalRule
from ops.changes.rule_rows import kept_of
from ops.policy import Permission
from ops.web import proposing
from ops.web.forms import new_form_token
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, actor, needs
from ops.web.page import SAME_FORM, render
from ops.web.proposing import form_sent, sent
from ops.web.right_words import KINDS
from ops.web.rules import form as forms
from ops.web.rules import reading
from ops.web.rules.form import RuleForm
from ops.web.rules.trying import dry_run
from ops.web.trouble import Trouble, headers, status
from ops.web.visible import marked
from ops.words import t

bp = Blueprint("rules", __name__, url_prefix="/rules")
INDEX = "/rules/"
LOOKING = {"look", "add_place", "stage"}  # buttons that change the form and send nothing


@bp.get("/")
@needs(Permission.RULES_READ)
def index() -> Response:
    """Every rule in words."""
    return render("rules/index.html", page=reading.screen(), marked=marked)


@bp.get("/new")
@needs(Permission.RULES_EDIT, fresh=FRESH_SECONDS)
def new() -> Response:
    """The form of a new rule."""
    return _form(forms.opened(None))


@bp.post("/new")
@needs(Permission.RULES_EDIT, fresh=WHILE_TYPING)
def create() -> Answer:
    """Ask for it."""
    return _send(None)


@bp.get("/condition")
@needs(Permission.RULES_EDIT)
def condition() -> Response:
    """What a condition means, as a fragment, while it is typed."""
    said = forms.said(forms.places_of(request.args), request.args.get("condition", "")[:4000])
    return render("rules/condition.html", said=said)


@bp.get("/<rule>")
@needs(Permission.RULES_READ)
def show(rule: str) -> Response:
    """One rule: in words, where it came from, what it would have asked about."""
    row = reading.row_of(rule)
    return render(
        "rules/show.html", rule=reading.line_of(row), condition=row["condition"], marked=marked,
        tried=dry_run(kept_of(row).rule), may_edit=policy.may(actor(), Permission.RULES_EDIT),
    )  # fmt: skip


@bp.get("/<rule>/edit")
@needs(Permission.RULES_EDIT, fresh=FRESH_SECONDS)
def edit(rule: str) -> Response:
    """Its form."""
    return _form(forms.opened(rule))


@bp.post("/<rule>/edit")
@needs(Permission.RULES_EDIT, fresh=WHILE_TYPING)
def update(rule: str) -> Answer:
    """Ask for the change."""
    return _send(rule)


@bp.get("/<rule>/switch")
@needs(Permission.RULES_EDIT, fresh=FRESH_SECONDS)
def confirm_switch(rule: str) -> Response:
    """Ask before a rule is switched off, or on again."""
    return _switch(rule)


@bp.post("/<rule>/switch")
@needs(Permission.RULES_EDIT, fresh=WHILE_TYPING)
def switch(rule: str) -> Answer:
    """Ask for it."""
    row = reading.row_of(rule)
    on = row["enabled"] != "true"
    title = t("rules.title.on" if on else "rules.title.off", name=row["name"])
    return sent(
        [forms.switching(rule, on=on)],
        lambda trouble: _switch(rule, trouble),
        unchanged=f"/rules/{rule}",
        title=title,
    )


def _form(form: RuleForm, rule: ApprovalRule | None = None, *, landing: str | None = None) -> Response:
    """The form; `landing` is set where it asked for itself: the part that it asked for, where focus goes."""
    how = headers(form.trouble) if landing is None else SAME_FORM
    return render(
        "rules/form.html", status(form.trouble), how, form=form, kinds=KINDS, landing=landing,
        tried=dry_run(rule) if rule is not None else None, marked=marked,
    )  # fmt: skip


def _landing(form: RuleForm) -> str:
    """What the button is about that was pressed: "columns", "place", or a stage such as "stage-2"."""
    if "stage" not in request.form:
        return "place" if "add_place" in request.form else "columns"
    verb, _, place = request.form["stage"].partition(":")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 4 else 0
    numbers = {"add": len(form.stages), "up": at, "down": at + 2, "find": at + 1, "drop": max(at, 1)}
    return f"stage-{numbers.get(verb, 1)}"


def _send(rule: str | None) -> Answer:
    form = forms.posted(rule)
    if LOOKING & set(request.form):  # another table or stage; without scripts, what the condition means
        return _form(form, landing=_landing(form))
    if "try" in request.form:
        meant = forms.tried(form)
        return _form(form, meant, landing="tried" if meant is not None else None)

    def again(trouble: Trouble) -> Response:
        return _form(forms.posted(rule, trouble))

    title = t("rules.title.changed" if rule else "rules.title.new", name=form.name)
    asks = partial(forms.operation, form)
    return form_sent(forms.problem(form), asks, again, unchanged=form.back, title=title)


def _switch(rule: str, trouble: Trouble | None = None) -> Response:
    line = reading.line_of(reading.row_of(rule))
    return render(
        "rules/switch.html", status(trouble), headers(trouble), rule=line, trouble=trouble,
        reason=proposing.reason(), token=new_form_token(), marked=marked,
    )  # fmt: skip
