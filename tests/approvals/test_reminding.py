"""By the clock: reminders again and again while it is a stage's turn, escalation once, neither for what is over."""

from __future__ import annotations

import pytest

from ops import notices, outbox
from ops.approvals import reminding
from ops.db import Database
from ops.policy import Forbidden
from tests.changes import company
from tests.changes.company import World
from tests.conftest import Databases

STAGES = """[
    {"role": "finance", "needed": 1, "due": 4, "remind": 2, "escalate": 6, "escalate_to": "manager"},
    {"role": "owner", "needed": 1}
]"""


@pytest.fixture
def ops_url(make_database: Databases) -> str:
    return make_database("company")


@pytest.fixture
def world(db: Database) -> World:
    world = company.world_of(db)
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (7, 'i', 'fia', 'Fia')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (7, 'finance', 'hand')")
    world.rule("finance", table_name="plain")
    world.sql("UPDATE ops.approval_rule SET stages = CAST(:stages AS jsonb)", stages=STAGES)
    return world


def asked(world: World) -> int:
    return world.propose(world.max, world.edit("~1", {"v": "one"}, {"v": "two"}, "plain")).change_id


def later(world: World, hours: int) -> None:
    world.sql(
        "UPDATE ops.stage SET remind_at = remind_at - make_interval(hours => :h), "
        "escalate_at = escalate_at - make_interval(hours => :h), opened_at = opened_at - make_interval(hours => :h)",
        h=hours,
    )


def tick(world: World) -> tuple[int, int]:
    with world.db.transaction() as tx:
        done = reminding.escalate(tx), reminding.remind(tx)
    while outbox.drain(world.db, notices.HANDLERS):
        pass
    return done


def told(world: World, person: int) -> list[str]:
    return [
        row.text
        for row in world.sql("SELECT text FROM ops.notice WHERE person_id = :p ORDER BY id", p=person)
    ]


def test_reminded_again_and_again_until_it_is_decided(world: World) -> None:
    change = asked(world)
    world.sql("UPDATE ops.stage SET escalate_at = NULL")
    assert tick(world) == (0, 0)
    later(world, 2)
    assert tick(world) == (0, 1)
    assert tick(world) == (0, 0)  # the next one is two hours away
    assert told(world, 7) == [
        f"Max asks for your decision on CH-{change}",
        f"CH-{change} of Max still waits for your decision",
    ]
    later(world, 2)
    assert tick(world) == (0, 1)
    world.sql("UPDATE ops.change_set SET state = 'withdrawn'")
    later(world, 2)
    assert tick(world) == (0, 0)
    assert world.one("SELECT count(*) FROM ops.stage WHERE remind_at IS NOT NULL") == 0


def test_overdue_it_goes_on_to_others_once(world: World) -> None:
    """Bo may decide from then on, hears of it, and so does who waits; those who were asked may still."""
    change = asked(world)
    with pytest.raises(Forbidden):
        world.decide(world.bo, change)
    later(world, 6)
    assert tick(world)[0] == 1
    assert tick(world)[0] == 0
    assert told(world, 2) == [
        f"Max asks for your decision on CH-{change}",
        f"CH-{change} of Max still waits for your decision",
    ]
    assert told(world, 6) == [f"CH-{change} was not decided in time and went on to: manager"]
    (event,) = world.events("change.escalated")
    assert event.body["facts"] == {"to": "manager"} and event.person_id is None
    assert world.decide(world.bo, change).state == "in_review"
    assert world.show(world.oz, change).may_decide
    later(world, 20)
    assert tick(world)[0] == 0


def test_a_stage_whose_turn_has_not_come_is_left_alone(world: World) -> None:
    asked(world)
    world.sql(
        "UPDATE ops.stage SET remind_hours = 1, remind_at = now() - interval '1 hour' WHERE position = 2"
    )
    assert tick(world) == (0, 0)
