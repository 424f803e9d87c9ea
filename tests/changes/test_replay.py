"""A rule tried on what was: with the values then, as far as they were kept, and saying what it does not know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.actor import Actor
from ops.approvals import ApprovalRule, Ask, Place
from ops.changes import Replay, replay
from tests.changes.bulk.conftest import Many
from tests.changes.company import World

CUSTOMERS = ApprovalRule("tried", (Place("shop", "customer"),))
PLAIN = ApprovalRule("tried", (Place("shop", "plain"),))


@pytest.fixture
def many(world: World) -> Many:
    return Many(world)


def tried(world: World, rule: ApprovalRule, actor: Actor | None = None) -> Replay:
    with world.db.reading() as tx:
        return replay(tx, world.catalog, actor or world.oz, rule)


def counts(world: World, rule: ApprovalRule) -> dict[str, int]:
    return dict(tried(world, rule).counts)


def test_values_are_those_of_then(world: World) -> None:
    world.propose(world.ann, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "3000"}))
    world.propose(world.ann, world.edit("~1", {"credit_limit": "3000.00"}, {"credit_limit": "9000"}))
    world.sql("UPDATE shop.customer SET credit_limit = 5")
    found = tried(world, replace(CUSTOMERS, condition="old.credit_limit < 2000 and new.credit_limit > 2000"))
    assert (found.looked_at, found.counts, found.unasked, found.whole) == (
        2,
        {"asks": 1, "passes": 1},
        1,
        True,
    )
    assert found.stopped[0].proposer == "Ann"
    assert found.proposers == {1: 1}
    assert counts(world, replace(CUSTOMERS, condition="changed(credit_limit)")) == {"asks": 2}
    assert counts(world, replace(CUSTOMERS, columns=frozenset({"name"}))) == {"passes": 2}


def test_what_was_not_kept_is_not_guessed(world: World) -> None:
    """A change remembers what it touched; a rule that needs more to be judged says so, and only where it does."""
    world.propose(world.ann, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "3000"}))
    assert counts(world, replace(CUSTOMERS, condition="new.name = 'A'")) == {"unknown": 1}
    assert counts(world, replace(CUSTOMERS, condition="not new.name = 'A'")) == {"unknown": 1}
    assert counts(world, replace(CUSTOMERS, condition="changed(name)")) == {"passes": 1}
    both = "new.credit_limit > 2000 {} new.name = 'A'"
    assert counts(world, replace(CUSTOMERS, condition=both.format("or"))) == {"asks": 1}
    assert counts(world, replace(CUSTOMERS, condition=both.format("and"))) == {"unknown": 1}
    assert counts(world, replace(CUSTOMERS, condition="new.credit_limit > 4000 and new.name = 'A'")) == {
        "passes": 1
    }


def test_what_cannot_be_judged_asks_the_owner(world: World) -> None:
    world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "x"}, "plain"))
    assert counts(world, replace(PLAIN, condition="new.v >")) == {"doubtful": 1}
    assert counts(world, replace(PLAIN, columns=frozenset({"gone"}))) == {"doubtful": 1}


def test_old_changes_other_ways_and_many_rows(world: World, many: Many) -> None:
    many.plain(20)
    world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "x"}, "plain"))
    many.propose(world.ann, many.wish("plain", 2, 3, 4, after={"v": "y"}))
    assert counts(world, PLAIN) == {"asks": 2}
    assert counts(world, replace(PLAIN, sources=frozenset({"bulk"}))) == {"asks": 1, "passes": 1}
    assert counts(world, replace(PLAIN, min_rows=3)) == {"asks": 1, "passes": 1}
    assert counts(world, replace(PLAIN, proposer_roles=frozenset({"manager"}))) == {"passes": 2}
    found = tried(world, replace(PLAIN, condition="old.v = 'v3' and new.v = 'y'"))
    assert (found.counts, found.stopped[0].rows) == ({"asks": 1, "passes": 1}, 1)
    world.sql("UPDATE ops.change_set SET submitted_at = now() - interval '91 days' WHERE source = 'bulk'")
    assert counts(world, PLAIN) == {"asks": 1}


def test_of_what_one_does_not_see_nothing_is_learnt(world: World) -> None:
    """P14: neither a masked or hidden column nor a row out of sight is tried."""
    world.propose(world.oz, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "3000"}))
    for hidden in ("new.secret = 'x'", "new.card starts with '4'"):
        found = tried(world, replace(CUSTOMERS, condition=hidden))
        assert (found.looked_at, found.unseen) == (0, 1)
    world.sql("UPDATE shop.customer SET country = 'FR' WHERE id = 1")
    assert tried(world, CUSTOMERS, world.ann).looked_at == 0
    assert tried(world, CUSTOMERS, world.oz).looked_at == 1


def test_nothing_is_written_by_trying(world: World) -> None:
    world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "x"}, "plain"))
    before = world.one("SELECT count(*) FROM ops.event")
    tried(world, replace(PLAIN, asks=(Ask(people=frozenset({"2"})),)))
    assert world.one("SELECT count(*) FROM ops.event") == before
