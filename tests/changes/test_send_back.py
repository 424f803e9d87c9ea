"""Sending back: no final no, and none of the yeses said so far; withdrawing, also while it waits for its time."""

from __future__ import annotations

import pytest

from ops import changes
from ops.changes import Invalid, Stale
from ops.policy import Forbidden
from tests.changes.company import World


def state(world: World, change_id: int) -> str:
    return str(world.one("SELECT state FROM ops.change_set WHERE id = :id", id=change_id))


def test_sending_back_needs_a_comment_and_ends_nothing(world: World) -> None:
    """P28, P31, P36: bound to what was shown, told in the trail, and nothing is written."""
    out = world.large()
    with pytest.raises(Invalid) as caught:
        world.decide(world.bo, out.change_id, "send_back", comment=" ")
    assert "reworked" in caught.value.fields["comment"]
    assert world.decide(world.bo, out.change_id, "send_back", comment="10,000 will do").state == "sent_back"
    assert world.customer().credit_limit == 1000
    event = world.events("change.sent_back")[0]
    assert (event.outcome, event.person_id, event.body["reason"]) == ("done", 2, "10,000 will do")
    assert world.one("SELECT kind FROM ops.outbox ORDER BY id DESC LIMIT 1") == "change.sent_back"
    view = world.show(world.ann, out.change_id)
    assert (view.may_withdraw, view.may_decide, view.candidates) == (True, False, ())
    assert world.one("SELECT finished_at IS NULL FROM ops.change_set WHERE id = :id", id=out.change_id)


def test_what_was_sent_back_cannot_be_decided_but_withdrawn(world: World) -> None:
    """P31: its maker has the next word."""
    out = world.large()
    world.decide(world.bo, out.change_id, "send_back", comment="no")
    for verdict in ("approve", "reject", "send_back"):
        with pytest.raises(Stale):
            world.decide(world.max, out.change_id, verdict, comment="late")
    assert changes.withdraw(world.db, world.catalog, world.ann, out.change_id).state == "withdrawn"
    assert world.events("change.withdrawn")[0].body["facts"]["was"] == "sent_back"


def test_p27_a_maker_sends_nothing_back_either(world: World) -> None:
    out = world.large(world.max)
    with pytest.raises(Forbidden):
        world.decide(world.max, out.change_id, "send_back", comment="mine")
    assert state(world, out.change_id) == "in_review"
