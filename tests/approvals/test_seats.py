"""Stages with seats: by role or by name, M of N, one after the other; a yes counts while its giver may give it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ops.approvals import waiting_for
from ops.changes import Outcome
from ops.policy import Forbidden
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


@pytest.fixture
def many(world: World) -> Many:
    return Many(world)


def ask(world: World, *stages: dict[str, object], **rule: object) -> Outcome:
    """A change of shop.plain by Ann, which asks these stages."""
    world.rule("stages", table_name="plain", stages=list(stages), **rule)
    return world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "other"}, "plain"))


def state(world: World, change_id: int) -> str:
    return str(world.one("SELECT state FROM ops.change_set WHERE id = :id", id=change_id))


def role(world: World, who: int, name: str, *, take: bool = False) -> None:
    if take:
        world.sql("DELETE FROM ops.person_role WHERE person_id = :who AND role = :name", who=who, name=name)
    else:
        world.sql("INSERT INTO ops.person_role VALUES (:who, :name, 'hand')", who=who, name=name)


def waits(world: World, *actors: object) -> list[bool]:
    with world.db.reading() as tx:
        return [bool(waiting_for(tx, one)) for one in actors]  # type: ignore[arg-type]  # the cast's actors


def test_people_by_name_and_nobody_else(world: World) -> None:
    """P27, P34: who is not named is not asked, not told, and refused, whatever their role."""
    change = ask(world, {"people": [2, 5], "needed": 1}).change_id
    assert waits(world, world.bo, world.oz, world.max, world.cy) == [True, True, False, False]
    seen = world.show(world.max, change)
    assert seen.candidates == ("Bo", "Oz")
    assert seen.stages[0].role == "Bo, Oz"
    assert not seen.may_decide
    with pytest.raises(Forbidden, match="by name"):
        world.decide(world.max, change)
    counts = sa.text("SELECT waiting FROM ops.frame_counts(2, '{}')")
    with world.db.reading() as tx:
        assert tx.scalar(counts) == [[[["shop", "plain"]], 1]]
    assert world.decide(world.bo, change).state == "applied"


def test_two_of_three_by_name(world: World) -> None:
    """P32: a quorum counts people; a maker among those who are named is not asked."""
    role(world, 3, "manager")
    change = ask(world, {"people": [1, 2, 3, 6], "needed": 2}).change_id
    assert world.show(world.bo, change).candidates == ("Bo", "Cy", "Max")
    with pytest.raises(Forbidden):
        world.decide(world.ann, change)
    assert world.decide(world.bo, change).state == "in_review"
    with pytest.raises(Forbidden):
        world.decide(world.bo, change)
    assert world.decide(world.max, change).state == "applied"


def test_one_after_the_other_and_nobody_twice(world: World) -> None:
    """P27, P31: no stage is skipped; one person fills no two of them, whatever roles they have."""
    role(world, 2, "owner")
    change = ask(world, {"role": "manager", "needed": 1}, {"people": [2, 6], "needed": 1}).change_id
    assert waits(world, world.bo, world.max, world.oz) == [True, True, False]
    assert world.decide(world.bo, change).state == "in_review"
    assert waits(world, world.bo, world.max) == [False, True]
    with pytest.raises(Forbidden):
        world.decide(world.bo, change)
    assert world.decide(world.max, change).state == "applied"


def test_a_yes_of_an_earlier_stage_counts_only_while_its_giver_has_the_role(world: World) -> None:
    """P9, P16: the closed stage opens again, and nothing is written until somebody else agrees there."""
    role(world, 3, "manager")
    change = ask(world, {"role": "manager", "needed": 1}, {"people": [5], "needed": 1}).change_id
    world.decide(world.bo, change)
    role(world, 2, "manager", take=True)
    assert world.decide(world.oz, change).state == "in_review"
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"
    turns = world.sql("SELECT closed_at IS NULL, opened_at IS NULL FROM ops.stage ORDER BY position")
    assert [tuple(row) for row in turns] == [(True, False), (False, False)]
    assert "not enough" in world.events("change.reopened")[-1].body["facts"]["why"]
    assert waits(world, world.max, world.oz) == [True, False]
    assert world.decide(world.max, change).state == "applied"


def test_who_is_switched_off_has_said_nothing(world: World) -> None:
    """P9."""
    change = ask(world, {"people": [2, 3, 6], "needed": 1}, {"people": [5], "needed": 1}).change_id
    world.decide(world.bo, change)
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 2")
    assert world.decide(world.oz, change).state == "in_review"
    assert world.show(world.max, change).candidates == ("Max",)  # Cy is named, but decides nothing
    assert world.decide(world.max, change).state == "applied"


def test_many_rows_wait_again_where_a_yes_counts_no_more(world: World, many: Many) -> None:
    """P16: a worker asks before each chunk."""
    world.rule(
        "many", table_name="plain", stages=[{"role": "manager", "needed": 1}], min_rows=150, sources=["bulk"]
    )
    many.plain(200)
    few = many.propose(world.ann, many.wish("plain", 1, 2, after={"v": "x"}))
    assert few.state == "applied"
    change = many.propose(world.ann, many.wish(after={"v": "new"})).change_id
    assert many.work(change) == "in_review"
    world.decide(world.bo, change)
    role(world, 2, "manager", take=True)
    assert many.work(change) == "in_review"
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'new'") == 0
    world.decide(world.max, change)
    assert many.work(change) == "applied"
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'new'") == 200


def test_times_are_counted_from_when_a_turn_begins(world: World) -> None:
    first = {"role": "manager", "needed": 1, "due": 24, "remind": 8, "escalate_to": "owner"}
    change = ask(world, first, {"people": [5], "needed": 1, "due": 2}, expires_hours=72).change_id
    times = """SELECT extract(epoch FROM due_at - opened_at) / 3600, extract(epoch FROM remind_at - opened_at) / 3600,
               extract(epoch FROM escalate_at - opened_at) / 3600 FROM ops.stage ORDER BY position"""
    assert [tuple(row) for row in world.sql(times)] == [(24, 8, 24), (None, None, None)]
    world.decide(world.bo, change)
    assert [tuple(row) for row in world.sql(times)] == [(24, 8, 24), (2, None, None)]
    hours = world.one(
        "SELECT round(extract(epoch FROM expires_at - submitted_at) / 3600) FROM ops.change_set"
    )
    assert hours == 72


def test_once_escalated_others_may_sit_as_well(world: World) -> None:
    change = ask(world, {"role": "manager", "needed": 1, "due": 1, "escalate_to": "owner"}).change_id
    assert waits(world, world.bo, world.oz) == [True, False]
    with pytest.raises(Forbidden):
        world.decide(world.oz, change)
    world.sql("UPDATE ops.stage SET escalated_at = now()")
    assert waits(world, world.bo, world.oz) == [True, True]
    assert world.show(world.oz, change).candidates == ("Bo", "Max", "Oz")
    assert world.decide(world.oz, change).state == "applied"


def test_a_rule_for_many_rows_or_a_way_leaves_others_alone(world: World) -> None:
    world.rule("two rows", table_name="plain", min_rows=2)
    world.rule("files", table_name="plain", sources=["import"])
    world.rule("managers", table_name="plain", proposer_roles=["manager"])
    one = world.edit("~1", {"v": "one"}, {"v": "x"}, "plain")
    assert world.propose(world.ann, one).state == "applied"
    both = (
        world.edit("~1", {"v": "x"}, {"v": "y"}, "plain"),
        world.edit("~2", {"v": "two"}, {"v": "y"}, "plain"),
    )
    out = world.propose(world.ann, *both)
    assert [(stage.role, stage.why) for stage in out.stages] == [("manager", ("two rows",))]
    mine = world.propose(world.max, world.edit("~1", {"v": "x"}, {"v": "z"}, "plain"))
    assert [stage.why for stage in mine.stages] == [("managers",)]
    assert state(world, mine.change_id) == "in_review"
