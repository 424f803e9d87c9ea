"""Which tests one xdist worker takes together: those that share a browser, a started product, a crawl.

Marks with the name of a group do nothing with pytest 9.2: https://github.com/pytest-dev/pytest-xdist/issues/1386
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# Begun before the many short ones, so that no worker is alone with one of these in the end.
LONG = (
    "tests/web/test_url_map.py::test_a_crawl_changes_nothing",
    "tests/jobs/", "tests/changes/model/", "tests/cli/test_up.py",
    "tests/embedded/", "tests/oidc/", "tests/records/test_walks.py", "tests/records/test_every_operator.py",
    "tests/bypass/test_every_door.py", "tests/web/test_break_glass.py", "tests/web/records/test_every_table.py",
)  # fmt: skip
TOGETHER = ("tests/browser/", "tests/faults/", "tests/web/test_markers.py")


class Together(LoadScopeScheduling):
    """Hands out the tests of a place of `TOGETHER` as one piece, first the largest, and all others singly."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)

    def schedule(self) -> None:
        """As the class below does it; of what nobody has begun yet, what takes long goes first."""
        super().schedule()
        waiting = [scope for scope in self.workqueue if scope not in TOGETHER and scope.startswith(LONG)]
        for scope in reversed(waiting):
            self.workqueue.move_to_end(scope, last=False)
        for scope in reversed([scope for scope in self.workqueue if scope in TOGETHER]):
            self.workqueue.move_to_end(scope, last=False)
