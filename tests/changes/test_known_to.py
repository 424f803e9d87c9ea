"""What the trail tells of a change beside its rows is for who sees its tables, rows and values (P14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops import audit, history
from ops.actor import Actor
from ops.changes import talk
from ops.history import Filters
from ops.roles import Permission, Role, TableRule
from ops.roles.book import bound
from tests.changes.company import World

SAID = "SAID-4711"


def reader(world: World, *tables: str, **more: Any) -> Actor:
    """Cy in a role of the company's own, which reads the trail and sees these tables."""
    role = Role("reader", "Reader", given=frozenset({Permission.TRAIL_READ}))
    rules = [TableRule("reader", "shop", name, frozenset({"see"}), **more) for name in tables]
    return replace(world.cy, roles=frozenset({"reader"}), book=bound(repr(rules), [role], rules, None))


def trail(world: World, actor: Actor, change: int) -> list[history.Event]:
    with world.db.reading() as tx:
        return history.trail(tx, world.catalog, actor, Filters(change_id=change)).events


def both(world: World) -> int:
    """A change of Ann's that waits, of a customer and of a plain row."""
    world.rule("all")
    out = world.propose(
        world.ann,
        world.edit("~1", {"name": "Customer 1"}, {"name": "New"}),
        world.edit("~1", {"v": "one"}, {"v": "uno"}, table="plain"),
    )
    assert out.state == "in_review"
    return out.change_id


@pytest.mark.parametrize(
    ("tables", "more", "told"),
    [
        (("customer", "plain"), {}, True),
        (("customer",), {}, False),
        (("plain",), {}, False),
        (("customer", "plain"), {"rows": "id = 2"}, False),
    ],
)
def test_what_was_said_is_in_the_trail_for_who_sees_the_change(
    world: World, tables: tuple[str, ...], more: dict[str, str], told: bool
) -> None:
    """P14: words of the discussion and names of files are the change's, not the trail's."""
    change = both(world)
    talk.say(world.db, world.catalog, world.bo, change, SAID, token="s" * 22)
    with world.db.transaction() as tx:
        audit.record(
            tx, world.ann, [audit.Entry("change.file_added", change_id=change, facts={"file": SAID})]
        )
    events = trail(world, reader(world, *tables, **more), change)
    assert {one.action for one in events} >= {"change.commented", "change.file_added"}, (
        "that it happened is told"
    )
    kept = [one for one in events if one.action in ("change.commented", "change.file_added")]
    assert [SAID in repr(one) for one in kept] == [told, told]
    assert [one.hidden for one in kept] == [not told, not told]


def test_ones_own_is_ones_own_to_read(world: World) -> None:
    """As on the change's page: also where its row is out of one's sight by now."""
    change = world.large().change_id
    talk.say(world.db, world.catalog, world.bo, change, SAID, token="s" * 22)
    mine = replace(reader(world, "customer", rows="id = 2"), person_id=world.ann.person_id)
    assert SAID in repr(trail(world, mine, change))


def test_why_it_failed_is_told_to_who_sees_every_value(world: World) -> None:
    """P14: error text names columns; as on the change's page, whether its event names a table or not."""
    change = world.large().change_id
    place = {"table": ("shop", "customer"), "key": "~1"}
    failed = [
        audit.Entry(
            "change.failed", "failed", change_id=change, facts={"why": f"Credit limit: {SAID}"}, **more
        )
        for more in ({}, place)
    ]
    with world.db.transaction() as tx:
        audit.record(tx, world.oz, failed)
    for hidden, told in ((frozenset({"card"}), True), (frozenset({"credit_limit"}), False)):
        events = trail(world, reader(world, "customer", hidden=hidden), change)
        assert [SAID in repr(one) for one in events if one.outcome == "failed"] == [told, told]
