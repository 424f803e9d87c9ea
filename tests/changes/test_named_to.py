"""That a change is there, and what it was made of, is told to who sees its tables and values (P14)."""

from __future__ import annotations

from ops.approvals import ApprovalRule, Place
from ops.changes import also_open, replay
from tests.changes.company import World
from tests.changes.test_known_to import both, reader


def test_a_change_with_a_table_that_is_not_there_is_not_named(world: World) -> None:
    """P14: neither beside another change of the row, nor by trying a rule."""
    change = both(world)
    here = world.large(world.max).change_id
    for actor, there in ((reader(world, "customer", "plain"), True), (reader(world, "customer"), False)):
        view = world.show(actor, here)
        with world.db.reading() as tx:
            named = [one.reference for one in also_open(tx, world.catalog, actor, view)]
            rule = ApprovalRule("tried", (Place("shop", "customer"),), columns=frozenset({"name"}))
            found = replay(tx, world.catalog, actor, rule)
        assert (named == [f"CH-{change}"], found.count("asks") == 1) == (there, there)
