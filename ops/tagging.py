"""What a transaction is told to be for: shown by PostgreSQL beside each of its statements, in its log and activity.

Why by `application_name` and not by a comment: docs/decisions/0007-statements-are-tagged-by-name.md
"""

from __future__ import annotations

import re
from contextvars import ContextVar

LONGEST = 63  # PostgreSQL cuts a name there (NAMEDATALEN - 1)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.:-]+")
_tag: ContextVar[str] = ContextVar("ops_tag", default="")


def tag(*words: str) -> None:
    """Tag the transactions this context begins from now on: a request's id and its route; nothing takes it off."""
    # Whatever stands in them, nothing is left that could end a text in SQL.
    _tag.set(" ".join(_NOT_PLAIN.sub("_", word) for word in words if word))


def tagged(application_name: str) -> str:
    """`SET LOCAL application_name = …; ` for a transaction of this context; nothing where it has no tag."""
    words = _tag.get()
    if not words:
        return ""
    name = f"{_NOT_PLAIN.sub(' ', application_name)} {words}"[:LONGEST]
    return f"SET LOCAL application_name = '{name}'; "
