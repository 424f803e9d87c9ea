"""What a role is called: itself, and the people of it where a page says who is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ops import approvals
from ops.actor import Actor
from ops.approvals import Asked, Stage
from ops.roles import book_of
from ops.web.gate import actor
from ops.words import WORDS, t


def role_words(role: str) -> str:
    """The people of a role, in the plural; those of a company's own role by its label."""
    key = f"changes.role.{role}"
    return t(key) if key in WORDS else role_label(role)


def asked_words(stages: Sequence[Stage]) -> str:
    """Whom the stages ask, one after the other, as the beginning of a sentence: "2 managers, then one owner"."""
    said = in_turn(Asked(one.needed, one.asked) for one in stages)
    return said[:1].upper() + said[1:]


def in_turn(several: Iterable[Asked]) -> str:
    """Who is asked, one after the other, as the middle of a sentence."""
    return approvals.in_turn(several, actor())


def asked_of(needed: int, asked: str) -> str:
    """So many of a role, or of people for whom there are words: "one manager"."""
    return in_turn([Asked(needed, asked)])


def role_label(role: str, who: Actor | None = None) -> str:
    """What the role is called in the book of `who`, else of who asks; one that is gone stays as it was named."""
    found = book_of(who or actor()).roles.get(role)
    return found.label if found is not None else role
