"""For `ops check`: roles by SCIM do not age, so somebody must notice when nobody tells of them any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

_SILENT = """
    SELECT t.label, t.used_at FROM ops.scim_token t
    WHERE COALESCE(t.used_at, t.created_at) < now() - interval '7 days' ORDER BY t.label
"""
_LEFT_BEHIND = """
    SELECT count(DISTINCT person_id) FROM ops.person_role WHERE origin = 'scim'
    AND NOT EXISTS (SELECT FROM ops.scim_token)
"""


def silence(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """What to tell of clients that have not been heard for a week, and of roles whose client is gone."""
    if connection.execute("SELECT to_regclass('ops.scim_token')").fetchone() == (None,):
        return
    for label, used_at in connection.execute(_SILENT).fetchall():
        when = "was never used" if used_at is None else f"was last used on {used_at:%Y-%m-%d}"
        yield (
            f"The SCIM token {label} {when}: if the provider tells no more, roles it gave stay as they are. "
            "See what it says there, or remove the token: ops scim token remove"
        )
    row = connection.execute(_LEFT_BEHIND).fetchone()
    if row is not None and row[0]:
        yield (
            f"{row[0]} people have roles by SCIM, and no client may tell of them any more: there is no token. "
            "Make one, or take these roles away by SCIM before its last token goes."
        )
