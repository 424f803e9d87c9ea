"""What the people of a role are called, where a page says who is asked."""

from __future__ import annotations

from ops.words import WORDS, t


def role_words(role: str) -> str:
    """The people of a role, in the plural; a role nobody here named stays as it is called."""
    key = f"changes.role.{role}"
    return t(key) if key in WORDS else role
