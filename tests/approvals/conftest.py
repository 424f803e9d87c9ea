"""The door's world, for rules to look at."""

from tests.changes.conftest import ops_url, world

__all__ = ["ops_url", "world"]
