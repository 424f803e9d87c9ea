"""A world with many plain rows, and a worker that runs in the test itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ops import work
from ops.changes import bulk, heads
from ops.changes.bulk import Listed, Ticked, Wish
from ops.changes.operation import Outcome
from tests.changes.company import World


class Many:
    """What tests of bulk changes do again and again."""

    def __init__(self, world: World) -> None:
        self.world = world

    def plain(self, rows: int) -> None:
        """So many rows in shop.plain, beside the two that are there."""
        self.world.sql(
            "INSERT INTO shop.plain SELECT n, 'v' || n FROM generate_series(3, :rows) n", rows=rows
        )

    def wish(
        self, table: str = "plain", *keys: int, kind: Any = "update", listed: str = "", **values: Any
    ) -> Wish:
        """A wish about ticked rows, or where no key is given about a list."""
        selection = Ticked(tuple(f"~{key}" for key in keys)) if keys else Listed(listed)
        return Wish(self.world.table(table), kind, selection, **values)

    def propose(self, actor: Any, wish: Wish, token: str | None = None) -> Outcome:
        """Take it through the door."""
        return bulk.propose_bulk(self.world.db, self.world.catalog, actor, wish, token=token)

    def work(self, change_id: int, stop: Callable[[], bool] = lambda: False) -> str:
        """Do the work that is due for the change, as a worker would; its state afterwards."""
        with self.world.db.reading() as tx:
            head = heads.head(tx, change_id)
        assert head is not None
        found = self.world.sql("SELECT id FROM ops.work WHERE subject = :s", s=head.subject)
        claim = work.claim(self.world.db, found[0].id, "test") if found else None
        assert claim is not None, "no work is due"
        bulk.run(self.world.db, self.world.catalog, claim, stop)
        return self.state(change_id)

    def state(self, change_id: int) -> str:
        return str(self.world.one("SELECT state FROM ops.change_set WHERE id = :id", id=change_id))

    def results(self, change_id: int) -> dict[str, int]:
        """How many rows came to what, by the rows themselves; the head must say the same."""
        rows = self.world.sql(
            "SELECT state, count(*) AS many FROM ops.change_target WHERE change_id = :id GROUP BY 1",
            id=change_id,
        )
        found = {row.state: row.many for row in rows}
        with self.world.db.reading() as tx:
            head = heads.head(tx, change_id)
        assert head is not None
        assert {name: many for name, many in head.counts.items() if many} == {
            name: many for name, many in found.items() if name != "waiting"
        }
        return found

    def problems(self, change_id: int) -> dict[str, str]:
        rows = self.world.sql(
            "SELECT row_key, problem FROM ops.change_target WHERE change_id = :id AND problem IS NOT NULL",
            id=change_id,
        )
        return {row.row_key[0]: row.problem for row in rows}


@pytest.fixture
def many(world: World) -> Many:
    return Many(world)
