"""The page of a change and the lists of changes, through the eyes of who looks (P14)."""

from __future__ import annotations

import pytest

from ops import changes, policy
from ops.changes import Operation
from ops.db import statements
from ops.policy import NotVisible
from tests.changes.company import World


def listed(world: World, which, actor, **options) -> list[int]:
    with world.db.reading() as tx:
        return [row.id for row in which(tx, world.catalog, actor, **options).rows]


def test_the_page_says_who_may_decide_and_why_others_may_not(world: World) -> None:
    out = world.large(world.max)
    views = {
        name: world.show(getattr(world, name), out.change_id) for name in ("ann", "bo", "cy", "oz", "max")
    }
    assert {name: view.may_decide for name, view in views.items()} == {
        "ann": False, "bo": True, "cy": False, "oz": False, "max": False,
    }  # fmt: skip
    assert "hand in this change" in (views["max"].why_not or "")
    assert "turn is with manager" in (views["oz"].why_not or "")
    assert views["max"].may_withdraw and not views["bo"].may_withdraw
    assert views["bo"].candidates == ("Bo",)
    assert views["bo"].reference == f"CH-{out.change_id}" and changes.parse_reference("ch-12") == 12
    (stage,) = views["bo"].stages
    assert (stage.role, stage.got, stage.needed, stage.turn) == ("manager", 0, 1, True)
    with pytest.raises(NotVisible):
        world.show(world.dee, out.change_id)
    with pytest.raises(NotVisible):
        world.show(world.bo, 1)


def test_p14_a_row_out_of_sight_is_no_page(world: World) -> None:
    out = world.large(world.oz, key=5)
    with pytest.raises(NotVisible):
        world.show(world.ann, out.change_id)
    assert world.show(world.bo, out.change_id).may_decide


def test_p14_hidden_columns_never_show_and_masks_hold(world: World) -> None:
    world.rule("deletes", kinds=["delete"])
    out = world.propose(world.ann, world.delete("~2", world.ann))
    shown = world.show(world.bo, out.change_id)
    assert "MARKER2" not in repr(shown.operations) and "4111-1111-2" not in repr(
        [(d.was, d.will_be, d.live) for d in shown.differences]
    )


def test_what_was_decided_stays_on_the_page(world: World) -> None:
    out = world.large()
    world.decide(world.bo, out.change_id, "reject", comment="too much")
    shown = world.show(world.ann, out.change_id)
    assert [(d.person, d.verdict, d.comment) for d in shown.decisions] == [("Bo", "reject", "too much")]
    assert shown.change.state == "rejected" and not shown.differences[0].has_live


def test_a_new_row_shows_its_values(world: World) -> None:
    world.rule("new ones", table_name="plain", kinds=["create"])
    out = world.propose(world.ann, Operation("create", world.table("plain"), after={"id": "9", "v": "nine"}))
    (operation,) = world.show(world.bo, out.change_id).operations
    assert [(d.column, d.was, d.will_be) for d in operation.differences] == [
        ("id", None, "9"),
        ("v", None, "nine"),
    ]
    assert not operation.row_gone
    assert world.decide(world.bo, out.change_id).result_key == "~9"
    assert world.show(world.bo, out.change_id).operations[0].differences == operation.differences


def test_what_waits_for_whom(world: World) -> None:
    first, second = world.large().change_id, world.large(world.max).change_id
    assert listed(world, changes.waiting, world.bo) == [second, first]
    assert listed(world, changes.waiting, world.max) == [first]
    for actor in (world.ann, world.cy, world.oz, world.dee):
        assert listed(world, changes.waiting, actor) == []
    world.decide(world.bo, first)
    assert listed(world, changes.waiting, world.bo) == [second]


def test_a_change_one_cannot_see_in_full_does_not_wait_for_one(world: World) -> None:
    world.sql("INSERT INTO ops.person_role VALUES (5, 'finance', 'hand')")
    world.rule("cards", columns=["card"])
    world.propose(world.oz, world.edit("~1", {"card": "4111-1111-1"}, {"card": "4222-2222-2"}))
    assert listed(world, changes.waiting, world.bo) == []


def test_lists_are_paged_newest_first(world: World) -> None:
    ids = [world.large(to=f"2000{n}.00").change_id for n in range(5)]
    with world.db.reading() as tx:
        first = changes.everything(tx, world.catalog, world.bo, size=2)
        second = changes.everything(tx, world.catalog, world.bo, size=2, before=first.next)
        third = changes.everything(tx, world.catalog, world.bo, size=2, before=second.next)
        assert [row.id for page in (first, second, third) for row in page.rows] == ids[::-1]
        assert third.next is None
        assert (first.rows[0].turn, first.rows[0].proposer, first.rows[0].table.name) == (
            "manager",
            "Ann",
            "customer",
        )
    assert listed(world, changes.mine, world.ann) == ids[::-1]
    assert listed(world, changes.mine, world.bo) == []
    assert listed(world, changes.everything, world.bo, states=("applied",)) == []
    assert listed(world, changes.everything, world.dee) == []


