"""Mappings as the page shows them: group, provider, role, people seen in it, and where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ops import policy
from ops.catalog import key_text
from ops.changes import OpenChange, Provenance, open_changes, provenance
from ops.identity.holding import Unmapped, group_screen
from ops.policy import Permission
from ops.web.gate import actor, tx
from ops.web.provider_names import provider_name, scim_issuer
from ops.web.role_words import role_label

TABLE = "group_role"


@dataclass(frozen=True, slots=True)
class Mapping:
    """One group that means one role. `waits`: the change that would take it away."""

    iss: str
    group: str
    role: str
    role_label: str
    provider: str
    people: int | None
    came: Provenance | None
    waits: OpenChange | None
    mine: bool

    @property
    def href(self) -> str:
        """The question before it is removed."""
        return mapping_href(self.iss, self.group, self.role)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A group that means nothing here."""

    group: Unmapped
    provider: str
    map_href: str
    waits: OpenChange | None


@dataclass(frozen=True, slots=True)
class Screen:
    """What templates/groups/index.html shows."""

    mappings: Sequence[Mapping]
    nothing: Sequence[Nothing]
    more: bool
    waiting: Sequence[OpenChange]
    may_edit: bool


def screen() -> Screen:
    """Read the page: four statements, whatever there is."""
    read = group_screen(tx(), scim_issuer())
    came = provenance(tx(), TABLE)
    waiting = open_changes(tx(), (TABLE,))
    gone = {one.key: one for one in waiting if one.kind == "delete"}
    asked = {
        (one.after.get("iss"), one.after.get("group_name")): one for one in waiting if one.kind == "create"
    }
    who = actor()
    mappings = [
        Mapping(
            iss, group, role, role_label(role), provider_name(iss), read.people.get((iss, group)),
            came.get((iss, group, role)), gone.get((iss, group, role)), group in who.groups,
        )
        for iss, group, role in read.mappings
    ]  # fmt: skip
    nothing = [
        Nothing(one, provider_name(one.iss), new_href(one.iss, one.name), asked.get((one.iss, one.name)))
        for one in read.unmapped
    ]
    may = policy.may(who, Permission.PEOPLE_EDIT)
    return Screen(sorted(mappings, key=_order), nothing, read.more, waiting, may)


def _order(one: Mapping) -> tuple[str, str, str]:
    return one.provider.casefold(), one.group.casefold(), one.role


def mapping_href(iss: str, group: str, role: str) -> str:
    """The question before a mapping is removed."""
    return f"/people/groups/{quote(key_text((iss, group, role)), safe='~,')}/remove"


def new_href(iss: str = "", group: str = "", role: str = "") -> str:
    """The form of a new mapping, filled with what is known."""
    said = {name: text for name, text in (("iss", iss), ("group_name", group), ("role", role)) if text}
    return "/people/groups/new" + (f"?{urlencode(said)}" if said else "")
