"""Guards of the moment a change is written, each alone (see test_each_guard)."""

from __future__ import annotations

import threading

import pytest

from ops import catalog
from ops.actor import Actor
from ops.catalog import Resource, Rule, validates
from ops.changes import Operation
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World
from tests.changes.guarded import person, role


class Plain(Resource):
    table = "shop.plain"
    rules = (Rule("Plain rows"),)

    @validates("v")
    def named(self, v: str | None) -> str | None:
        return "Not like this." if v == "bad" else None


def asked(world: World) -> int:
    """Ann asks for another text of row 1, which is a manager's to agree to."""
    out = world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain"))
    assert out.state == "in_review"
    return out.change_id


def value(world: World) -> str:
    return str(world.one("SELECT v FROM shop.plain WHERE id = 1"))


@pytest.mark.parametrize("kind", ["create", "update", "delete"])
def test_p29_another_shape_is_written_by_nobody_who_still_knows_the_old_one(world: World, kind: str) -> None:
    """The process that applies it has read the tables before, as the one that asked had."""
    world.rule("plain", table_name="plain")
    if kind == "update":
        change = asked(world)
    elif kind == "delete":
        change = world.propose(world.ann, world.delete("~1", world.ann, "plain")).change_id
    else:
        new = Operation("create", world.table("plain"), None, {}, {"id": "7", "v": "new"})
        change = world.propose(world.ann, new).change_id
    world.sql("ALTER TABLE shop.plain ADD COLUMN w text")
    assert world.decide(world.bo, change).state == "failed"
    assert [row.id for row in world.sql("SELECT id FROM shop.plain ORDER BY id")] == [1, 2]
    assert value(world) == "one"


def test_p29_a_rule_that_came_meanwhile_is_asked_about_what_a_trigger_sets(world: World) -> None:
    world.rule("names", table_name="customer", columns=["name"])
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "A"})
    change = world.propose(world.ann, edit).change_id
    world.rule("counted", table_name="customer", columns=["changed"], role="owner")
    assert world.decide(world.bo, change).state == "in_review"
    assert world.customer().name == "Customer 1"
    assert world.decide(world.oz, change).state == "applied"


def test_p15_a_new_row_that_waited_is_judged_with_what_the_database_fills_in(world: World) -> None:
    """While it waited nobody could: the row was not there."""
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, resources=[Plain])
    world.sql("ALTER TABLE shop.plain ALTER v SET DEFAULT 'bad'")
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, resources=[Plain])
    change = world.propose(
        world.ann, Operation("create", world.table("plain"), None, {}, {"id": "7"})
    ).change_id
    done = world.decide(world.bo, change)
    assert (done.state, done.failure) == ("failed", "v: Not like this.")
    assert world.sql("SELECT FROM shop.plain WHERE id = 7") == []


def test_p32_a_yes_in_one_stage_is_none_in_the_next(world: World) -> None:
    """Who said it might sit there too: two managers are two who said so as managers."""
    role(world, "clerk", "plain", "{see,approve}")
    both = person(world, 8, "clerk", "manager")
    world.rule("two", table_name="plain", stages=[{"role": "clerk"}, {"role": "manager", "needed": 2}])
    change = asked(world)
    world.decide(both, change)
    assert world.decide(world.bo, change).state == "in_review"
    assert value(world) == "one"
    assert world.decide(world.max, change).state == "applied"


def test_p16_who_waited_for_the_change_itself_is_read_again(world: World) -> None:
    """A no applies nothing, so nothing is compared as it is written: rights are read again after a second's wait."""
    world.rule("plain", table_name="plain")
    change = asked(world)
    digest = world.one("SELECT digest FROM ops.change_set")
    came: list[str] = []

    def no() -> None:
        with world.sent(world.bo), pytest.raises((Forbidden, NotVisible)):
            world.decide(world.bo, change, "reject", comment="no", digest=digest)
        came.append("refused")

    gone = "SELECT pg_sleep(1.2); DELETE FROM ops.person_role WHERE person_id = 2"
    world.while_it_waits(threading.Thread(target=no), f"ops.change_set WHERE id = {change}", gone)
    assert came == ["refused"]
    assert world.one("SELECT state FROM ops.change_set") == "in_review"


def test_p29_who_was_asked_more_meanwhile_is_asked_for_as_many_as_are_missing(world: World) -> None:
    """One manager was asked, now two are: one more, and then it is enough."""
    world.rule("plain", table_name="plain")
    change = asked(world)
    world.sql('UPDATE ops.approval_rule SET stages = \'[{"role": "manager", "needed": 2}]\'')
    assert world.decide(world.bo, change).state == "in_review"
    assert world.one("SELECT sum(needed) FROM ops.stage") == 2
    assert world.decide(world.max, change).state == "applied"


def test_p30_a_form_that_led_elsewhere_does_not_stand_for_this_one(world: World) -> None:
    """A token is the form's of one change: under another it is a decision like any other."""
    world.rule("plain", table_name="plain")
    first, second = asked(world), world.large().change_id
    assert world.decide(world.bo, first, token="t" * 22).state == "applied"
    assert world.decide(world.bo, second, token="t" * 22).state == "applied"


def test_p15_who_is_nobody_changes_nothing(world: World) -> None:
    """Whatever roles come with it."""
    nobody = Actor(None, "Nobody", frozenset({"operator", "owner"}), request_id="r-nobody")
    with pytest.raises(Forbidden):
        world.propose(nobody, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain"))
    assert value(world) == "one"


def test_p27_a_rule_about_rows_that_go_along_is_asked(world: World) -> None:
    """Orders go with their customer: whoever is asked about orders is asked about that."""
    world.rule("orders", table_name="orders", kinds=["delete"], condition="old.total > 1")
    orders = "SELECT count(*) FROM shop.orders"
    before = world.one(orders)
    done = world.propose(world.ann, world.delete("~2", world.ann))
    assert (done.state, [one.why for one in done.stages]) == ("in_review", [("orders",)])
    assert world.one(orders) == before
