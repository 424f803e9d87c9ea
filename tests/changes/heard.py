"""What is said to the database meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tests.changes.company import World


@contextmanager
def heard(world: World) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its values, in their order."""
    found: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        found.append((text, values))

    sa.event.listen(world.db.engine, "before_cursor_execute", listen)
    try:
        yield found
    finally:
        sa.event.remove(world.db.engine, "before_cursor_execute", listen)
