"""Guards of a further revision, each alone (see test_each_guard): it widens nobody's rights and passes no rule."""

from __future__ import annotations

import pytest

from ops import changes
from ops.actor import Actor
from ops.changes import Operation, Outcome
from ops.policy import Forbidden
from tests.changes.company import World
from tests.changes.guarded import person, role


def revise(world: World, actor: Actor, change: int, *operations: Operation) -> Outcome:
    digest = world.one("SELECT digest FROM ops.change_set WHERE id = :id", id=change)
    return changes.revise(world.db, world.catalog, actor, change, operations, reason="more", digest=digest)


def value(world: World) -> str:
    return str(world.one("SELECT v FROM shop.plain WHERE id = 1"))


def test_p16_what_its_proposer_may_not_is_not_made_of_their_change(world: World) -> None:
    """Max may set a credit limit, and nobody is asked about a small one; the change is the clerk's, who may not."""
    role(world, "clerk", "customer", "{see,edit}")
    world.sql("UPDATE ops.role_table SET readonly = '{credit_limit}'")
    world.rule("names", table_name="customer", columns=["name"])
    clerk = person(world, 8, "clerk")
    change = world.propose(clerk, world.edit("~1", {"name": "Customer 1"}, {"name": "A"})).change_id
    with pytest.raises(Forbidden):
        revise(
            world, world.max, change, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "9.00"})
        )
    assert world.customer().credit_limit == 1000


def test_p29_a_rule_about_its_proposers_role_is_asked_whoever_revises(world: World) -> None:
    role(world, "clerk", "plain", "{see,edit}")
    world.rule("plain", table_name="plain")
    world.rule("clerks", table_name="plain", role="owner", proposer_roles=["clerk"])
    clerk = person(world, 8, "clerk")
    change = world.propose(clerk, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain")).change_id
    done = revise(world, world.max, change, world.edit("~1", {"v": "one"}, {"v": "11"}, "plain"))
    assert [one.role for one in done.stages] == ["manager", "owner"]


def test_p14_a_change_of_a_row_out_of_sight_is_not_turned_into_another(world: World) -> None:
    """The clerk may edit row 1 alone; what waits for row 2 is not theirs to overwrite."""
    role(world, "clerk", "plain", "{see,edit}", rows="id = 1")
    world.rule("plain", table_name="plain")
    clerk = person(world, 8, "clerk")
    change = world.propose(world.ann, world.edit("~2", {"v": "two"}, {"v": "2"}, "plain")).change_id
    with pytest.raises(Forbidden):
        revise(world, clerk, change, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain"))
    assert world.one("SELECT revision FROM ops.change_set") == 1


def test_p17_a_change_of_rows_does_not_become_one_of_rights(world: World) -> None:
    """Rights have a way of their own, with its day of waiting."""
    world.rule("plain", table_name="plain")
    change = world.propose(world.oz, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain")).change_id
    table = world.catalog.by_name("ops", "person_role")
    with pytest.raises(Forbidden):
        revise(
            world,
            world.oz,
            change,
            Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"}),
        )
    assert world.one("SELECT revision FROM ops.change_set") == 1


def test_p29_a_rule_about_what_the_database_itself_sets_is_asked_of_a_revision(world: World) -> None:
    """A trigger counts a column up: only what was written shows it, and then it is undone and waits."""
    world.rule("counted", table_name="customer", columns=["changed"])
    change = world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "A"})).change_id
    done = revise(world, world.ann, change, world.edit("~1", {"name": "Customer 1"}, {"name": "B"}))
    assert (done.state, [one.why for one in done.stages]) == ("in_review", [("counted",)])
    assert world.customer().name == "Customer 1"
