"""Trying again what was agreed and could not be written: the same, to the letter, with the approvals it has."""

from __future__ import annotations

import pytest

from ops import changes
from ops.changes import Outcome, Stale
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World


def failed(world: World) -> Outcome:
    """Agreed, but a rule of the database does not allow it."""
    out = world.large(to="60000.00")
    done = world.decide(world.bo, out.change_id)
    assert done.state == "failed" and world.customer().credit_limit == 1000
    return done


def retry(world: World, out: Outcome, actor=None, **said):
    digest = said.pop("digest", None) or world.one(
        "SELECT digest FROM ops.change_set WHERE id = :id", id=out.change_id
    )
    return changes.retry(world.db, world.catalog, actor or world.ann, out.change_id, digest=digest, **said)


ALLOW = "ALTER TABLE shop.customer DROP CONSTRAINT customer_credit_range"


def test_once_the_reason_is_gone_it_is_applied_with_its_approvals(world: World) -> None:
    """P28, P30, P36: sent twice it has one effect."""
    out = failed(world)
    assert retry(world, out).state == "failed"
    world.sql(ALLOW)
    assert retry(world, out, token="t" * 22).state == "applied"
    again = retry(world, out, token="t" * 22)
    assert (again.state, again.repeated) == ("applied", True)
    assert world.customer().credit_limit == 60000 and world.customer().changed == 1
    assert [e.action for e in world.events("change.retried", "row.updated", "change.applied")] == [
        "change.retried",
        "change.retried",
        "row.updated",
        "change.applied",
    ]
    with pytest.raises(Stale):
        retry(world, out)


def test_only_its_maker_may_and_only_what_was_agreed(world: World) -> None:
    """P27, P28."""
    out = failed(world)
    world.sql(ALLOW)
    for actor in (world.bo, world.max):
        with pytest.raises(Forbidden):
            retry(world, out, actor)
    with pytest.raises(NotVisible):
        retry(world, out, world.dee)
    with pytest.raises(Stale):
        retry(world, out, digest="0" * 64)
    world.sql("UPDATE ops.operation SET after = CAST(:after AS jsonb)", after='{"credit_limit": "70000.00"}')
    with pytest.raises(Stale):
        retry(world, out)
    assert world.customer().credit_limit == 1000


def test_p9_approvals_that_count_no_more_are_not_used_again(world: World) -> None:
    out = failed(world)
    world.sql(ALLOW)
    world.sql("DELETE FROM ops.person_role WHERE person_id = 2")
    with pytest.raises(Stale) as caught:
        retry(world, out)
    assert "Revise" in caught.value.text
    world.sql("INSERT INTO ops.person_role VALUES (2, 'manager', 'hand')")
    world.sql("UPDATE ops.change_set SET expires_at = now()")
    with pytest.raises(Stale) as caught:
        retry(world, out)
    assert "too old" in caught.value.text
    assert world.customer().credit_limit == 1000


def test_p29_a_rule_that_came_meanwhile_is_asked(world: World) -> None:
    out = failed(world)
    world.sql(ALLOW)
    world.rule("owners too", table_name="customer", columns=["credit_limit"], role="owner")
    assert retry(world, out).state == "in_review"
    assert world.customer().credit_limit == 1000
    assert world.decide(world.oz, out.change_id).state == "applied"


def test_a_conflict_is_not_tried_again_blindly(world: World) -> None:
    """P29: the row moved; its maker must look at it."""
    out = world.large()
    world.sql("UPDATE shop.customer SET credit_limit = 1234 WHERE id = 1")
    assert world.decide(world.bo, out.change_id).state == "conflicted"
    with pytest.raises(Stale):
        retry(world, out)
    assert changes.withdraw(world.db, world.catalog, world.ann, out.change_id).state == "withdrawn"