def test_p14_a_change_of_a_row_out_of_sight_is_in_no_list_of_others(world: World) -> None:
    """P14: row conditions hold for lists of changes too; Ann sees German customers alone."""
    seen = world.large(world.max, key=1).change_id
    french = world.large(world.oz, key=5).change_id
    assert listed(world, changes.everything, world.bo) == [french, seen]
    assert listed(world, changes.everything, world.ann) == [seen]
    moved = world.large(key=2).change_id
    world.sql("UPDATE shop.customer SET country = 'FR' WHERE id = 2")
    assert listed(world, changes.everything, world.ann) == [moved, seen]  # her own stays hers


def test_values_are_shown_as_the_database_would_write_them(world: World) -> None:
    out = world.propose(
        world.ann,
        world.edit(
            "~1",
            {"credit_limit": "1000.00", "born": None, "extra": None, "code": "C1"},
            {"credit_limit": "18000", "born": "2001-2-3", "extra": '{"b":1,"a":2}', "code": "c 1"},
        ),
    )
    shown = {one.column: one.will_be for one in world.show(world.bo, out.change_id).differences}
    assert shown == {
        "credit_limit": "18000.00",
        "born": "2001-02-03",
        "extra": '{"a": 2, "b": 1}',
        "code": "c 1",
    }
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_p14_a_change_is_named_by_its_row_as_far_as_one_sees_it(world: World) -> None:
    """P14: the name of the row comes through the reader's own View, and is stored nowhere."""
    out = world.large()
    made = world.propose(world.ann, Operation("create", world.table("customer"), after={"name": "New one"}))
    with world.db.reading() as tx:
        named = {row.id: row.heading for row in changes.everything(tx, world.catalog, world.bo).rows}
    assert named[out.change_id] == "Edit Customer: Customer 1"
    assert named[made.change_id] == "New Customer: New one"
    assert world.show(world.bo, made.change_id).operations[0].key == made.result_key
    assert world.one("SELECT title FROM ops.change_set WHERE id = :id", id=out.change_id) == "Edit Customer"
    world.sql("UPDATE shop.customer SET country = 'FR' WHERE id = 1")  # out of an operator's sight
    with world.db.reading() as tx:
        rows = changes.mine(tx, world.catalog, world.ann).rows
    assert [row.heading for row in rows if row.id == out.change_id] == ["Edit Customer"]


def test_what_waits_is_found_in_a_fixed_number_of_statements(world: World) -> None:
    counts = []
    for key in (1, 2, 3, 4):
        world.large(key=key)
        with world.db.reading() as tx:
            changes.waiting(tx, world.catalog, world.bo)
            before = statements()
            assert len(changes.waiting(tx, world.catalog, world.bo).rows) == key
            counts.append(statements() - before)
    assert len(set(counts)) == 1


def test_whom_a_form_may_ask_is_told_before_anybody_typed(world: World) -> None:
    with world.db.reading() as tx:
        seen = policy.view(world.ann, world.table("customer"), world.catalog)
        (one,) = changes.asks_ahead(tx, seen, "update")
        assert (one.role, one.rule, one.always) == ("manager", "large credit", False)
        assert "10000" in (one.when or "")
    world.rule("secretly", table_name="customer", condition="old.secret = 'x'", role="owner")
    world.rule("always", table_name="customer", role="manager")
    with world.db.reading() as tx:
        found = {one.rule: one for one in changes.asks_ahead(tx, seen, "update")}
    assert found["always"].always and found["secretly"].when is None
    world.rule("undone", table_name="customer", role="manager")
    world.sql("UPDATE ops.approval_rule SET sources = '{undo}' WHERE name = 'undone'")
    with world.db.reading() as tx:
        assert "undone" not in {one.rule for one in changes.asks_ahead(tx, seen, "update")}
        assert "undone" in {one.rule for one in changes.asks_ahead(tx, seen, "update", source="undo")}


def test_the_number_beside_approvals_counts_what_is_theirs_to_approve(world: World) -> None:
    table = world.table("customer")
    waiting = [([[table.schema, table.name]], 2), ([["shop", "gone"], [table.schema, table.name]], 3)]
    assert changes.to_decide(world.catalog, world.bo, waiting) == 2
    assert changes.to_decide(world.catalog, world.dee, waiting) == 0
