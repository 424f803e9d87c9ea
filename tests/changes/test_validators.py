"""Validators of a Resource: whatever writes, the door asks them, before the row is written or beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ops import catalog
from ops.catalog import Refuse, Resource, Rule, validates
from ops.changes import Invalid, Operation, decide, show
from tests.changes.company import World


class Customers(Resource):
    table = "shop.customer"
    rules = (Rule("Far away", columns=("country",)),)

    @validates("credit_limit")
    def limit(self, credit_limit: Decimal | None) -> str | None:
        return "At most 5,000." if credit_limit is not None and credit_limit > 5000 else None

    @validates("name", "code")
    def named(self, name: str, code: str | None) -> None:
        if name == code:
            raise Refuse("Name and code differ.")

    @validates("tags")
    def broken(self, tags: Any) -> str | None:
        return tags.nothing if tags else None


@pytest.fixture
def judged(world: World) -> World:
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, resources=[Customers])
    return world


def edit(world: World, base: dict[str, str | None], after: dict[str, str | None]) -> Operation:
    return world.edit("~1", base, after)


def refused(world: World, operation: Operation) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, operation)
    return caught.value.fields


def test_the_sentence_stands_beside_the_field_and_nothing_is_written(judged: World) -> None:
    assert refused(judged, edit(judged, {"credit_limit": "1000.00"}, {"credit_limit": "5000.01"})) == {
        "credit_limit": "At most 5,000."
    }
    assert judged.customer().credit_limit == 1000 and not judged.sql("SELECT FROM ops.change_set")
    done = judged.propose(judged.ann, edit(judged, {"credit_limit": "1000.00"}, {"credit_limit": "4999"}))
    assert done.state == "applied"


def test_a_validator_of_two_columns_sees_the_row_as_it_will_be(judged: World) -> None:
    said = refused(judged, edit(judged, {"code": "C1"}, {"code": "Customer 1"}))
    assert "code" in said and "Too long" in said["code"], "what PostgreSQL refuses is said first"
    judged.sql("UPDATE shop.customer SET name = 'Z1' WHERE id = 1")
    assert refused(judged, edit(judged, {"code": "C1"}, {"code": "Z1"})) == {"code": "Name and code differ."}


def test_what_no_column_can_hold_is_left_to_postgresql(judged: World) -> None:
    said = refused(judged, edit(judged, {"credit_limit": "1000.00"}, {"credit_limit": "lots"}))
    assert said == {"credit_limit": "Enter a number, such as 1234.50."}


def test_a_new_row_is_judged_with_what_the_database_filled_in(judged: World) -> None:
    table = judged.catalog.by_name("shop", "customer")
    judged.sql("ALTER TABLE shop.customer ALTER credit_limit SET DEFAULT 9000")
    said = refused(judged, Operation("create", table, after={"name": "New"}))
    assert said == {"credit_limit": "At most 5,000."}
    given = Operation("create", table, after={"name": "New", "credit_limit": "1"})
    assert judged.propose(judged.ann, given).state == "applied"


def test_one_that_breaks_stops_the_change(judged: World, caplog: pytest.LogCaptureFixture) -> None:
    said = refused(judged, edit(judged, {"tags": None}, {"tags": "{secret}"}))
    assert said["tags"].startswith("The check “broken” could not be made")
    assert "broken of shop.customer broke: AttributeError" in caplog.text and "secret" not in caplog.text


def test_what_waited_is_judged_again_when_it_is_applied(judged: World) -> None:
    both = {"country": "DE", "name": "Customer 1"}
    out = judged.propose(judged.ann, edit(judged, both, {"country": "FR", "name": "C9"}))
    assert out.state == "in_review"
    judged.sql(
        "UPDATE shop.customer SET code = NULL WHERE id = 9; UPDATE shop.customer SET code = 'C9' WHERE id = 1"
    )
    with judged.db.reading() as tx:
        digest = show(tx, judged.catalog, judged.bo, out.change_id).digest
    end = decide(judged.db, judged.catalog, judged.bo, out.change_id, verdict="approve", digest=digest)
    assert end.state == "failed" and "Name and code differ." in (end.failure or "")
    assert judged.customer().name == "Customer 1"
