"""Applied at a time: agreed beforehand, looked at again and written by a worker then, once, or with a reason not."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops import changes, work
from ops.changes import Invalid, Outcome, Stale, schedule, times
from ops.policy import Forbidden
from tests.changes.company import World

SOON = timedelta(hours=2)


def later(world: World, to: str = "20000.00", **said: Any) -> Outcome:
    """A change that is to be applied in two hours."""
    one = world.edit("~1", {"credit_limit": str(world.customer().credit_limit)}, {"credit_limit": to})
    return changes.propose(
        world.db, world.catalog, world.ann, [one], apply_at=datetime.now(UTC) + SOON, **said
    )


def state(world: World, out: Outcome) -> str:
    return str(world.one("SELECT state FROM ops.change_set WHERE id = :id", id=out.change_id))


def its_time_comes(world: World, out: Outcome) -> None:
    world.sql(
        "UPDATE ops.change_set SET apply_at = now() - interval '1 second' WHERE id = :id", id=out.change_id
    )


def taken(world: World) -> tuple[Outcome, work.Claim]:
    """A change that everybody agreed to, whose time has come: a worker has taken it in hand."""
    out = later(world)
    world.decide(world.bo, out.change_id)
    its_time_comes(world, out)
    (work_id,) = schedule.due(world.db)
    claim = work.claim(world.db, work_id, "w")
    assert claim is not None
    return out, claim


def worked(world: World, holder: str = "w1") -> None:
    """The clock leaves work for what is due, and a worker does it."""
    for work_id in schedule.due(world.db):
        claim = work.claim(world.db, work_id, holder)
        assert claim is not None
        schedule.run(world.db, world.catalog, claim)


def test_what_is_agreed_waits_for_its_time_and_is_written_by_a_worker(world: World) -> None:
    """P29, P30, P36."""
    out = later(world)
    assert out.state == "in_review"
    assert world.decide(world.bo, out.change_id).state == "approved"
    worked(world)
    assert (state(world, out), world.customer().credit_limit) == ("approved", 1000)
    assert [r.kind for r in world.sql("SELECT kind FROM ops.outbox ORDER BY id")] == [
        "change.submitted",
        "change.scheduled",
    ]
    its_time_comes(world, out)
    worked(world)
    assert (state(world, out), world.customer().credit_limit) == ("applied", 20000)
    actions = [e.action for e in world.events()]
    assert actions == [
        "change.submitted",
        "change.approved",
        "change.scheduled",
        "row.updated",
        "change.applied",
    ]
    assert world.events("row.updated")[0].body["facts"]["proposer"] == "Ann"
    assert schedule.due(world.db) == []


def test_what_nobody_is_asked_about_waits_for_its_time_too(world: World) -> None:
    out = later(world, "2000.00")
    assert (out.state, out.stages) == ("approved", ())
    assert world.customer().credit_limit == 1000
    its_time_comes(world, out)
    worked(world)
    assert (state(world, out), world.customer().credit_limit) == ("applied", 2000)


def test_a_time_that_is_over_applies_at_once_when_the_last_one_agrees(world: World) -> None:
    out = later(world)
    its_time_comes(world, out)
    worked(world)
    assert state(world, out) == "in_review"
    assert world.decide(world.bo, out.change_id).state == "applied"


@pytest.mark.parametrize(
    ("moment", "words"), [(timedelta(minutes=-1), "over"), (timedelta(days=400), "within a year")]
)
def test_a_moment_that_cannot_be_meant_is_refused_beside_its_field(
    world: World, moment: timedelta, words: str
) -> None:
    one = world.edit("~1", {"name": "Customer 1"}, {"name": "Other"})
    with pytest.raises(Invalid) as caught:
        changes.propose(world.db, world.catalog, world.ann, [one], apply_at=datetime.now(UTC) + moment)
    assert words in caught.value.fields[times.FIELD]
    assert world.one("SELECT count(*) FROM ops.change_set") == 0


def test_p31_what_is_withdrawn_or_expires_while_it_waits_is_never_written(world: World) -> None:
    out, other = later(world), later(world, "30000.00")
    for one in (out, other):
        world.decide(world.bo, one.change_id)
    with pytest.raises(Forbidden):
        changes.withdraw(world.db, world.catalog, world.bo, out.change_id)
    assert changes.withdraw(world.db, world.catalog, world.ann, out.change_id).state == "withdrawn"
    world.sql("UPDATE ops.change_set SET expires_at = now() WHERE id = :id", id=other.change_id)
    for one in (out, other):
        its_time_comes(world, one)
    worked(world)
    assert (state(world, out), state(world, other)) == ("withdrawn", "expired")
    assert world.customer().credit_limit == 1000


def test_p29_a_row_that_moved_meanwhile_is_a_conflict(world: World) -> None:
    out = later(world)
    world.decide(world.bo, out.change_id)
    world.sql("UPDATE shop.customer SET credit_limit = 1234 WHERE id = 1")
    its_time_comes(world, out)
    worked(world)
    assert (state(world, out), world.customer().credit_limit) == ("conflicted", 1234)


def test_p16_its_maker_must_still_be_allowed_to(world: World) -> None:
    out = later(world)
    world.decide(world.bo, out.change_id)
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    its_time_comes(world, out)
    worked(world)
    assert state(world, out) == "failed" and world.customer().credit_limit == 1000


@pytest.mark.parametrize("lost", ["DELETE FROM ops.person_role WHERE person_id = 2",
                                  "UPDATE ops.person SET disabled_at = now() WHERE id = 2"])  # fmt: skip
def test_p9_a_yes_of_somebody_who_may_no_more_asks_others(world: World, lost: str) -> None:
    out = later(world)
    world.decide(world.bo, out.change_id)
    world.sql(lost)
    its_time_comes(world, out)
    worked(world)
    assert state(world, out) == "in_review" and world.customer().credit_limit == 1000
    assert "manager" in world.events("change.reopened")[0].body["facts"]["why"]
    assert world.decide(world.max, out.change_id).state == "applied"


def test_p29_a_rule_that_came_meanwhile_is_asked(world: World) -> None:
    out = later(world, "2000.00")
    world.rule("all", table_name="customer")
    its_time_comes(world, out)
    worked(world)
    assert state(world, out) == "in_review" and world.customer().credit_limit == 1000
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_p28_what_is_kept_of_it_must_be_what_was_agreed_to(world: World) -> None:
    out = later(world)
    world.decide(world.bo, out.change_id)
    world.sql(
        "UPDATE ops.operation SET after = CAST(:after AS jsonb) WHERE change_id = :id",
        after='{"credit_limit": "50000.00"}', id=out.change_id,
    )  # fmt: skip
    its_time_comes(world, out)
    worked(world)
    assert state(world, out) == "failed" and world.customer().credit_limit == 1000


def test_p30_two_workers_and_two_clocks_write_it_once(world: World) -> None:
    """A stale worker is fenced; the same time never leaves two pieces of work."""
    out = later(world)
    world.decide(world.bo, out.change_id)
    its_time_comes(world, out)
    (work_id,) = schedule.due(world.db)
    assert schedule.due(world.db) == []
    stale = work.claim(world.db, work_id, "dead")
    assert stale is not None
    world.sql("UPDATE ops.work SET until = now() - interval '1 second'")
    fresh = work.claim(world.db, work_id, "alive")
    assert fresh is not None
    with pytest.raises(work.Fenced):
        schedule.run(world.db, world.catalog, stale)
    schedule.run(world.db, world.catalog, fresh)
    assert world.customer().changed == 1
    assert [e.action for e in world.events("change.applied")] == ["change.applied"]


def test_p30_withdrawing_and_applying_at_the_same_moment_have_one_winner(world: World) -> None:
    out, claim = taken(world)
    said: list[str] = []

    def withdraws() -> None:
        try:
            said.append(changes.withdraw(world.db, world.catalog, world.ann, out.change_id).state)
        except Stale:
            said.append("late")

    both = [
        threading.Thread(target=withdraws),
        threading.Thread(target=schedule.run, args=(world.db, world.catalog, claim)),
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert (said[0], state(world, out), world.customer().changed) in [
        ("withdrawn", "withdrawn", 0),
        ("late", "applied", 1),
    ]


def test_work_that_is_given_up_lets_the_change_fail_and_be_tried_again(world: World) -> None:
    out, claim = taken(world)
    with world.db.transaction() as tx:
        schedule.bury(tx, work.Buried(claim.id, claim.kind, claim.subject))
    assert state(world, out) == "failed"
    digest = world.one("SELECT digest FROM ops.change_set WHERE id = :id", id=out.change_id)
    done = changes.retry(world.db, world.catalog, world.ann, out.change_id, digest=digest)
    assert done.state == "applied" and world.customer().credit_limit == 20000


def test_a_rule_that_comes_while_the_row_is_waited_for_is_asked(world: World) -> None:
    """P29: whoever holds the row makes the rule as well; nothing is written, and it is looked at once more."""
    out, claim = taken(world)
    said: list[object] = []

    def work_on() -> None:
        try:
            schedule.run(world.db, world.catalog, claim)
        except Exception as error:
            said.append(type(error).__name__)

    worker = threading.Thread(target=work_on)
    world.rule_while_it_waits(
        worker, "shop.customer WHERE id = 1", "'owners', '{shop.customer}', '[{\"role\": \"owner\"}]'"
    )
    assert (said, state(world, out), world.customer().credit_limit) == (["Overtaken"], "approved", 1000)
    schedule.run(world.db, world.catalog, claim)
    assert (state(world, out), world.customer().credit_limit) == ("in_review", 1000)
