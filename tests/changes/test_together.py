"""Rows that are made together: a parent and its children in one change, whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops import changes
from ops.changes import Invalid, Link, Operation
from ops.policy import Forbidden
from tests.changes.company import World

TO_PARENT = {"order_id": Link(0, "id")}


def order(world: World, *whats: str, customer: str = "1") -> list[Operation]:
    """A new order with its lines."""
    parent = Operation("create", world.table("orders"), after={"customer_id": customer, "total": "5"})
    lines = [
        Operation("create", world.table("line"), after={"no": str(n), "what": what}, links=TO_PARENT)
        for n, what in enumerate(whats, 1)
    ]
    return [parent, *lines]


def test_children_get_the_key_of_the_parent_they_are_made_with(world: World) -> None:
    """P35, P36: one change, one event for each row."""
    outcome = world.propose(world.oz, *order(world, "a", "b"))
    assert outcome.state == "applied"
    made = outcome.result_key.removeprefix("~")
    assert world.sql("SELECT no, what FROM shop.line WHERE order_id = :id ORDER BY no", id=int(made)) == [
        (1, "a"),
        (2, "b"),
    ]
    found = world.sql("SELECT row_key FROM ops.event WHERE action = 'row.created' ORDER BY id")
    assert [row[0] for row in found] == [f"~{made}", f"~{made},1", f"~{made},2"]
    assert world.one("SELECT count(*) FROM ops.change_set") == 1
    with world.db.reading() as tx:
        shown = changes.show(tx, world.catalog, world.oz, outcome.change_id)
    told = {one.column: one.will_be for one in shown.operations[1].differences}
    assert told["order_id"] == made


def test_nothing_is_left_of_a_parent_whose_child_cannot_be(world: World) -> None:
    """The position tells which row is meant."""
    before = world.one("SELECT count(*) FROM shop.orders")
    parent, first, second = order(world, "a", "b")
    second = replace(second, after={"no": "1", "what": "twice"})
    with pytest.raises(Invalid) as error:
        world.propose(world.oz, parent, first, second)
    assert error.value.position == 2
    assert world.one("SELECT count(*) FROM shop.orders") == before


def test_together_they_wait_are_judged_and_land(world: World) -> None:
    """P28, P29: the digest covers which row a child belongs to."""
    world.rule("lines are looked at", table_name="line", kinds=["create"], role="manager")
    outcome = world.propose(world.ann, *order(world, "a"))
    assert outcome.state == "in_review"
    assert world.one("SELECT count(*) FROM shop.line WHERE what = 'a'") == 0
    with world.db.reading() as tx:
        shown = changes.show(tx, world.catalog, world.bo, outcome.change_id)
    told = {one.column: one.will_be for one in shown.operations[1].differences}
    assert told["order_id"] == "the new order (number 1 of this change)"
    landed = world.decide(world.bo, outcome.change_id)
    assert landed.state == "applied", landed.failure
    assert (
        world.one("SELECT count(*) FROM shop.line l JOIN shop.orders o ON o.id = l.order_id WHERE what = 'a'")
        == 1
    )


def test_a_rule_on_the_reference_is_judged_on_the_row_as_written(world: World) -> None:
    """What a child refers to is known only once its parent is there: the rule asks then, and nothing is written."""
    world.rule("every order's lines", table_name="line", condition="new.order_id > 0", role="manager")
    outcome = world.propose(world.ann, *order(world, "judged"))
    assert outcome.state == "in_review"
    assert world.one("SELECT count(*) FROM shop.line WHERE what = 'judged'") == 0
    assert world.decide(world.bo, outcome.change_id).state == "applied"


def test_links_say_what_a_decision_is_bound_to(world: World) -> None:
    """P28."""
    from ops.changes.operation import digest

    one = order(world, "a", "b")
    assert digest(one, 1) != digest([one[0], replace(one[1], links={}), one[2]], 1)


@pytest.mark.parametrize(
    "links",
    [
        {"order_id": Link(1, "id")},  # itself
        {"order_id": Link(2, "id")},  # a later one
        {"order_id": Link(-1, "id")},
        {"order_id": Link(0, "customer_id")},  # not what the foreign key names
        {"what": Link(0, "id")},  # no foreign key at all
    ],
)
def test_only_what_a_foreign_key_takes_may_travel(world: World, links: dict[str, Link]) -> None:
    """P14, P15: a link cannot copy another column, or one of another row."""
    parent, line, other = order(world, "a", "b")
    after = {name: text for name, text in line.after.items() if name not in links}
    with pytest.raises((Invalid, Forbidden)):
        world.propose(world.oz, parent, replace(line, links=links, after=after), other)
    assert world.one("SELECT count(*) FROM ops.change_set") == 0


def test_a_row_that_is_there_may_move_to_the_new_parent(world: World) -> None:
    """And an update that says nothing else is not dropped."""
    parent = order(world)[0]
    moved = Operation(
        "update", world.table("ticket"), "~1", {"customer_id": "1"}, {}, links={"customer_id": Link(0, "id")}
    )
    customer = Operation("create", world.table("customer"), after={"name": "New"})
    outcome = world.propose(world.oz, customer, moved, replace(parent, after={"customer_id": "1"}))
    made = int(outcome.result_key.removeprefix("~"))
    assert world.one("SELECT customer_id FROM shop.ticket WHERE id = 1") == made
