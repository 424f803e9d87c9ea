"""The form of a view: its name, whom it is shared with, whether it stands on the rail and opens the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from ops.records.saved_views import LONGEST_NAME, SavedView, may_change, may_share
from ops.roles import book_of
from ops.web.gate import actor
from ops.web.role_words import role_label
from ops.web.trouble import Trouble, Troubled
from ops.web.visible import visible
from ops.words import t


@dataclass(frozen=True, kw_only=True)
class ViewForm(Troubled):
    """What templates/saved_views/form.html shows. `one` is None while it is being made."""

    action: str
    back: str
    table: str
    token: str
    one: SavedView | None = None
    name: str = ""
    role: str | None = None
    pinned: bool = False
    opens: bool = False
    edition: int = 0

    @property
    def may_change(self) -> bool:
        """Whether name and sharing are theirs to change; pins and what opens the list always are."""
        return self.one is None or may_change(actor(), self.one)

    @property
    def roles(self) -> list[tuple[str, str]]:
        """Whom the person may share with: nobody, roles they hold, and the one it is shared with already."""
        who = actor()
        names = {name for name in book_of(who).roles if may_share(who, name)}
        if self.role is not None:
            names.add(self.role)
        found = sorted(((name, role_label(name)) for name in names), key=lambda pair: pair[1].casefold())
        return [("", t("views.only_me")), *found]

    @property
    def labels(self) -> Mapping[str, str]:
        """What the fields are called."""
        return {"name": t("views.name"), "role": t("views.shared_with")}


@dataclass(frozen=True, slots=True)
class Said:
    """What a form brought; `trouble` where it cannot be taken."""

    name: str
    role: str | None
    pinned: bool
    opens: bool
    edition: int
    trouble: Trouble | None


def said() -> Said:
    """Read the posted form."""
    name = " ".join(request.form.get("name", "").split())
    role = request.form.get("role", "").strip()[:100] or None
    edition = request.form.get("edition", type=int, default=0)
    return Said(name, role, "pinned" in request.form, "opens" in request.form, edition, _trouble(name))


def _trouble(name: str) -> Trouble | None:
    if not name:
        return invalid(name=t("views.name_needed"))
    if len(name) > LONGEST_NAME or visible(name) != name:
        return invalid(name=t("views.name_bad", count=LONGEST_NAME))
    return None


def invalid(**fields: str) -> Trouble:
    """The form again, with a sentence beside each field."""
    return Trouble(t("views.not_saved"), t("views.not_saved_body"), fields=fields)
