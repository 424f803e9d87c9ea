"""The form of a new mapping, and the question before one is removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from ops import records
from ops.catalog import BadAddress, parse_key
from ops.changes import Operation
from ops.policy import NotVisible, view
from ops.roles import book_of
from ops.web.forms import new_form_token
from ops.web.gate import actor, platform, tx
from ops.web.groups.mappings import TABLE
from ops.web.proposing import invalid, reason
from ops.web.provider_names import provider_choices
from ops.web.trouble import Trouble, Troubled
from ops.words import t

_FIELDS = ("iss", "group_name", "role")
LONGEST = 300  # signs of a group's name


@dataclass(frozen=True)
class MappingForm(Troubled):
    """What templates/groups/form.html shows."""

    said: Mapping[str, str]
    providers: Sequence[tuple[str, str]]
    roles: Sequence[tuple[str, str]]
    reason: str
    token: str

    @property
    def labels(self) -> Mapping[str, str]:
        """What its fields are called."""
        return {name: t(f"groups.{name}") for name in _FIELDS} | {"reason": t("rights.reason")}


def form(values: Mapping[str, str], trouble: Trouble | None = None) -> MappingForm:
    """The form with these values; the only provider is chosen already."""
    providers = provider_choices()
    said = {name: values.get(name, "").strip() for name in _FIELDS}
    if not said["iss"] and len(providers) == 1:
        said["iss"] = providers[0][0]
    book = book_of(actor())
    roles = [(role.name, role.label) for role in book.roles.values()]
    return MappingForm(
        said, providers, roles, reason(), values.get("form_token") or new_form_token(), trouble=trouble
    )


def problem(posted: MappingForm) -> Trouble | None:
    """What the form itself sees wrong."""
    found = {name: t("door.needed") for name, text in posted.said.items() if not text}
    if posted.said["iss"] and posted.said["iss"] not in dict(posted.providers):
        found["iss"] = t("groups.provider_unknown")
    if posted.said["role"] and posted.said["role"] not in dict(posted.roles):
        found["role"] = t("groups.role_unknown")
    if len(posted.said["group_name"]) > LONGEST:
        found["group_name"] = t("door.too_long", most=LONGEST, length=len(posted.said["group_name"]))
    return invalid(found) if found else None


def operation(posted: MappingForm) -> Operation:
    """What is proposed."""
    return Operation("create", platform().catalog.by_name("ops", TABLE), None, {}, dict(posted.said))


def removal(key: str) -> Operation:
    """What is proposed to take a mapping away. Raises NotVisible where there is none."""
    catalog = platform().catalog
    table = catalog.by_name("ops", TABLE)
    try:
        parse_key(key, len(table.key))
    except BadAddress as error:
        raise NotVisible(key) from error
    return Operation("delete", table, key, records.one(tx(), view(actor(), table, catalog), key).values)


def asked() -> Mapping[str, str]:
    """What the form was sent with, or the address says."""
    return request.form if request.method == "POST" else request.args
