"""Makers of new values row by row: what an action gives each row, computed when the row is frozen.

A room above registers its maker by name; the change keeps the name and what else the maker needs as JSON, so that
a worker anywhere can go on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from ops.policy import View

Made = Mapping[str, str | None] | str
"""A row's new values as texts, or the sentence that says why there are none."""
Maker = Callable[[Session, View, Mapping[str, Any], Sequence[Mapping[str, str | None]]], Sequence[Made]]
"""(tx, the proposer's view, the spec, whole rows as texts) -> one Made for each row."""

PIECE = 500  # rows a maker gets at once
MAKERS: dict[str, Maker] = {}


def make(
    tx: Session, seen: View, spec: Mapping[str, Any], rows: Sequence[Mapping[str, str | None]],
    within: Sequence[bool],
) -> list[Made | None]:  # fmt: skip
    """Ask the maker that `spec` names under "maker". Raises KeyError where nobody registered it.

    `within`: whether the row is one the person may do it to. Of the others nothing is worked out: None.
    """
    theirs = [row for row, may in zip(rows, within, strict=True) if may]
    made = iter(MAKERS[str(spec["maker"])](tx, seen, spec, theirs) if theirs else [])
    return [next(made) if may else None for may in within]
