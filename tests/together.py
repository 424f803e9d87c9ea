"""Which tests one xdist worker takes together: those that share a browser, a started product, a crawl.

Marks with the name of a group do nothing with pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/faults/", "tests/web/test_markers.py")


class Together(LoadScopeScheduling):
    """Hands out the tests of a place of `TOGETHER` as one piece, first the largest, and all others singly."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)
