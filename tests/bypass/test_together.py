"""What two features open together: an undo revised, tables that inherit, many rows that wait (P9, P16, P27, P29)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ops.changes import bulk, schedule
from ops.changes.acts import Act
from ops.changes.bulk.acting import spec
from tests.bypass.conftest import House
from tests.bypass.test_interplay import LONG, alone, asks
from tests.bypass.test_many_rows import many, rich, subject
from tests.bypass.test_seats import _takes, declares

__all__ = ["declares"]


def test_an_undo_that_is_revised_is_no_undo(house: House) -> None:
    """P27: a rule that lets undoing pass is asked about what was typed into the form of a further revision."""
    alone(house, "phones", columns=["phone"])
    rule = house.rule("limits, but for undoing", role="owner", columns=["credit_limit"])
    house.sql(
        "UPDATE ops.approval_rule SET sources = '{form,grid,bulk,import,action,integration}' WHERE id = :id",
        id=rule,
    )
    first = house.edits("ann", "shop.customers/~1", {"v.phone": "+49 30 1"})
    house.says("bo", first)
    house.fill("ann", f"/changes/{first}/undo", {"reason": "a slip"}, "undo-form")
    undo = house.newest()
    assert house.at(undo) == "in_review"
    said = {"v.0.credit_limit": "900000.00", "v.0.phone": "+49 30 1"}
    house.fill("ann", f"/changes/{undo}/edit", said, "revise-form")
    house.unmoved(undo)
    house.says("oz", undo)
    assert house.worth() == "900000.00"


@pytest.mark.parametrize("place", ["shop.documents", "shop.papers", "*.documents"])
def test_a_rule_about_a_table_is_about_those_that_inherit_from_it(house: House, place: str) -> None:
    """P27: a row of contracts is a row of documents; by its own table's name it is asked about as well."""
    house.sql("CREATE TABLE shop.papers (id integer PRIMARY KEY, title text)")
    house.sql("CREATE TABLE shop.documents () INHERITS (shop.papers)")
    house.sql("CREATE TABLE shop.contracts (PRIMARY KEY (id)) INHERITS (shop.documents)")
    house.sql("INSERT INTO shop.contracts VALUES (1, 'as signed')")
    house.platform.reload()
    alone(house, "documents", tables=[place])
    reference = house.edits("oz", "shop.contracts/~1", {"v.title": "as wished"})
    assert house.at(reference) == "in_review"
    assert house.one("SELECT title FROM shop.papers WHERE id = 1") == "as signed"


def test_a_right_that_was_taken_from_the_first_of_two_in_one_stage(house: House) -> None:
    """P9, P16: a quorum counts those who may decide today."""
    rule = alone(house, "Bo and Oz together")
    people = sorted(house.actor(sub).person_id for sub in ("bo", "oz"))
    asks(house, rule, json.dumps([{"people": people, "needed": 2}]))
    reference = house.limit("ann")
    house.says("bo", reference)
    _takes(house, "the verb")
    house.says("oz", reference)
    house.unmoved(reference)


@pytest.mark.parametrize("waits", [False, True])
def test_a_rule_reads_long_texts_of_many_rows(house: House, waits: bool) -> None:
    """P29, P31: of many rows too; also when the rule came while they waited."""
    house.sql(f"UPDATE shop.customers SET notes = 'LOCKED. ' || {LONG} WHERE id = 1")
    rule = {"columns": [], "condition": "old.notes contains 'LOCKED'"}
    if not waits:
        alone(house, "nobody alone where it says so", **rule)
        reference = many(house, "ann", "~1", "~2", **{"v.city": "Bodø"})
    else:
        reference = many(house, "ann", "~1", "~2", **{"v.credit_limit": "18500.00"})
        house.rule("an owner where it says so", role="owner", **rule)
        house.says("bo", reference)
    house.works("bulk", "%")
    assert house.at(reference) == "in_review"
    assert house.one("SELECT city <> 'Bodø' AND credit_limit = 5000 FROM shop.customers WHERE id = 1")


def test_a_rule_that_asks_more_of_many_rows_that_wait_can_be_answered(house: House) -> None:
    """P29: one manager agreed, two are asked by now: the rows wait for a second one, who finds the form."""
    reference = many(house, "ann", "~1", "~2", "~3", **{"v.credit_limit": "18500.00"})
    house.says("bo", reference)
    house.sql(
        "UPDATE ops.approval_rule SET stages = jsonb_build_array(jsonb_build_object('role', 'manager', 'needed', 2)) "
        "WHERE condition <> ''"
    )
    house.works("bulk", subject(house, reference))
    assert (house.at(reference), rich(house)) == ("in_review", 0)
    house.says("max", reference)
    house.works("bulk", "%")
    assert (house.at(reference), rich(house)) == ("applied", 3)


def test_an_action_on_many_rows_that_asks_by_now(house: House, declares: Callable[[str], None]) -> None:
    """P29: the same as of one row: what its code asks each time is asked before the first row is written."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    house.sql("UPDATE shop.customers SET status = 'active' WHERE id < 3")
    table, act = (
        house.platform.catalog.by_name("shop", "customers"),
        Act("hold", "Put on hold", {"why": "unpaid"}),
    )
    wish = bulk.Wish(
        table, "update", bulk.Ticked(("~1", "~2")), each=spec(act), columns=("status", "notes"), source="action",
        apply_at=datetime.now(UTC) + timedelta(days=2),
    )  # fmt: skip
    outcome = bulk.propose_bulk(house.platform.db, house.platform.catalog, house.actor("oz"), wish)
    assert outcome.state == "approved"
    declares("manager")
    house.sql(
        "UPDATE ops.change_set SET apply_at = now() - interval '1 second' WHERE id = :id",
        id=outcome.change_id,
    )
    schedule.due(house.platform.db)
    house.works("apply", f"{outcome.change_id}:%")
    house.works("bulk", "%")
    assert house.at(outcome.reference) == "in_review"
    assert (
        house.one("SELECT count(*) FROM shop.customers WHERE id < 3 AND CAST(status AS text) = 'on_hold'")
        == 0
    )
    house.says("bo", outcome.reference)
    house.works("bulk", "%")
    assert house.at(outcome.reference) == "applied"


@pytest.mark.parametrize(
    "said",
    [
        "kinds = '{}'",
        "kinds = '{edit}'",
        "kinds = '{Update}'",
        "kinds = '{NULL}'",
        "sources = '{Form}'",
        "sources = '{NULL}'",
        """stages = jsonb_build_array(stages->0 || '{"due": 1, "escalate_to": ["operator"]}')""",
    ],
)
def test_a_rule_that_was_written_by_hand_is_not_read_as_none(house: House, said: str) -> None:
    """P31: what of a rule cannot be meant asks more, never less."""
    rule = alone(house, "by hand", columns=["credit_limit"])
    house.sql(f"UPDATE ops.approval_rule SET {said.replace(':', chr(92) + ':')} WHERE id = {rule}")
    house.unmoved(house.limit("ann"))
