"""The form of a role of one's own: its name, what people call it, the pages it opens beside its rights on tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import request

from ops import records
from ops.catalog import key_text
from ops.changes import Operation, array_items, array_text
from ops.policy import Permission, view
from ops.roles.model import IMPLIED
from ops.web.forms import new_form_token
from ops.web.gate import actor, platform, tx
from ops.web.proposing import invalid, listed, reason
from ops.web.roles.addresses import role_href
from ops.web.trouble import Trouble, Troubled
from ops.words import t

_KEPT = ("label", "description", "permissions")
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,62}")
_TAKEN = {"new"}  # an address of this room's own
# What the verbs of a right bring by themselves need not be given.
_IMPLIED = frozenset[Permission]().union(*IMPLIED.values())
GIVEN = tuple(one for one in Permission if one not in _IMPLIED)


@dataclass(frozen=True)
class RoleForm(Troubled):
    """What templates/roles/form.html shows. `role` is None for a new one."""

    role: str | None
    name: str = ""
    label: str = ""
    description: str = ""
    permissions: frozenset[str] = frozenset()
    base: Mapping[str, str | None] | None = None
    reason: str = ""
    token: str = ""

    @property
    def href(self) -> str:
        """Where it is sent."""
        return role_href(self.role, "edit") if self.role else role_href("new")

    @property
    def back(self) -> str:
        """Where one goes who gives up."""
        return role_href(self.role) if self.role else "/people/roles/"

    @property
    def heading(self) -> str:
        """The page's name."""
        return (
            t("roles.edit_of", role=self.label)
            if self.role and not self.trouble
            else t("roles.edit" if self.role else "roles.new")
        )

    @property
    def deeds(self) -> list[tuple[str, str]]:
        """The permissions that actions of resources ask for, each with what it lets people do."""
        found: dict[str, list[str]] = {}
        for table in platform().catalog:
            for one in table.resource.deeds:
                if one.permission is not None:
                    found.setdefault(one.permission, []).append(
                        t("roles.deed", action=one.label, table=table.label)
                    )
        return [(name, " ".join(said)) for name, said in sorted(found.items())]

    @property
    def labels(self) -> Mapping[str, str]:
        """What its fields are called."""
        fields = ("name", "label", "description", "permissions")
        return {name: t(f"roles.{name}") for name in fields} | {"reason": t("rights.reason")}


def opened(role: str | None) -> RoleForm:
    """The form as it opens. Raises NotVisible where there is no such role of one's own."""
    if role is None:
        return RoleForm(None, token=new_form_token())
    row = row_of(role)
    given = frozenset(array_items(row["permissions"] or "{}"))
    return RoleForm(
        role, role, row["label"] or "", row["description"] or "", given, {one: row[one] for one in _KEPT},
        token=new_form_token(),
    )  # fmt: skip


def posted(role: str | None, trouble: Trouble | None = None) -> RoleForm:
    """The form with what was sent."""
    form, sent = opened(role), request.form
    base: Mapping[str, str | None] | None = None
    if role is not None:
        base = {one: sent[f"b.{one}"] for one in _KEPT if f"b.{one}" in sent}
    if trouble is not None and trouble.status == 409:
        base = {**(form.base or {})}
    return replace(
        form, name=sent.get("name", form.name).strip(), label=sent.get("label", "").strip(),
        description=sent.get("description", "").replace("\r\n", "\n").strip(),
        permissions=frozenset(listed("permissions")), base=base, reason=reason(),
        token=sent.get("form_token", form.token), trouble=trouble,
    )  # fmt: skip


def problem(form: RoleForm) -> Trouble | None:
    """What the form itself sees wrong."""
    found = {}
    if form.role is None and not _NAME.fullmatch(form.name):
        found["name"] = t("roles.name_shape")
    elif form.role is None and form.name in _TAKEN:
        found["name"] = t("roles.name_taken", name=form.name)
    if not form.label:
        found["label"] = t("door.needed")
    elif len(form.label) > 100:
        found["label"] = t("door.too_long", most=100, length=len(form.label))
    return invalid(found) if found else None


def operation(form: RoleForm) -> Operation:
    """What is proposed."""
    roles = platform().catalog.by_name("ops", "role")
    known = [str(one.value) for one in Permission]
    given = [name for name in known if name in form.permissions]
    was = array_items((form.base or {}).get("permissions") or "{}")
    offered = {name for name, _ in form.deeds}
    given += [name for name in sorted(offered) if name in form.permissions]
    given += [
        name for name in was if name not in known and name not in offered
    ]  # not this form's to take away
    after = {"label": form.label, "description": form.description, "permissions": array_text(given)}
    if form.role is None:
        return Operation("create", roles, None, {}, {"name": form.name, **after})
    base = dict(form.base or {})
    if set(was) == set(given):
        after["permissions"] = base.get("permissions") or "{}"
    return Operation("update", roles, key_text([form.role]), base, after)


def removal(role: str) -> Operation:
    """What is proposed to delete the role."""
    return Operation("delete", platform().catalog.by_name("ops", "role"), key_text([role]), row_of(role))


def row_of(role: str) -> Mapping[str, str | None]:
    """The role's row. Raises NotVisible, for a built-in one too: it has none."""
    catalog = platform().catalog
    seen = view(actor(), catalog.by_name("ops", "role"), catalog)
    return records.one(tx(), seen, key_text([role])).values
