"""What the pages about people share: their blueprint, addresses, what roles and providers are called."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint

from ops.identity import directory
from ops.identity.directory import KnownPerson, NoSuchPerson
from ops.policy import Forbidden, NotVisible, Permission, may
from ops.roles import Role, book_of
from ops.web.gate import actor, tx
from ops.words import WORDS, t

bp = Blueprint("people", __name__, url_prefix="/people")
STATE_TONES = {"active": "ok", "new": "idle", "off": "bad"}


def person_href(person_id: int, *more: str) -> str:
    """A person's page, or one below it."""
    return "/".join((f"/people/{person_id}", *more))


def address(path: str, **said: str | int | None) -> str:
    """A path of ours with what is said behind it."""
    query = urlencode({name: value for name, value in said.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def known(person_id: int) -> KnownPerson:
    """The person of the address. Raises NotVisible, which is answered as 404."""
    try:
        return directory.person(tx(), person_id)
    except NoSuchPerson:
        raise NotVisible(str(person_id)) from None


def is_me(person_id: int) -> bool:
    """Whether the page is about who reads it."""
    return person_id == actor().person_id


def somebody_else(person_id: int, refusal: str) -> KnownPerson:
    """The person, unless it is who asks: then Forbidden, with the words of `refusal`. Raises NotVisible."""
    if is_me(person_id):
        raise Forbidden(t(refusal))
    return known(person_id)


def edits() -> bool:
    """Whether who reads may change what others may do."""
    return may(actor(), Permission.PEOPLE_EDIT)


def roles() -> list[Role]:
    """Every role there is, built in or the company's own, the built-in ones first."""
    found = book_of(actor()).roles.values()
    return sorted(found, key=lambda role: (not role.built_in, role.label.casefold()))


def said(key: str, otherwise: str) -> str:
    """The words of a key that is put together, or `otherwise` where there are none."""
    return t(key) if key in WORDS else otherwise


def number(text: str | None) -> int | None:
    """A number of the query string, None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
