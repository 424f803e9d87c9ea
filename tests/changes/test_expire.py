"""Terms: what nobody decides in time is ended by the clock, for good, and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops import changes
from ops.changes import Stale
from tests.changes.company import World

MONTH = timedelta(days=30)


def state(world: World, change_id: int) -> str:
    return str(world.one("SELECT state FROM ops.change_set WHERE id = :id", id=change_id))


def test_p31_what_nobody_decided_expires_and_that_is_final(world: World) -> None:
    """P29: also in the moment between the end of its term and the clock's next look."""
    waits, back = world.large(), world.large(key=2)
    world.decide(world.bo, back.change_id, "send_back", comment="again")
    assert changes.expire(world.db, MONTH) == 0
    assert world.one("SELECT count(*) FROM ops.change_set WHERE expires_at > now() + interval '29 days'") == 2
    world.sql("UPDATE ops.change_set SET expires_at = now() - interval '1 minute'")
    with pytest.raises(Stale) as caught:
        world.decide(world.bo, waits.change_id)
    assert "over" in caught.value.text and state(world, waits.change_id) == "in_review"
    assert changes.expire(world.db, MONTH) == 2
    assert {state(world, one.change_id) for one in (waits, back)} == {"expired"}
    for attempt in (
        world.decide,
        lambda actor, number: changes.withdraw(world.db, world.catalog, actor, number),
    ):
        with pytest.raises(Stale):
            attempt(world.ann if attempt is not world.decide else world.bo, waits.change_id)
    told = world.events("change.expired")
    assert [(e.person_id, e.body["facts"]["was"]) for e in told] == [(None, "in_review"), (None, "sent_back")]
    assert world.one("SELECT count(*) FROM ops.outbox WHERE kind = 'change.expired'") == 2
    assert changes.expire(world.db, MONTH) == 0


def test_without_a_term_nothing_expires(world: World) -> None:
    world.large()
    assert changes.expire(world.db, None) == 0
    assert world.one("SELECT expires_at IS NULL FROM ops.change_set")


def test_a_term_that_stands_already_is_left_alone(world: World) -> None:
    """A rule's own, shorter term."""
    out = world.large()
    world.sql("UPDATE ops.change_set SET expires_at = now() + interval '2 hours'")
    changes.expire(world.db, MONTH)
    assert world.one("SELECT expires_at < now() + interval '3 hours' FROM ops.change_set")
    assert state(world, out.change_id) == "in_review"


def test_what_waits_for_its_own_time_keeps_its_term_beyond_it(world: World) -> None:
    one = world.edit("~1", {"name": "Customer 1"}, {"name": "Other"})
    moment = datetime.now(UTC) + timedelta(days=100)
    changes.propose(world.db, world.catalog, world.ann, [one], apply_at=moment)
    changes.expire(world.db, MONTH)
    assert world.one("SELECT expires_at > now() + interval '129 days' FROM ops.change_set")


def test_applied_changes_never_get_a_term(world: World) -> None:
    world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Other"}))
    changes.expire(world.db, MONTH)
    assert world.one("SELECT expires_at IS NULL FROM ops.change_set")
