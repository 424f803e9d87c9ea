"""Two features together, or a rule and what it reads, as a way round: each alone holds (P27 to P31)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import NotSupportedError

from ops.changes import Invalid, Operation
from tests.bypass.conftest import House, number
from tests.bypass.test_many_rows import many

ESCALATES = '[{"role": "manager", "needed": 1, "due": 1, "escalate_to": "owner"}]'
LONG = "repeat('as agreed in the frame contract; ', 500)"  # over 8 kB: compared and kept by its digest


def alone(house: House, name: str, **columns: object) -> int:
    """A rule, and no other beside it."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    return house.rule(name, **columns)


def asks(house: House, rule: int, stages: str) -> None:
    """Let the rule ask these stages from now on."""
    house.sql(
        "UPDATE ops.approval_rule SET stages = CAST(:stages AS jsonb) WHERE id = :id", stages=stages, id=rule
    )


def _gone_on(house: House) -> tuple[str, int]:
    """A change that nobody decided in time, so that owners may as well; its rule."""
    rule = alone(house, "a manager, or an owner once it is late")
    asks(house, rule, ESCALATES)
    reference = house.limit("ann")
    house.visit("oz")
    house.sql(
        "UPDATE ops.stage SET escalate_at = now(), escalated_at = now() WHERE change_id = :id",
        id=number(reference),
    )
    return reference, rule


def test_a_seat_of_an_escalation_is_none_of_a_rule_that_came(house: House) -> None:
    """P29: adding a rule weakens no other, nor is it fulfilled by somebody whom it never asks."""
    reference, _ = _gone_on(house)
    house.rule("a manager, however late")
    house.says("oz", reference)
    house.unmoved(reference)
    house.says("bo", reference)
    assert (house.at(reference), house.worth()) == ("applied", "18500.00")


def test_an_escalation_that_was_taken_away_gives_no_seat(house: House) -> None:
    """P29: the rule as it stands says whose yes it takes, not the one that stood when it was sent."""
    reference, rule = _gone_on(house)
    asks(house, rule, '[{"role": "manager", "needed": 1}]')
    house.says("oz", reference)
    house.unmoved(reference)
    house.says("max", reference)
    assert house.worth() == "18500.00"


def test_an_escalation_that_stands_is_enough(house: House) -> None:
    """P27: what the rule allows is not asked twice."""
    reference, _ = _gone_on(house)
    house.says("oz", reference)
    assert (house.at(reference), house.worth()) == ("applied", "18500.00")


@pytest.mark.parametrize("keys", [("~1",), ("~1", "~2")])
def test_a_rule_reads_long_texts_and_not_their_digests(house: House, keys: tuple[str, ...]) -> None:
    """P29, P31: a word in 16 kB of notes that nobody touches; by itself and in a basket."""
    alone(house, "nobody alone where it says so", columns=[], condition="old.notes contains 'LOCKED'")
    house.sql(f"UPDATE shop.customers SET notes = 'LOCKED. ' || {LONG} WHERE id = 1")
    if len(keys) == 1:
        reference = house.edits("ann", "shop.customers/~1", {"v.city": "Bodø"})
    else:
        for key in keys:
            house.fill("ann", f"/tables/shop.customers/{key}/edit", {"v.city": "Bodø", "basket": "1"})
        house.fill("ann", "/basket/", {"reason": "both"}, "basket-form")
        reference = house.newest()
    house.unmoved(reference)
    assert house.one("SELECT count(*) FROM shop.customers WHERE city = 'Bodø'") == 0


def test_a_rule_that_came_reads_long_texts_as_it_is_applied(house: House) -> None:
    """P29: judged again on the live row, in full."""
    reference, bo, form = house.on_screen()
    house.sql(f"UPDATE shop.customers SET notes = 'LOCKED. ' || {LONG} WHERE id = 1")
    house.rule("an owner where it says so", role="owner", condition="old.notes contains 'LOCKED'")
    house.sends(bo, reference, form)
    house.unmoved(reference)
    house.says("oz", reference)
    assert house.worth() == "18500.00"


def test_a_long_text_that_nobody_touches_has_not_changed(house: House) -> None:
    """The other way round: nobody is asked about notes that stay as they are."""
    alone(house, "notes", columns=[], condition="changed(notes)")
    house.sql(f"UPDATE shop.customers SET notes = {LONG} WHERE id = 1")
    assert house.at(house.edits("ann", "shop.customers/~1", {"v.city": "Bodø"})) == "applied"


@pytest.mark.parametrize("keys", [("~1",), ("~1", "~2")])
def test_a_rule_compares_as_the_column_does(house: House, keys: tuple[str, ...]) -> None:
    """P31: what the company's database takes for the same is the same to a rule, of one row and of many."""
    try:
        house.sql(
            "CREATE COLLATION shop.in_any_case "
            "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
    except NotSupportedError:
        pytest.skip("this PostgreSQL was built without ICU")
    house.sql("ALTER TABLE shop.customers ALTER COLUMN city TYPE text COLLATE shop.in_any_case")
    house.platform.reload()
    alone(house, "Vaduz", columns=[], condition="new.city = 'vaduz' and not new.city = old.city")
    said = {"v.city": "VADUZ"}
    reference = (
        house.edits("ann", "shop.customers/~1", said) if len(keys) == 1 else many(house, "ann", *keys, **said)
    )
    house.unmoved(reference)
    assert house.one("SELECT count(*) FROM shop.customers WHERE city = 'vaduz' AND id < 3") == 0


@pytest.mark.parametrize("other", [False, True])
def test_an_undo_that_is_revised_undoes_what_it_still_does(house: House, other: bool) -> None:
    """P35: what stands in the row is not said to be undone, and can be."""
    alone(house, "phones", columns=["phone"])
    first = house.edits("ann", "shop.customers/~1", {"v.phone": "+49 30 1"})
    house.says("bo", first)
    house.fill("ann", f"/changes/{first}/undo", {"reason": "a slip"}, "undo-form")
    undo = house.newest()
    said = {"v.0.phone": "+49 30 2"} if other else {"reason": "a slip of the pen"}
    house.fill("ann", f"/changes/{undo}/edit", said, "revise-form")
    house.says("bo", undo)
    assert house.at(undo) == "applied"
    left = house.one("SELECT count(*) FROM ops.change_set WHERE undo_of = :id", id=number(first))
    assert left == (0 if other else 1)


def test_one_row_under_two_names(house: House) -> None:
    """P35: `~1` and `~01` are one row: written twice in one change, the trail would tell what never stood there."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    table = house.platform.catalog.by_name("shop", "customers")
    both = [
        Operation("update", table, key, {"credit_limit": "5000.00"}, {"credit_limit": worth})
        for key, worth in (("~1", "6000.00"), ("~01", "7000.00"))
    ]
    with pytest.raises(Invalid):
        house.propose("ann", *both)
    assert house.worth() == "5000.00"
