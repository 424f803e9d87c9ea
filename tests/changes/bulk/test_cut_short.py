"""A change of many rows that ends while some are written and others wait: it says so, and can be undone as far."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ops import changes
from ops.changes import Outcome, Stale, bulk
from ops.policy import Forbidden
from tests.changes.bulk.conftest import Many
from tests.changes.company import World

WRITTEN = {"applied": 149, "stopped": 1}


@pytest.fixture
def half(world: World, many: Many) -> Outcome:
    """149 of 150 rows are written; of the last one a rule, which came meanwhile, asks the owner."""
    many.plain(150)
    world.rule("all", table_name="plain")
    out = many.propose(world.ann, many.wish(after={"v": "x"}))
    many.work(out.change_id)
    world.rule("new", table_name="plain", condition="old.id = 5", role="owner")
    world.decide(world.bo, out.change_id)
    assert many.work(out.change_id) == "in_review"
    assert many.results(out.change_id) == {"applied": 149, "held": 1}
    return out


def told(world: World, many: Many, out: Outcome, words: str) -> None:
    """It ends as far as it came, says why, and no worker has anything to do with it any more."""
    assert many.state(out.change_id) == "applied"
    assert many.results(out.change_id) == WRITTEN
    failure = world.one("SELECT failure FROM ops.change_set WHERE id = :id", id=out.change_id)
    assert failure == f"{words} 149 of 150 rows were written; 1 left as they are."
    assert world.one("SELECT v FROM shop.plain WHERE id = 5") == "v5"
    assert not world.sql("SELECT FROM ops.work WHERE kind = 'bulk' AND state IN ('due', 'claimed')")
    last = world.events()[-1] if world.events()[-1].action != "change.stopped" else world.events()[-2]
    assert last.action == "change.applied" and last.body["facts"]["applied"] == "149"
    kinds = [row.kind for row in world.sql("SELECT kind FROM ops.outbox ORDER BY id")]
    assert kinds[-1] == "change.applied" and not {"change.withdrawn", "change.expired"} & set(kinds)


def test_p31_what_is_written_is_never_withdrawn(world: World, many: Many, half: Outcome) -> None:
    with pytest.raises(Forbidden):
        changes.withdraw(world.db, world.catalog, world.max, half.change_id)
    out = changes.withdraw(world.db, world.catalog, world.ann, half.change_id)
    assert out.state == "applied" and out.failure is not None
    told(world, many, half, "Ann stopped it while other rows waited for a decision.")
    assert world.events("change.stopped")
    assert {one.outcome for one in world.events("change.withdrawn")} == {"refused"}
    with pytest.raises(Stale):
        changes.withdraw(world.db, world.catalog, world.ann, half.change_id)
    with pytest.raises(Stale):
        world.decide(world.oz, half.change_id)


def test_p31_what_is_written_never_expires(world: World, many: Many, half: Outcome) -> None:
    world.sql("UPDATE ops.change_set SET expires_at = now() WHERE id = :id", id=half.change_id)
    assert changes.expire(world.db, timedelta(days=30)) == 1
    told(world, many, half, "Nobody decided about the other rows in time, so it was stopped.")
    assert not world.events("change.expired")
    assert changes.expire(world.db, timedelta(days=30)) == 0


def test_p31_a_no_to_the_rows_that_are_left_rejects_these_alone(
    world: World, many: Many, half: Outcome
) -> None:
    out = world.decide(world.oz, half.change_id, verdict="reject", comment="Not that one.")
    assert out.state == "applied"
    told(world, many, half, "Oz said no to the rows that were left.")
    assert world.events("change.rejected")[0].body["reason"] == "Not that one."


def test_sent_back_it_waits_for_its_maker_who_can_stop_it(world: World, many: Many, half: Outcome) -> None:
    assert world.decide(world.oz, half.change_id, verdict="send_back", comment="Why?").state == "sent_back"
    assert changes.withdraw(world.db, world.catalog, world.ann, half.change_id).state == "applied"
    told(world, many, half, "Ann stopped it while other rows waited for a decision.")


def test_what_was_written_can_be_undone(world: World, many: Many, half: Outcome) -> None:
    changes.withdraw(world.db, world.catalog, world.ann, half.change_id)
    world.sql("UPDATE ops.approval_rule SET enabled = false")
    back = bulk.undo(world.db, world.catalog, world.ann, half.change_id)
    assert many.work(back.change_id) == "applied"
    assert many.results(back.change_id) == {"applied": 149}
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 0


def test_p31_before_any_row_is_written_it_is_withdrawn_rejected_or_expires(world: World, many: Many) -> None:
    many.plain(150)
    world.rule("all", table_name="plain")
    found = [many.propose(world.ann, many.wish(after={"v": "x"})) for _ in range(3)]
    for one in found:
        many.work(one.change_id)
    first, second, third = (one.change_id for one in found)
    assert changes.withdraw(world.db, world.catalog, world.ann, first).state == "withdrawn"
    assert world.decide(world.bo, second, verdict="reject", comment="No.").state == "rejected"
    world.sql("UPDATE ops.change_set SET expires_at = now() WHERE id = :id", id=third)
    changes.expire(world.db, None)
    assert many.state(third) == "expired"
