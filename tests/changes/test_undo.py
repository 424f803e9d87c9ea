"""Undo: the inverse as a new change, past the same rules, where what was left still stands."""

from __future__ import annotations

from typing import Any

import pytest

from ops import changes
from ops.actor import Actor
from ops.changes import Invalid, Link, Operation, Outcome, Stale, Undoing
from ops.policy import NotVisible
from tests.changes.company import World


def undo(world: World, actor: Actor, out: Outcome, **said: Any) -> Outcome:
    return changes.undo(world.db, world.catalog, actor, out.change_id, **said)


def offered(world: World, actor: Actor, out: Outcome) -> Undoing:
    with world.db.reading() as tx:
        return changes.undoing(tx, world.catalog, actor, out.change_id)


def test_an_edit_is_undone_once_with_what_was_there(world: World) -> None:
    """P30, P36."""
    out = world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Other"}))
    assert offered(world, world.ann, out).why_not is None
    done = undo(world, world.ann, out, token="u" * 22, reason="a slip")
    assert (done.state, world.customer().name) == ("applied", "Customer 1")
    assert undo(world, world.ann, out, token="u" * 22).repeated
    row = world.sql("SELECT * FROM ops.change_set WHERE id = :id", id=done.change_id)[0]
    assert (row.source, row.undo_of, row.reason, row.title) == (
        "undo",
        out.change_id,
        "a slip",
        f"Undo CH-{out.change_id}",
    )
    with pytest.raises(Stale) as caught:
        undo(world, world.ann, out)
    assert done.reference in caught.value.text
    assert offered(world, world.ann, out).by == done.change_id
    assert undo(world, world.ann, done).state == "applied" and world.customer().name == "Other"


def test_p27_undoing_passes_the_rules_like_any_change(world: World) -> None:
    """Back over 10,000 asks a manager; whoever asks for the undo is its maker."""
    world.sql("UPDATE shop.customer SET credit_limit = 20000 WHERE id = 1")
    out = world.propose(world.max, world.edit("~1", {"credit_limit": "20000.00"}, {"credit_limit": "5.00"}))
    assert out.state == "applied"
    done = undo(world, world.max, out)
    assert (done.state, [s.role for s in done.stages]) == ("in_review", ["manager"])
    with pytest.raises(Stale):
        undo(world, world.ann, out)
    assert world.decide(world.bo, done.change_id).state == "applied"
    assert world.customer().credit_limit == 20000


def test_p29_what_somebody_changed_since_is_not_undone(world: World) -> None:
    out = world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Other"}))
    world.sql("UPDATE shop.customer SET born = '2000-01-01' WHERE id = 1")
    assert offered(world, world.ann, out).why_not is None
    world.sql("UPDATE shop.customer SET name = 'Third' WHERE id = 1")
    with pytest.raises(Stale) as caught:
        undo(world, world.ann, out)
    assert "since" in caught.value.text and world.customer().name == "Third"


def test_several_rows_are_undone_together_backwards(world: World) -> None:
    """An order made with its line, and a customer edited beside them."""
    order = Operation("create", world.table("orders"), after={"customer_id": "1", "total": "5.00"})
    line = Operation(
        "create", world.table("line"), after={"no": "1", "what": "x"}, links={"order_id": Link(0, "id")}
    )
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "Other"})
    out = world.propose(world.ann, order, line, edit)
    made = world.one("SELECT max(id) FROM shop.orders")
    assert out.state == "applied" and made == 10
    found = offered(world, world.ann, out)
    assert [one.kind for one in found.operations] == ["update", "delete", "delete"]
    assert undo(world, world.ann, out).state == "applied"
    assert world.one("SELECT count(*) FROM shop.orders WHERE id = 10") == 0
    assert world.one("SELECT count(*) FROM shop.line WHERE order_id = 10") == 0
    assert world.customer().name == "Customer 1"


def test_a_deleted_row_is_made_again_under_its_key(world: World) -> None:
    out = world.propose(world.ann, world.delete("~2", world.ann, "plain"))
    assert undo(world, world.ann, out).state == "applied"
    assert [tuple(r) for r in world.sql("SELECT id, v FROM shop.plain WHERE id = 2")] == [(2, "two")]


def test_a_row_of_which_not_all_was_seen_is_not_made_again(world: World) -> None:
    """P14: what was hidden from who deleted it was not kept."""
    out = world.propose(world.ann, world.delete("~9", world.ann))
    assert "Not every value" in str(offered(world, world.ann, out).why_not)
    with pytest.raises(Stale):
        undo(world, world.ann, out)


def test_a_place_that_is_taken_by_now_is_told(world: World) -> None:
    out = world.propose(world.ann, world.delete("~2", world.ann, "plain"))
    world.sql("INSERT INTO shop.plain VALUES (2, 'somebody else')")
    with pytest.raises(Invalid):
        undo(world, world.ann, out)
    assert world.one("SELECT v FROM shop.plain WHERE id = 2") == "somebody else"


def test_who_may_not_make_the_opposite_is_told_why(world: World) -> None:
    """P14, P16."""
    out = world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Other"}))
    for actor in (world.bo, world.cy):
        assert offered(world, actor, out).why_not
        with pytest.raises(Stale):
            undo(world, actor, out)
    with pytest.raises(NotVisible):
        undo(world, world.dee, out)
    waits = world.large()
    with pytest.raises(Stale):
        undo(world, world.ann, waits)
    assert world.customer().name == "Other"
