"""Deciding: four eyes by code and by constraint, bound to what was shown, applied once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest

from ops import changes, identity
from ops.changes import Invalid, Operation, Outcome, Stale
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World


def state(world: World, change_id: int) -> str:
    return str(world.one("SELECT state FROM ops.change_set WHERE id = :id", id=change_id))


def test_a_change_waits_is_approved_and_applied_in_one_go(world: World) -> None:
    out = world.large()
    assert (out.state, [(s.role, s.needed, s.why) for s in out.stages]) == (
        "in_review",
        [("manager", 1, ("large credit",))],
    )
    assert world.customer().credit_limit == 1000
    done = world.decide(world.bo, out.change_id, comment="fine")
    assert done.state == "applied" and world.customer().credit_limit == 20000
    assert [e.action for e in world.events()] == [
        "change.submitted",
        "change.approved",
        "row.updated",
        "change.applied",
    ]
    assert [e.person_id for e in world.events()] == [1, 2, 2, 2]
    row = world.events("row.updated")[0]
    assert row.body["facts"]["proposer"] == "Ann"
    assert [r.kind for r in world.sql("SELECT kind FROM ops.outbox ORDER BY id")] == [
        "change.submitted",
        "change.applied",
    ]


def test_a_rejected_change_needs_a_comment_and_is_final(world: World) -> None:
    out = world.large()
    with pytest.raises(Invalid) as caught:
        world.decide(world.bo, out.change_id, "reject", comment=" ")
    assert "comment" in caught.value.fields
    assert world.decide(world.bo, out.change_id, "reject", comment="no").state == "rejected"
    for actor in (world.bo, world.max):
        with pytest.raises(Stale):
            world.decide(actor, out.change_id)
    assert world.customer().credit_limit == 1000
    assert world.events("change.rejected")[0].body["reason"] == "no"


def test_a_withdrawn_change_is_final_and_only_its_proposers_to_withdraw(world: World) -> None:
    out = world.large()
    with pytest.raises(Forbidden):
        changes.withdraw(world.db, world.catalog, world.bo, out.change_id)
    with pytest.raises(NotVisible):
        changes.withdraw(world.db, world.catalog, world.dee, out.change_id)
    assert changes.withdraw(world.db, world.catalog, world.ann, out.change_id).state == "withdrawn"
    with pytest.raises(Stale):
        changes.withdraw(world.db, world.catalog, world.ann, out.change_id)
    with pytest.raises(Stale) as caught:
        world.decide(world.bo, out.change_id)
    assert caught.value.state == "withdrawn"
    with pytest.raises(NotVisible):
        changes.withdraw(world.db, world.catalog, world.ann, 999)


def test_p27_a_maker_never_decides_whatever_their_roles(world: World) -> None:
    world.sql("INSERT INTO ops.person_role VALUES (5, 'manager', 'hand'), (5, 'operator', 'hand')")
    for actor in (world.max, world.oz):
        out = world.large(actor)
        with pytest.raises(Forbidden) as caught:
            world.decide(actor, out.change_id)
        assert "somebody else" in str(caught.value)
        assert state(world, out.change_id) == "in_review"
    refused = world.events("change.approved")
    assert [(e.outcome, e.person_id) for e in refused] == [("refused", 6), ("refused", 5)]


def test_p27_the_database_refuses_a_maker_too(world: World) -> None:
    out = world.large(world.max)
    with psycopg.connect(world.db.url, autocommit=True) as direct:
        decision = (
            "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest, side) "
            f"VALUES ({out.change_id}, 1, 6, 1, 'approve', 'x', %s)"
        )
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            direct.execute(decision, ("decider",))
        with pytest.raises(psycopg.errors.CheckViolation):
            direct.execute(decision, ("maker",))
        with pytest.raises(psycopg.errors.UniqueViolation):
            direct.execute(f"INSERT INTO ops.change_party VALUES ({out.change_id}, 6, 'decider', 'approver')")


def test_p27_a_decider_cannot_be_made_a_maker_later(world: World) -> None:
    world.rule("two", columns=["credit_limit"], needed=2)
    out = world.large()
    world.decide(world.bo, out.change_id)
    with psycopg.connect(world.db.url, autocommit=True) as direct:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="stays"):
            direct.execute(
                "UPDATE ops.change_party SET side = 'maker' "
                f"WHERE change_id = {out.change_id} AND person_id = 2"
            )
        with pytest.raises(psycopg.errors.UniqueViolation):
            direct.execute(
                "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest) "
                f"VALUES ({out.change_id}, 1, 2, 1, 'approve', 'x')"
            )


def test_p32_a_quorum_counts_people(world: World) -> None:
    world.rule("two managers", columns=["credit_limit"], needed=2)
    out = world.large()
    assert [s.needed for s in out.stages] == [2]
    assert world.decide(world.bo, out.change_id).state == "in_review"
    with pytest.raises(Forbidden):
        world.decide(world.bo, out.change_id)
    assert world.customer().credit_limit == 1000
    assert world.decide(world.max, out.change_id).state == "applied"


def test_one_person_with_two_roles_does_not_fill_two_stages(world: World) -> None:
    world.rule("owner too", columns=["credit_limit"], role="owner")
    world.sql("INSERT INTO ops.person_role VALUES (2, 'owner', 'hand')")
    out = world.large()
    assert [s.role for s in out.stages] == ["manager", "owner"]
    with pytest.raises(Forbidden):
        world.decide(world.oz, out.change_id)  # not the owner's turn yet
    assert world.decide(world.bo, out.change_id).state == "in_review"
    with pytest.raises(Forbidden):
        world.decide(world.bo, out.change_id)
    assert world.decide(world.oz, out.change_id).state == "applied"


def test_p9_a_yes_of_somebody_who_lost_the_role_no_longer_counts(world: World) -> None:
    world.rule("two managers", columns=["credit_limit"], needed=2)
    out = world.large()
    world.decide(world.bo, out.change_id)
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 2")
    assert world.decide(world.max, out.change_id).state == "in_review"
    assert world.customer().credit_limit == 1000
    with pytest.raises(identity.Disabled):
        world.decide(world.bo, out.change_id)


def test_the_ladder_of_who_may_decide(world: World) -> None:
    out = world.large()
    for actor, error in ((world.cy, Forbidden), (world.oz, Forbidden), (world.dee, NotVisible)):
        with pytest.raises(error):
            world.decide(actor, out.change_id)
    with pytest.raises(NotVisible):
        world.decide(world.bo, 424242, digest="x")
    world.sql("DELETE FROM ops.person_role WHERE person_id = 2")
    with pytest.raises(NotVisible):
        world.decide(world.bo, out.change_id)
    assert state(world, out.change_id) == "in_review"


def test_p28_a_decision_on_another_digest_is_refused(world: World) -> None:
    out = world.large()
    with pytest.raises(Stale) as caught:
        world.decide(world.bo, out.change_id, digest="0" * 64)
    assert caught.value.state == "in_review"
    # Whoever changes the operations behind the door's back changes what the digest says.
    digest = world.one("SELECT digest FROM ops.change_set")
    world.sql('UPDATE ops.operation SET after = \'{"credit_limit": "49999"}\'')
    with pytest.raises(Stale):
        world.decide(world.bo, out.change_id, digest=digest)
    assert world.customer().credit_limit == 1000


def test_p34_who_sees_a_mask_cannot_decide(world: World) -> None:
    world.sql("INSERT INTO ops.person_role VALUES (5, 'finance', 'hand')")
    world.rule("cards", columns=["card"])
    out = world.propose(world.oz, world.edit("~1", {"card": "4111-1111-1"}, {"card": "4222-2222-2"}))
    assert out.state == "in_review"
    seen = world.show(world.bo, out.change_id)
    assert not seen.may_decide and "every value" in (seen.why_not or "")
    assert seen.candidates == ()
    assert "4222" not in str([(d.was, d.will_be, d.live) for d in seen.differences])
    with pytest.raises(Forbidden):
        world.decide(world.bo, out.change_id)
    world.sql("INSERT INTO ops.person_role VALUES (2, 'finance', 'hand')")
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_p29_a_row_that_moved_is_not_overwritten(world: World) -> None:
    out = world.large()
    world.sql("UPDATE shop.customer SET credit_limit = 5 WHERE id = 1")
    seen = world.show(world.bo, out.change_id)
    (difference,) = seen.differences
    assert (difference.was, difference.will_be, difference.live, difference.moved) == (
        "1000.00",
        "20000.00",
        "5.00",
        True,
    )
    done = world.decide(world.bo, out.change_id)
    assert done.state == "conflicted" and "Credit limit" in (done.failure or "")
    assert world.customer().credit_limit == 5
    assert [e.action for e in world.events()][-2:] == ["change.approved", "change.conflicted"]
    assert world.events("row.updated") == []


def test_other_columns_that_moved_do_not_matter(world: World) -> None:
    out = world.large()
    world.sql("UPDATE shop.customer SET name = 'other' WHERE id = 1")
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert (world.customer().name, world.customer().credit_limit) == ("other", 20000)


def test_a_row_that_went_away_conflicts(world: World) -> None:
    out = world.large(key=7)
    world.sql("DELETE FROM shop.customer WHERE id = 7")
    assert world.show(world.bo, out.change_id).operations[0].row_gone
    assert world.decide(world.bo, out.change_id).state == "conflicted"


def test_a_constraint_that_refuses_fails_the_change_with_a_reason(world: World) -> None:
    out = world.large(to="60000")
    done = world.decide(world.bo, out.change_id)
    assert done.state == "failed" and "rule “credit range”" in (done.failure or "")
    assert world.customer().credit_limit == 1000
    assert world.events("change.failed")[0].outcome == "failed"
    assert world.show(world.ann, out.change_id).failure == done.failure


def test_a_deferred_constraint_fails_it_too(world: World) -> None:
    world.rule("nodes", table_name="node")
    out = world.propose(
        world.ann, Operation("create", world.table("node"), after={"id": "2", "parent": "77"})
    )
    done = world.decide(world.bo, out.change_id)
    assert done.state == "failed" and "no Node" in (done.failure or "")
    assert world.one("SELECT count(*) FROM shop.node") == 1


def test_p16_the_proposers_rights_are_asked_again(world: World) -> None:
    out = world.large()
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    done = world.decide(world.bo, out.change_id)
    assert done.state == "failed" and "Ann may not" in (done.failure or "")
    assert world.customer().credit_limit == 1000


def test_p47_a_table_whose_shape_changed_is_not_written(world: World) -> None:
    out = world.large()
    world.sql("ALTER TABLE shop.customer ADD COLUMN more text")
    done = world.decide(world.bo, out.change_id)
    assert done.state == "failed" and "changed by its owners" in (done.failure or "")
    assert world.customer().credit_limit == 1000


def test_a_rule_that_matches_the_row_as_it_is_now_reopens_the_review(world: World) -> None:
    world.rule("french", columns=["credit_limit"], condition="old.country = 'FR'", role="owner")
    out = world.large(world.oz)
    assert [s.role for s in out.stages] == ["manager"]
    world.sql("UPDATE shop.customer SET country = 'FR' WHERE id = 1")
    again = world.decide(world.bo, out.change_id)
    assert (again.state, [s.role for s in again.stages]) == ("in_review", ["manager", "owner"])
    assert world.customer().credit_limit == 1000
    assert world.events("change.reopened")[0].body["facts"]["why"] == "french"
    with pytest.raises(Forbidden):
        world.decide(world.oz, out.change_id)  # its maker
    world.sql("INSERT INTO ops.person_role VALUES (6, 'owner', 'hand')")
    assert world.decide(world.max, out.change_id).state == "applied"


def test_p30_twenty_simultaneous_approvals_apply_once(world: World) -> None:
    people = list(range(100, 120))
    for person in people:
        world.sql(
            "INSERT INTO ops.person (id, iss, sub, name) VALUES (:p, 'i', :s, 'M')", p=person, s=str(person)
        )
        world.sql("INSERT INTO ops.person_role VALUES (:p, 'manager', 'hand')", p=person)
    out = world.large()
    digest = world.one("SELECT digest FROM ops.change_set")
    from dataclasses import replace

    def approve(person: int) -> str:
        actor = replace(world.bo, person_id=person)
        return world.decide(actor, out.change_id, digest=digest).state

    results = together([lambda p=p: approve(p) for p in people])
    assert Counter(map(str, results)) == {"applied": 1, "Stale": 19}
    assert world.customer().changed == 1
    assert len(world.events("row.updated")) == 1
    assert world.one("SELECT count(*) FROM ops.decision") == 1


def test_p30_twenty_double_clicks_of_one_person_apply_once(world: World) -> None:
    out = world.large()
    digest = world.one("SELECT digest FROM ops.change_set")
    results = together(
        [lambda: world.decide(world.bo, out.change_id, digest=digest, token="click").state for _ in range(20)]
    )
    assert set(map(str, results)) == {"applied"}
    assert world.customer().changed == 1


def test_two_changes_of_one_row_approved_at_once_one_applies(world: World) -> None:
    first, second = world.large(to="20000.00"), world.large(to="30000.00")
    results = together(
        [
            lambda: world.decide(world.bo, first.change_id).state,
            lambda: world.decide(world.max, second.change_id).state,
        ]
    )
    assert sorted(map(str, results)) == ["applied", "conflicted"]


def together(calls: list[Callable[[], object]]) -> list[object]:
    """Run all at the same moment, each on a connection of its own; an error counts as its class's name."""
    start = threading.Barrier(len(calls))
    results: list[object] = []

    def run(call: Callable[[], object]) -> None:
        start.wait()
        try:
            results.append(call())
        except Exception as error:
            results.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_rule_that_comes_while_the_row_is_waited_for_is_asked(world: World) -> None:
    """P29: whoever holds the row makes the rule as well; the yes counts, and an owner is asked."""
    change = world.large()
    done: list[Outcome] = []
    yes = threading.Thread(target=lambda: done.append(world.decide(world.bo, change.change_id)))
    world.rule_while_it_waits(
        yes, "shop.customer WHERE id = 1", "'owners', '{shop.customer}', '[{\"role\": \"owner\"}]'"
    )
    assert done[0].state == "in_review" and world.customer().credit_limit == 1000
    assert world.one("SELECT count(*) FROM ops.decision") == 1 == len(world.events("change.approved"))
    assert world.decide(world.oz, change.change_id).state == "applied"
