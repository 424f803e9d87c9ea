"""Why somebody used an emergency, and what another one found of it: said in words, and not in too many."""

from __future__ import annotations

from ops.changes.errors import Invalid
from ops.changes.values import sendable
from ops.words import t

LONGEST = 2000  # as the table holds it


def said(name: str, text: str) -> str:
    """The text without the blanks around it. Raises Invalid under the field's `name`: empty, too long, not a text."""
    told = text.replace("\r\n", "\n").strip()
    if not told:
        raise Invalid({name: t(f"emergency.{name}_needed")})
    if not sendable(told):
        raise Invalid({name: t("door.nul")})
    if len(told) > LONGEST:
        raise Invalid({name: t("door.said_too_long", most=f"{LONGEST:,}", length=f"{len(told):,}")})
    return told
