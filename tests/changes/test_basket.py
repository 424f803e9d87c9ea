"""The basket: collected without an effect, sent in whole or not at all, once, past every rule."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ops.actor import Actor
from ops.changes import Conflict, Invalid, Link, Operation, Outcome, Stale, basket
from ops.changes.basket import Basket
from ops.policy import Forbidden
from tests.changes.company import World

TOKEN = "b" * 22


def add(world: World, actor: Actor, *operations: Operation, token: str = TOKEN, reason: str = "") -> int:
    return basket.add(world.db, world.catalog, actor, operations, token=token, reason=reason)


def held(world: World, actor: Actor) -> Basket:
    with world.db.reading() as tx:
        return basket.basket_of(tx, world.catalog, actor)


def send(world: World, actor: Actor, stamp: str | None = None, **said: Any) -> Outcome:
    stamp = held(world, actor).stamp if stamp is None else stamp
    return basket.submit(world.db, world.catalog, actor, stamp=stamp, **said)


def name(world: World, key: int = 1, to: str = "Other") -> Operation:
    return world.edit(f"~{key}", {"name": f"Customer {key}"}, {"name": to})


def test_p35_what_lies_there_is_no_change(world: World) -> None:
    """Nobody is asked, nothing is written, nobody else sees it."""
    assert add(world, world.ann, name(world, 1)) == 1
    assert add(world, world.ann, name(world, 2), world.edit("~1", {"note": "a"}, {"note": "c"}, "ticket"),
               token="c" * 22) == 3  # fmt: skip
    assert world.one("SELECT count(*) FROM ops.change_set") == 0
    assert world.one("SELECT count(*) FROM ops.event WHERE action <> 'session.started'") == 0
    assert world.customer(1).name == "Customer 1"
    assert held(world, world.max).rows == ()
    assert [one.view.title for one in held(world, world.ann).rows][:2] == ["Customer 1", "Customer 2"]


def test_p30_all_of_it_becomes_one_change_once(world: World) -> None:
    add(world, world.ann, name(world, 1), reason="new names")
    add(world, world.ann, world.edit("~1", {"note": "a"}, {"note": "c"}, "ticket"), token="c" * 22)
    assert held(world, world.ann).reason == "new names"
    stamp = held(world, world.ann).stamp
    out = send(world, world.ann, stamp, token="s" * 22, reason="both")
    assert (out.state, world.customer().name) == ("applied", "Other")
    assert world.one("SELECT note FROM shop.ticket WHERE id = 1") == "c"
    assert held(world, world.ann).rows == () and world.one("SELECT count(*) FROM ops.basket") == 0
    again = send(world, world.ann, stamp, token="s" * 22)
    assert again.repeated and again.change_id == out.change_id
    with pytest.raises(Stale):
        send(world, world.ann, stamp, token="t" * 22)
    assert world.one("SELECT count(*) FROM ops.change_set") == 1
    assert world.one("SELECT source FROM ops.change_set") == "form"


def test_p30_two_tabs_send_it_once(world: World) -> None:
    add(world, world.ann, Operation("create", world.table("ticket"), after={"id": "77", "note": "x"}))
    stamp = held(world, world.ann).stamp
    ended: list[str] = []

    def tab(token: str) -> None:
        try:
            ended.append(send(world, world.ann, stamp, token=token).state)
        except (Stale, Invalid) as error:  # the key is taken, or the rows are gone: by who came first
            ended.append(type(error).__name__)

    tabs = [threading.Thread(target=tab, args=(letter * 22,)) for letter in "xyz"]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert ended.count("applied") == 1, ended
    assert world.one("SELECT count(*) FROM shop.ticket WHERE id = 77") == 1


def test_p27_every_rule_is_asked_about_all_of_it(world: World) -> None:
    """Also how many rows it has: collecting is no way around a rule."""
    world.rule("many", min_rows=2)
    add(world, world.max, name(world, 1))
    add(world, world.max, name(world, 2), token="c" * 22)
    out = send(world, world.max, reason="two")
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["manager"])
    with pytest.raises(Forbidden):
        world.decide(world.max, out.change_id)
    assert held(world, world.max).rows == ()
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert (world.customer(1).name, world.customer(2).name) == ("Other", "Other")


def test_p29_a_row_that_moved_stops_all_of_it_until_it_is_added_again(world: World) -> None:
    add(world, world.ann, name(world, 1), name(world, 2))
    world.sql("UPDATE shop.customer SET name = 'Theirs' WHERE id = 2")
    (first, second) = held(world, world.ann).rows
    assert not any(one.moved for one in first.view.differences)
    assert [one.live for one in second.view.differences if one.moved] == ["Theirs"]
    with pytest.raises(Conflict) as caught:
        send(world, world.ann, token="s" * 22)
    assert (caught.value.position, world.customer(1).name) == (1, "Customer 1")
    assert len(held(world, world.ann).rows) == 2  # P30: it is all still there
    add(world, world.ann, world.edit("~2", {"name": "Theirs"}, {"name": "Mine"}), token="c" * 22)
    assert send(world, world.ann, token="s" * 22).state == "applied"
    assert (world.customer(1).name, world.customer(2).name) == ("Other", "Mine")


def test_the_same_row_merges(world: World) -> None:
    add(world, world.ann, world.edit("~1", {"name": "Customer 1", "code": "C1"}, {"name": "A", "code": "K1"}))
    count = add(
        world, world.ann, world.edit("~1", {"name": "Customer 1", "email": "c1@x"}, {"name": "B", "email": "b@x"}),
        token="c" * 22,
    )  # fmt: skip
    (one,) = held(world, world.ann).rows
    assert count == 1 and dict(one.row.operation.after) == {"name": "B", "code": "K1", "email": "b@x"}
    add(world, world.ann, name(world, 1, "C"), token="c" * 22)  # a form sent again does not make two
    assert len(held(world, world.ann).rows) == 1
    add(world, world.ann, world.delete("~1", world.ann), token="d" * 22)
    (one,) = held(world, world.ann).rows
    assert one.row.kind == "delete"


def test_a_form_of_a_new_row_sent_twice_adds_one(world: World) -> None:
    """P30."""
    new = Operation("create", world.table("ticket"), after={"id": "90", "note": "x"})
    assert add(world, world.ann, new) == add(world, world.ann, new) == 1


def test_p15_p16_rights_are_asked_when_it_is_added_and_when_it_is_sent(world: World) -> None:
    with pytest.raises(Forbidden):
        add(world, world.ann, world.edit("~1", {"changed": "0"}, {"changed": "9"}))
    with pytest.raises(Forbidden):
        add(world, world.bo, name(world))  # a manager edits nothing
    assert (
        world.one("SELECT count(*) FROM ops.event WHERE action = 'change.collected' AND outcome = 'refused'")
        == 2
    )
    add(world, world.ann, name(world))
    stamp = held(world, world.ann).stamp
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    with pytest.raises(Exception) as caught:
        send(world, world.ann, stamp)
    assert type(caught.value).__name__ in ("Forbidden", "NotVisible")
    assert world.customer().name == "Customer 1"


def test_p14_what_is_not_seen_any_more_is_not_shown(world: World) -> None:
    add(world, world.ann, name(world))
    world.sql("UPDATE shop.customer SET country = 'FR', name = 'Away' WHERE id = 1")  # operators see Germans
    (one,) = held(world, world.ann).rows
    assert one.view is not None and one.view.row_gone and one.view.title is None
    assert "Away" not in str(one.view.differences)
    (one,) = held(world, Actor(1, "Ann", frozenset())).rows
    assert one.view is None


def test_rights_are_not_collected(world: World) -> None:
    house = world.catalog.house["ops.role"]
    with pytest.raises(Forbidden):
        add(world, world.oz, Operation("create", house, after={"name": "x", "label": "X"}))


def test_values_that_cannot_be_stored_are_told_at_once(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        add(world, world.ann, world.edit("~1", {"code": "C1"}, {"code": "too long by far"}))
    assert "code" in caught.value.fields and held(world, world.ann).rows == ()


def test_p40_bounds_hold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basket, "MOST_ROWS", 2)
    add(world, world.ann, name(world, 1), name(world, 2))
    with pytest.raises(Invalid):
        add(world, world.ann, name(world, 3), token="c" * 22)
    assert len(held(world, world.ann).rows) == 2


def test_children_go_with_their_parent(world: World) -> None:
    """A row that takes the key of a new one is sent with it, and taken out with it."""
    order = Operation("create", world.table("orders"), after={"customer_id": "1", "total": "5"})
    line = Operation(
        "create", world.table("line"), after={"no": "1", "what": "a"}, links={"order_id": Link(0, "id")}
    )
    add(world, world.oz, name(world, 1))
    add(world, world.oz, order, line, token="c" * 22)
    rows = held(world, world.oz).rows
    assert rows[2].row.operation.links["order_id"].position == 1
    assert any(one.linked for one in rows[2].view.differences)
    out = send(world, world.oz)
    assert out.state == "applied"
    assert (
        world.one(
            "SELECT count(*) FROM shop.line l JOIN shop.orders o ON o.id = l.order_id WHERE o.total = 5"
        )
        >= 1
    )
    add(world, world.oz, order, line, token="d" * 22)
    assert basket.remove(world.db, world.oz, held(world, world.oz).rows[0].row.id) == 2
    assert held(world, world.oz).rows == ()


def test_nobody_takes_out_of_anothers(world: World) -> None:
    """P14."""
    add(world, world.ann, name(world))
    row = held(world, world.ann).rows[0].row.id
    assert basket.remove(world.db, world.max, row) == 0
    assert not basket.discard(world.db, world.max)
    assert basket.discard(world.db, world.ann) and held(world, world.ann).rows == ()


def test_p47_a_table_that_changed_its_shape_is_told(world: World) -> None:
    add(world, world.ann, name(world))
    world.sql("UPDATE ops.basket_row SET table_digest = 'another'")
    (one,) = held(world, world.ann).rows
    assert one.row.reshaped
    with pytest.raises(Invalid):
        send(world, world.ann)


def test_what_is_forgotten_for_a_month_goes(world: World) -> None:
    add(world, world.ann, name(world))
    with world.db.transaction() as tx:
        basket.sweep(tx)
    assert len(held(world, world.ann).rows) == 1
    world.sql("UPDATE ops.basket SET changed_at = now() - interval '31 days'")
    with world.db.transaction() as tx:
        basket.sweep(tx)
    assert held(world, world.ann).rows == ()
