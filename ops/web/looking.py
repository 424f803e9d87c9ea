"""Looking as a role, for one session: kept in its row, so that any process knows; nothing is written meanwhile."""

from __future__ import annotations

from ops.catalog import Catalog
from ops.policy import Forbidden, Permission, looking_as, may
from ops.roles import book_of
from ops.web.session import Visitor
from ops.words import t

KEY = "looking_as"  # in the data of the session's row
# Beside what is public (signing out, colours): to stop, and to prove who one is.
_STILL_TAKEN = frozenset(("people.stop_looking", "again.begin"))


class Looking(Forbidden):
    """Somebody who looks as a role sent a form: nothing of it was taken."""


def narrow(who: Visitor, catalog: Catalog) -> None:
    """Let the visitor see what their session says they look as; who may not look any more sees as themselves."""
    role = who.data.get(KEY)
    if not isinstance(role, str) or not may(who.actor, Permission.PEOPLE_EDIT):
        return
    narrowed = looking_as(who.actor, role, catalog)
    if narrowed is not None:
        who.actor, who.looking_as = narrowed, role
        who.unread = who.waiting = None  # counted for the roles they hold


def refuse(who: Visitor | None, endpoint: str | None) -> None:
    """Raise Looking where a form comes from somebody who looks as a role."""
    if who is not None and who.looking_as is not None and endpoint not in _STILL_TAKEN:
        raise Looking(t("preview.refused", role=label_of(who)))


def label_of(who: Visitor | None) -> str:
    """What the role is called that they look as; "" where they do not."""
    if who is None or who.looking_as is None:
        return ""
    role = book_of(who.actor).roles.get(who.looking_as)
    return role.label if role is not None else who.looking_as
