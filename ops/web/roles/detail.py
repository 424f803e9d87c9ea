"""One role: its rights on tables in words, the pages it opens, who holds it, what of it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops import policy
from ops.changes import OpenChange, open_changes
from ops.identity.holding import GroupOf, Holder, holders, holdings
from ops.policy import NotVisible, Permission
from ops.roles import Role, book_of
from ops.roles.model import IMPLIED
from ops.web.gate import actor, platform, tx
from ops.web.provider_names import provider_name
from ops.web.roles.addresses import role_href
from ops.web.roles.overview import TABLES, RightLine, rights_of
from ops.words import t

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A page permission of the role; `by` says which verbs imply it, "" where it is given as such."""

    permission: Permission
    by: str


@dataclass(frozen=True)
class RolePage:
    """What templates/roles/show.html shows."""

    role: Role
    rights: Sequence[RightLine]
    opens: Sequence[Opened]
    people: Sequence[Holder]
    more: bool
    count: int
    groups: Sequence[tuple[str, str]]
    waiting: Sequence[OpenChange]
    mine: bool
    may: bool

    @property
    def href(self) -> str:
        """Its own address."""
        return role_href(self.role.name)

    @property
    def may_edit(self) -> bool:
        """Whether this person may propose changes of it: nobody of what they hold themselves (P17)."""
        return self.may and not self.mine

    @property
    def in_use(self) -> list[str]:
        """What keeps a role of one's own from being deleted, in words."""
        found = []
        if self.rights:
            found.append(t("roles.use.rights", count=len(self.rights)))
        if self.groups:
            found.append(t("roles.use.groups", count=len(self.groups)))
        hand = sum("hand" in one.origins for one in self.people)
        if hand:
            found.append(t("roles.use.people", count=hand))
        return found


def role_named(name: str) -> Role:
    """The role, as it stands in today's book. Raises NotVisible."""
    found = book_of(actor()).roles.get(name)
    if found is None:
        raise NotVisible(name)
    return found


def role_page(name: str) -> RolePage:
    """Read the page. Raises NotVisible where there is no such role."""
    role = role_named(name)
    who = actor()
    people = holders(tx(), name, SHOWN)
    held = holdings(tx()).get(name)
    groups: Sequence[GroupOf] = held.groups if held else ()
    return RolePage(
        role=role,
        rights=rights_of(platform().catalog, role),
        opens=_opens(role),
        people=people[:SHOWN],
        more=len(people) > SHOWN,
        count=held.people if held else 0,
        groups=[(one.name, provider_name(one.iss)) for one in groups],
        waiting=waiting_of(name),
        mine=name in who.roles,
        may=policy.may(who, Permission.PEOPLE_EDIT),
    )


def waiting_of(role: str) -> list[OpenChange]:
    """The changes of this role and its rights that wait."""
    return [
        one
        for one in open_changes(tx(), TABLES)
        if role in (*one.key[:1], one.after.get("role"), one.after.get("name"))
    ]


def _opens(role: Role) -> list[Opened]:
    verbs = {verb for rule in role.tables.values() for verb in rule.verbs}
    found = []
    for permission in Permission:
        if permission in role.permissions:
            by = sorted(verb for verb in verbs if permission in IMPLIED[verb])
            found.append(Opened(permission, "" if permission in role.given else ", ".join(by)))
    return found
