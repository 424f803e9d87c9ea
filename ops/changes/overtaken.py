"""Whether rights and rules are still those a write was judged by, where the statement that writes does not tell."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from ops import direct
from ops.changes.errors import Overtaken
from ops.identity import same_rights

_RIGHTS = "SELECT ops.rights_of(%(person_id)s)"
_STANDING = "SELECT ops.standing_of(%(change_id)s, %(person_id)s)"


def still_may(tx: Session, person: Any) -> None:
    """Raise Overtaken where rights and rules are others than when the `person` (a row of `ops.person_now`) was read."""
    if not same_rights(person, direct.rows(tx, _RIGHTS, {"person_id": person.id})[0][0]):
        raise Overtaken


def standing(tx: Session, change_id: int, person_id: int | None) -> str:
    """Rules, rights and loans of all whose rights count for the change, as one text: another one is another standing.

    It is read before what is judged by it, and again when that is written.
    """
    values = {"change_id": change_id, "person_id": person_id}
    return str(direct.rows(tx, _STANDING, values)[0][0])


def still_standing(tx: Session, change_id: int, person_id: int | None, was: str) -> None:
    """Raise Overtaken where `standing` is another by now."""
    if standing(tx, change_id, person_id) != was:
        raise Overtaken
