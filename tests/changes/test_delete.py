"""Deleting: on the whole row as it was shown, with every row that goes along in the trail."""

from __future__ import annotations

import pytest

from ops.catalog import Resource, load
from ops.changes import Conflict, Invalid, cascades
from tests.changes.company import World


def test_a_deleted_row_and_all_that_goes_along_are_in_the_trail(world: World) -> None:
    out = world.propose(world.ann, world.delete("~1", world.ann), reason="closed")
    assert out.state == "applied"
    assert world.sql("SELECT * FROM shop.customer WHERE id = 1") == []
    (deleted,) = world.events("row.deleted")
    assert deleted.body["before"]["secret"] == "MARKER1" and deleted.body["after"] is None
    along = world.events("row.cascaded")
    found = sorted((e.table_name, e.row_key, e.body["facts"]["effect"]) for e in along)
    assert found == [
        ("line", "~3,1", "delete"), ("line", "~3,2", "delete"), ("line", "~6,1", "delete"),
        ("line", "~6,2", "delete"),
        ("line", "~9,1", "delete"), ("line", "~9,2", "delete"),
        ("orders", "~3", "delete"), ("orders", "~6", "delete"), ("orders", "~9", "delete"),
        ("ticket", "~1", "set null"),
    ]  # fmt: skip
    ticket = next(e for e in along if e.table_name == "ticket")
    assert (ticket.body["before"], ticket.body["after"]) == ({"customer_id": "1"}, {"customer_id": None})
    assert world.one("SELECT customer_id FROM shop.ticket WHERE id = 1") is None


def test_a_delete_conflicts_with_any_change_of_what_was_shown(world: World) -> None:
    delete = world.delete("~1", world.ann)
    world.sql("UPDATE shop.customer SET born = '2000-01-01' WHERE id = 1")
    with pytest.raises(Conflict) as caught:
        world.propose(world.ann, delete)
    assert {f.column for f in caught.value.fields} == {"born", "changed"}
    assert world.customer()


def test_a_delete_that_waits_shows_what_will_go_along(world: World) -> None:
    world.rule("deletes", kinds=["delete"])
    out = world.propose(world.ann, world.delete("~1", world.ann))
    assert out.state == "in_review" and world.customer()
    (shown,) = world.show(world.bo, out.change_id).operations
    assert sorted((a.label, a.effect, a.count) for a in shown.also) == [
        ("Line", "delete", 6), ("Orders", "delete", 3), ("Ticket", "set null", 1),
    ]  # fmt: skip
    assert all(d.will_be is None for d in shown.differences)
    assert "secret" not in {d.column for d in shown.differences}
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert world.sql("SELECT * FROM shop.customer WHERE id = 1") == []


class OrdersInPart(Resource):
    table = "shop.orders"
    rows = {"manager": "total > 5"}


class TicketsOfNobody(Resource):
    table = "shop.ticket"
    hidden = ("customer_id",)


def test_p14_what_goes_along_is_counted_in_sight_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bo sees two of three orders, and no ticket's customer: no number tells of the rest, nor of their lines."""
    world.rule("deletes", kinds=["delete"])
    out = world.propose(world.ann, world.delete("~1", world.ann))
    (plain,) = world.show(world.bo, out.change_id).operations
    assert not plain.others
    with world.db.reading() as tx:
        world.catalog = load(tx, schemas=("shop",), resources=[OrdersInPart, TicketsOfNobody])

    def along() -> tuple[list[tuple[str, str, int, bool]], bool]:
        (shown,) = world.show(world.bo, out.change_id).operations
        return sorted((a.label, a.effect, a.count, a.more) for a in shown.also), shown.others

    assert along() == ([("Line", "delete", 4, False), ("Orders", "delete", 2, False)], True)
    monkeypatch.setattr(cascades, "MOST", 8)
    counted, others = along()
    assert others and not any(more for *_, more in counted)
    monkeypatch.undo()
    world.sql("DELETE FROM shop.orders WHERE id IN (3, 6, 9)")
    world.sql("DELETE FROM shop.ticket")
    assert along() == ([], True), "the same is said where there are none"


def test_very_many_rows_are_listed_up_to_a_bound_and_the_rest_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cascades, "MOST", 4)
    world.propose(world.ann, world.delete("~1", world.ann))
    assert len(world.events("row.cascaded")) == 4
    (more,) = world.events("cascade.more")
    assert more.body["facts"] == {"listed": "4"}


def test_p31_rules_are_asked_about_rows_that_are_too_many_to_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P31: what goes along beyond the bound asks whom a rule names; where its condition cannot be judged, the owner."""
    monkeypatch.setattr(cascades, "MOST", 2)  # of three orders and six lines
    world.rule("lines", table_name="line", kinds=["delete"])
    out = world.propose(world.ann, world.delete("~1", world.ann))
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["manager"])
    assert world.decide(world.bo, out.change_id).state == "applied"
    world.sql("UPDATE ops.approval_rule SET enabled = false")
    world.rule("large ones", table_name="orders", kinds=["delete"], condition="old.total > 100000")
    out = world.propose(world.ann, world.delete("~2", world.ann))
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["owner"])
    assert world.decide(world.oz, out.change_id).state == "applied"
    monkeypatch.undo()
    assert world.propose(world.ann, world.delete("~3", world.ann)).state == "applied", "all were read"


def test_p31_a_rule_about_references_is_asked_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """P31: rows that lose their reference are edited; a rule for every table is about those that have its columns."""
    monkeypatch.setattr(cascades, "MOST", 2)
    world.rule("tickets", table_name="ticket", kinds=["update"], columns=["customer_id"])
    world.rule("notes", kinds=["update"], columns=["customer_id"], condition="new.nothing = 1")
    out = world.propose(world.ann, world.delete("~1", world.ann))
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["manager"])


def test_a_table_that_points_at_itself_ends(world: World) -> None:
    world.sql("CREATE TABLE shop.tree (id int PRIMARY KEY, up int REFERENCES shop.tree ON DELETE CASCADE); ")
    world.sql("INSERT INTO shop.tree VALUES (1, NULL), (2, 1), (3, 2)")
    world.sql("UPDATE shop.tree SET up = 3 WHERE id = 1")
    from ops import catalog

    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, schemas=("shop",), resources=[])
    world.propose(world.ann, world.delete("~1", world.ann, "tree"))
    assert sorted(e.row_key for e in world.events("row.cascaded")) == ["~2", "~3"]
    assert world.one("SELECT count(*) FROM shop.tree") == 0


def test_what_other_rows_forbid_asks_nobody(world: World) -> None:
    """A deletion that cannot be is refused when it is proposed, not after somebody has approved it."""
    world.rule("deleting", table_name="customer", kinds=["delete"])
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.delete("~4", world.ann))  # a payout refers to it
    assert "still refer to this" in str(caught.value)
    assert world.sql("SELECT FROM ops.change_set") == []
    assert world.propose(world.ann, world.delete("~8", world.ann)).state == "in_review"
