"""What is typed into an action is as good as the values that come of it: told to who sees these (P14)."""

from __future__ import annotations

from typing import Any

from ops import catalog, policy
from ops.catalog import Resource, action
from ops.changes import Operation, acting, propose
from tests.changes.company import World
from tests.changes.test_known_to import SAID, reader


class Customers(Resource):
    table = "shop.customer"
    title = "{code}"

    @action("Note", approval=True)
    def note(self, customer: Any, *, what: str) -> Any:
        return {"name": what}


def test_what_was_typed_into_an_action_is_told_to_who_sees_what_came_of_it(world: World) -> None:
    """P14: the value of a column that one does not see stands in no argument either."""
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, resources=[Customers])
    table = world.table("customer")
    note = table.resource.actions["note"]
    seen = policy.acting_view(world.ann, table, note, world.catalog)
    assert seen is not None
    with world.db.reading() as tx:
        made: list[Operation] = acting.prepare(tx, seen, note, "~1", {"what": SAID}, {"what": SAID})
    out = propose(world.db, world.catalog, world.ann, made, source="action", title="T")
    assert out.state == "in_review"
    for hidden, told in ((frozenset[str](), True), (frozenset({"name"}), False)):
        view = world.show(reader(world, "customer", hidden=hidden), out.change_id)
        assert view.act is not None and (SAID in repr(view.arguments), view.act_told) == (told, told)
    assert world.show(world.ann, out.change_id).arguments == [("What", SAID)]
