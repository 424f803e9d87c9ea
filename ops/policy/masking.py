"""The one mask, twice: as SQL, where the database applies it, and in Python for values already read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

DOTS = "••••"
SHORTEST = 8  # of a shorter text the last four would tell too much
KEPT = 4


def mask(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The masked form of a text expression: the last four characters of a long one; NULL stays NULL."""
    shown = sa.literal(DOTS, sa.Text).op("||")(sa.func.right(text, sa.literal_column(str(KEPT))))
    return sa.case(
        (text.is_(None), sa.null()),
        (sa.func.length(text) > sa.literal_column(str(SHORTEST)), shown),
        else_=sa.literal(DOTS, sa.Text),
    )


def masked(value: str | None) -> str | None:
    """The same as `mask`, for a value at hand. Both count characters, not bytes."""
    if value is None:
        return None
    return DOTS + value[-KEPT:] if len(value) > SHORTEST else DOTS
