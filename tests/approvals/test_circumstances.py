"""How a change comes about: rows, way, who asks. What is not known lets no rule off."""

from __future__ import annotations

import pytest

from ops.approvals import (
    OWNER,
    ApprovalRule,
    Ask,
    Circumstances,
    NoPlace,
    Place,
    Proposed,
    matching,
    parse_place,
)
from ops.approvals.rules import asks_from_json
from tests.changes.company import World

RULE = ApprovalRule(
    "r", (Place("shop", "orders"),), min_rows=10, sources=frozenset({"bulk", "import"}),
    proposer_roles=frozenset({"operator"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("about", "asks"),
    [
        (Circumstances(), True),
        (Circumstances("bulk", 10, frozenset({"operator", "viewer"})), True),
        (Circumstances("form", 10, frozenset({"operator"})), False),
        (Circumstances("bulk", 9, frozenset({"operator"})), False),
        (Circumstances("bulk", 10, frozenset({"manager"})), False),
        (Circumstances("import", None, None), True),
    ],
)
def test_a_rule_looks_at_how_a_change_comes_about(world: World, about: Circumstances, asks: bool) -> None:
    change = Proposed("update", world.table("orders"), {"id": "1"}, {"id": "1"}, frozenset({"total"}))
    with world.db.reading() as tx:
        assert bool(matching(tx, [change], [RULE], about)) is asks


def test_places_are_tables_schemas_names_and_everything(world: World) -> None:
    orders = world.table("orders")
    touched = frozenset({"total"})

    def looks(*places: str) -> bool:
        rule = ApprovalRule("r", tuple(map(parse_place, places)))
        return rule.concerns("update", orders, touched)

    assert all(map(looks, ("shop.orders", "shop.*", "*.orders", "*")))
    assert not any(map(looks, ("shop.line", "public.*", "*.line")))
    assert looks("shop.line", "shop.orders")
    house = world.catalog.by_name("ops", "role")
    assert not ApprovalRule("r").concerns("update", house, frozenset())


@pytest.mark.parametrize("text", ["", "orders", "shop.", ".orders", "shop.order*", "a.b.c", "**"])
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(NoPlace):
        parse_place(text)


@pytest.mark.parametrize(
    "place", [Place("a.b", "c*d"), Place("%2E", "x"), Place("*", "t"), Place("s", "*"), Place("é", " ")]
)
def test_a_place_comes_back_as_it_was(place: Place) -> None:
    assert parse_place(str(place)) == place


def test_stages_that_make_no_sense_ask_the_owner() -> None:
    """In doubt the owner: whatever a row of the table holds, it never asks fewer than somebody."""
    for rubbish in (None, [], {}, "manager", [1], [{}], [{"role": "a", "people": [1]}], [{"role": ""}]):
        assert {one.role for one in asks_from_json(rubbish)} == {OWNER}
    for needed in ("x", "2", 0, -1, 2.5, 1e400, True, None, [2]):
        assert asks_from_json([{"role": "manager", "needed": needed}]) == (Ask(OWNER),), needed
    for people in ("12", {"1": 2}, 7):
        assert asks_from_json([{"people": people}]) == (Ask(OWNER),), people
    assert asks_from_json([{"role": ["manager"]}]) == (Ask(OWNER),)
    assert asks_from_json([{"role": "manager", "needed": 2.0, "due": -1}]) == (Ask("manager", 2),)
    assert asks_from_json([{"role": "manager"}]) == (Ask("manager", 1),)


def test_people_in_code_are_those_who_have_proved_the_address(world: World) -> None:
    """P2: an address two people have, or nobody has proved, stands for nobody; then the owner is asked."""
    rule = ApprovalRule("named", (Place("shop", "orders"),), asks=(Ask(people=frozenset({"Bo@X.org"})),))
    change = Proposed("update", world.table("orders"), {"id": "1"}, {"id": "1"}, frozenset({"total"}))

    def asked() -> list[tuple[str, frozenset[int]]]:
        with world.db.reading() as tx:
            return [stage.who for stage in matching(tx, [change], [rule])]

    assert asked() == [(OWNER, frozenset())]
    world.sql("UPDATE ops.person SET email = 'bo@x.org' WHERE id = :id", id=world.bo.person_id)
    assert asked() == [(OWNER, frozenset())]
    world.sql("UPDATE ops.person SET email_verified = true WHERE id = :id", id=world.bo.person_id)
    assert asked() == [("", frozenset({world.bo.person_id}))]
    world.sql(
        "UPDATE ops.person SET email = 'BO@x.org', email_verified = true WHERE id = :id",
        id=world.cy.person_id,
    )
    assert asked() == [(OWNER, frozenset())]
