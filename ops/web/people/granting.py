"""Giving a role by hand and taking it away: asked for with a reason, in force when another owner agrees (P17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import policy, records
from ops.catalog import Table, key_text
from ops.changes import Operation
from ops.identity import origins
from ops.identity.directory import KnownPerson
from ops.policy import Permission
from ops.roles import book_of
from ops.web.forms import new_form_token
from ops.web.gate import FRESH_SECONDS, WHILE_TYPING, actor, needs, platform, tx
from ops.web.page import render
from ops.web.people.pages import bp, person_href, roles, somebody_else
from ops.web.proposing import invalid, sent
from ops.web.role_words import role_label
from ops.web.trouble import Trouble, headers, status
from ops.web.visible import marked, visible
from ops.words import t


@bp.get("/<int:person_id>/roles/new")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def choose(person_id: int) -> Response:
    """The form: which role, and why."""
    return _form(_somebody_else(person_id), request.args.get("role", ""))


@bp.post("/<int:person_id>/roles/new")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def give(person_id: int) -> Answer:
    """Ask that the person be given the role."""
    person, role = _somebody_else(person_id), request.form.get("role", "").strip()
    known_roles = book_of(actor()).roles
    if role not in known_roles:
        return _form(person, role, invalid({"role": t("directory.role_needed")}))
    after = {"person_id": str(person_id), "role": role}
    return sent(
        [Operation("create", _table(), None, {}, after)],
        lambda trouble: _form(person, role, _beside_role(trouble)),
        unchanged=person_href(person_id),
        title=t("directory.give_title", role=known_roles[role].label, name=person.name),
    )


@bp.get("/<int:person_id>/roles/<role>/take")
@needs(Permission.PEOPLE_EDIT, fresh=FRESH_SECONDS)
def ask_to_take(person_id: int, role: str) -> Response:
    """The question before a role is taken away."""
    return _question(_somebody_else(person_id), role, _row(person_id, role))


@bp.post("/<int:person_id>/roles/<role>/take")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def take(person_id: int, role: str) -> Answer:
    """Ask that the role be taken away."""
    person, row = _somebody_else(person_id), _row(person_id, role)
    operation = Operation("delete", _table(), _key(person_id, role), row)
    return sent(
        [operation],
        lambda trouble: _question(person, role, row, trouble),
        unchanged=person_href(person_id),
        title=t("directory.take_title", role=role_label(role), name=person.name),
    )


def _somebody_else(person_id: int) -> KnownPerson:
    """The person, unless it is who asks. Raises Forbidden, NotVisible."""
    return somebody_else(person_id, "door.refused.own.role")


def _table() -> Table:
    return platform().catalog.by_name("ops", "person_role")


def _key(person_id: int, role: str) -> str:
    return key_text([str(person_id), role, "hand"])


def _row(person_id: int, role: str) -> dict[str, str | None]:
    """The row as it is now. Raises NotVisible where the role is not one given by hand."""
    seen = policy.view(actor(), _table(), platform().catalog)
    return records.one(tx(), seen, _key(person_id, role)).values


def _form(person: KnownPerson, role: str, trouble: Trouble | None = None) -> Response:
    held = {one.role for one in origins.origins(tx(), person.id) if one.origin == "hand"}
    offered = [one for one in roles() if one.name not in held]
    return _page("give", person, trouble, roles=offered, chosen=role, marked=marked)


def _question(
    person: KnownPerson, role: str, row: dict[str, str | None], trouble: Trouble | None = None
) -> Response:
    held = origins.origins(tx(), person.id)
    others = {one.origin for one in held if one.role == role and one.origin != "hand" and one.counts}
    where = ", ".join(t(f"directory.from.{origin}") for origin in sorted(others))
    return _page("take", person, trouble, role=role_label(role), since=row.get("granted_at"), where=where)


def _page(name: str, person: KnownPerson, trouble: Trouble | None, **more: Any) -> Response:
    """A page that asks about a role of the person, with what was typed."""
    return render(
        f"people/{name}.html", status(trouble), headers(trouble), person=person, name=visible(person.name),
        back=person_href(person.id), reason=request.form.get("reason", ""), trouble=trouble,
        token=new_form_token(), **more,
    )  # fmt: skip


def _beside_role(trouble: Trouble) -> Trouble:
    """The door's words about the key of the row stand beside the role, which is what was chosen."""
    fields = {
        "role" if name in ("person_id", "origin") else name: text for name, text in trouble.fields.items()
    }
    return replace(trouble, fields=fields)
