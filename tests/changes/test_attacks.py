"""What a person with a browser's tools might try at the door: go around a rule, point at what they cannot see,
send what no form of ours sends."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ops import changes
from ops.changes import Invalid, Operation
from tests.changes.company import World


def test_a_rule_sees_what_generated_columns_become(world: World) -> None:
    """P27: a rule on a column the database computes cannot be gone around by setting what it is made of."""
    world.rule("twice", table_name="customer", condition="new.twice > 15000")
    out = world.propose(world.ann, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "9000"}))
    assert (out.state, [stage.why for stage in out.stages]) == ("in_review", [("twice",)])
    assert world.customer().credit_limit == 1000
    assert world.events("row.updated") == []
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert world.customer().credit_limit == 9000


def test_a_rule_sees_defaults(world: World) -> None:
    """P27: leaving a field empty is no way around a rule on what the database puts there."""
    world.rule("free of charge", table_name="orders", kinds=["create"], columns=["total"],
               condition="new.total = 0")  # fmt: skip
    out = world.propose(world.ann, Operation("create", world.table("orders"), after={"customer_id": "1"}))
    assert out.state == "in_review"
    assert world.one("SELECT count(*) FROM shop.orders") == 9
    paid = {"customer_id": "1", "total": "5"}
    assert world.propose(world.ann, Operation("create", world.table("orders"), after=paid)).state == "applied"


def test_a_rule_sees_what_triggers_change(world: World) -> None:
    world.rule("counted", table_name="customer", columns=["changed"], role="owner")
    out = world.propose(world.ann, world.edit("~1", {"small": None}, {"small": "3"}))
    assert [stage.role for stage in out.stages] == ["owner"]
    assert world.decide(world.oz, out.change_id).state == "applied"


def test_a_rule_sees_rows_that_go_along(world: World) -> None:
    """P27: what may not be deleted without the owner is not deleted by deleting what it belongs to."""
    world.rule("lines", table_name="line", kinds=["delete"], role="owner")
    out = world.propose(world.ann, world.delete("~1", world.ann, "orders"))
    assert [stage.role for stage in out.stages] == ["owner"]
    assert world.one("SELECT count(*) FROM shop.line") == 18
    assert world.decide(world.oz, out.change_id).state == "applied"
    assert world.one("SELECT count(*) FROM shop.line") == 16


def test_what_is_only_seen_once_written_reopens_the_review(world: World) -> None:
    """P29: a rule that came while the change waited counts, also on generated columns."""
    out = world.large()
    world.rule("twice", table_name="customer", condition="new.twice > 15000", role="owner")
    assert world.decide(world.bo, out.change_id).state == "in_review"
    assert world.customer().credit_limit == 1000
    assert world.decide(world.oz, out.change_id).state == "applied"


def test_an_underscore_does_not_hide_a_decimal_that_would_be_rounded(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "9999.99_9"}))
    assert "decimals" in caught.value.fields["credit_limit"]
    assert world.customer().credit_limit == 1000


@pytest.mark.parametrize("target", ["5", "99999"])
def test_p14_a_row_out_of_sight_cannot_be_pointed_at(world: World, target: str) -> None:
    """P14: customer 5 is out of Ann's sight; she is told just what she is told of one that is not there."""
    order = Operation("create", world.table("orders"), after={"customer_id": target})
    edit = world.edit("~1", {"customer_id": "2"}, {"customer_id": target}, "orders")
    for operation in (order, edit):
        with pytest.raises(Invalid) as caught:
            world.propose(world.ann, operation)
        assert caught.value.fields == {"customer_id": "There is no Customer with this key."}
    if target == "5":
        assert world.propose(world.oz, order).state == "applied"


@pytest.mark.parametrize("made_up", [5, 1.5, ["a"], {"a": "b"}, "\ud800", "a\x00b"])
def test_p15_a_base_that_no_page_showed_is_refused(world: World, made_up: Any) -> None:
    delete = world.delete("~1", world.ann)
    edit = world.edit("~1", {"name": made_up}, {"name": "x"})
    for operation in (edit, Operation("delete", delete.table, "~1", {**delete.base, "name": made_up})):
        with pytest.raises(Invalid, match="incomplete"):
            world.propose(world.ann, operation)
    assert world.customer().name == "Customer 1"


def test_texts_that_no_database_holds_are_told_and_not_an_error(world: World) -> None:
    edit = world.edit("~1", {"small": None}, {"small": "3"})
    with pytest.raises(Invalid, match="NUL"):
        changes.propose(world.db, world.catalog, world.ann, [edit], reason="a\x00b")
    out = world.large()
    for verdict in ("approve", "reject"):
        with pytest.raises(Invalid) as caught:
            world.decide(world.bo, out.change_id, verdict, comment="a\x00b")
        assert "NUL" in caught.value.fields["comment"]


def test_what_is_longer_than_an_index_can_hold_is_told_beside_nothing_else(world: World) -> None:
    world.sql("CREATE INDEX ON shop.plain (v)")
    long = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(500))
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": long}, "plain"))
    assert "longer than" in str(caught.value.general)
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"extra": None}, {"extra": "[" * 20000 + "]" * 20000}))
    assert list(caught.value.fields) == ["extra"]
