"""Somebody who can write in the database puts another difference under a yes: it counts for what it was said to (P28).

Whoever forges here makes no mistake: what is shown, its digest and the state all fit each other afterwards.
"""

from __future__ import annotations

import pytest

from ops.changes import bulk, operation, store
from ops.words import t
from tests.bypass.conftest import House, number
from tests.bypass.test_emergencies import night, uses
from tests.bypass.test_many_rows import many, rich, subject
from tests.bypass.test_rules_bent import _at, _comes
from tests.web.records.forms import posted

__all__ = ["night"]
WORDS = "was given to something else than what would be written"


def alters(house: House, reference: str, to: str = "40000.00") -> None:
    """Put another limit into the change, with the digest that fits it."""
    house.sql(
        "UPDATE ops.operation SET after = jsonb_set(after, '{credit_limit}', to_jsonb(CAST(:to AS text))) "
        "WHERE change_id = :id",
        to=to,
        id=number(reference),
    )
    fits(house, reference)


def fits(house: House, reference: str) -> None:
    """Give the change the digest of what it holds now."""
    with house.platform.db.transaction() as tx:
        change = store.found(tx, number(reference))
        operations = store.operations_of(tx, house.platform.catalog, change.id)
    forged = operation.digest(operations, change.revision)
    house.sql("UPDATE ops.change_set SET digest = :digest WHERE id = :id", digest=forged, id=change.id)


def told(house: House, reference: str, action: str) -> str:
    """What the trail says of the last such event."""
    return str(
        house.one(
            "SELECT p.body FROM ops.event e JOIN ops.event_payload p ON p.uid = e.uid AND p.at = e.at "
            "WHERE e.change_id = :id AND e.action = :action ORDER BY e.id DESC LIMIT 1",
            id=number(reference),
            action=action,
        )
    )


def test_the_last_yes_does_not_write_what_the_first_was_not_said_to(house: House) -> None:
    """P28: of two stages the first agreed to something else: it is asked again, and why stands in the trail."""
    house.rule("an owner as well", role="owner")
    reference = house.limit("ann")
    house.says("bo", reference)
    alters(house, reference)
    house.says("oz", reference)
    house.unmoved(reference)
    assert WORDS in told(house, reference, "change.reopened")
    house.says("max", reference)
    assert (house.at(reference), house.worth()) == ("applied", "40000.00")


def test_a_quorum_counts_those_who_said_yes_to_the_same(house: House) -> None:
    """P28, P32: of two managers the first agreed to something else: a third is asked."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    house.says("bo", reference)
    alters(house, reference)
    house.says("max", reference)
    house.unmoved(reference)
    house.says("mia", reference)
    assert (house.at(reference), house.worth()) == ("applied", "40000.00")


def test_a_yes_that_is_put_in_counts_for_no_other_digest(house: House) -> None:
    """P27, P28: a row of somebody who may decide, with a digest of nothing, is nobody's yes."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    values = {"id": number(reference), "max": house.actor("max").person_id}
    house.sql("INSERT INTO ops.change_party VALUES (:id, :max, 'decider', 'approver')", **values)
    house.sql(
        "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest) "
        "VALUES (:id, 1, :max, 1, 'approve', repeat('0', 64))",
        **values,
    )
    house.says("bo", reference)
    house.unmoved(reference)
    house.says("mia", reference)
    assert (house.at(reference), house.worth()) == ("applied", "18500.00")


def test_what_waits_for_its_time_is_not_another_then(house: House) -> None:
    """P28, P29: agreed, then altered, then its time comes: people are asked anew, nothing is written."""
    reference = _at(house, "18500.00")
    house.says("bo", reference)
    assert house.at(reference) == "approved"
    alters(house, reference)
    _comes(house, reference)
    house.unmoved(reference)
    assert WORDS in told(house, reference, "change.reopened")


def test_trying_again_writes_nothing_else(house: House) -> None:
    """P28: it failed, was altered, and its maker tries again: refused in a sentence."""
    reference = house.limit("ann")
    house.sql(
        "ALTER TABLE shop.customers ADD CONSTRAINT none_so_rich CHECK (credit_limit <> 18500) NOT VALID"
    )
    house.says("bo", reference)
    assert house.at(reference) == "failed"
    house.sql("ALTER TABLE shop.customers DROP CONSTRAINT none_so_rich")
    alters(house, reference)
    visitor = house.visit("ann")
    visitor.get(f"/changes/{reference}")
    form = posted(visitor.page, "retry")
    assert visitor.post(f"/changes/{reference}/retry", form, csrf=form["csrf_token"]).status_code == 409
    assert t("door.stale.lost_digest") in visitor.page.get_text(" ", strip=True)
    house.unmoved(reference, state="failed")


def test_many_rows_are_not_others_than_agreed(house: House) -> None:
    """P28, P52: the worker counts the seats before each chunk, and a yes to other rows is none to these."""
    reference = many(house, "ann", "~1", "~2", "~3", **{"v.credit_limit": "18500.00"})
    house.says("bo", reference)
    assert house.at(reference) == "approved"
    alters(house, reference)
    house.works("bulk", subject(house, reference))
    assert (house.at(reference), rich(house)) == ("in_review", 0)
    assert WORDS in told(house, reference, "change.reopened")


@pytest.mark.parametrize("fitting", [False, True])
def test_many_rows_get_no_other_value_than_agreed(house: House, fitting: bool) -> None:
    """P28: the value all rows get stands with the head of the change: it is part of what was agreed to, too."""
    house.sql("UPDATE shop.customers SET credit_limit = 5000, country = 'DE' WHERE id <= 150")
    table = house.platform.catalog.by_name("shop", "customers")
    wish = bulk.Wish(table, "update", bulk.Listed("f.id.le=150"), {"credit_limit": "18500.00"})
    bulk.propose_bulk(house.platform.db, house.platform.catalog, house.actor("ann"), wish)
    reference = house.newest()
    house.works("bulk", "%")
    house.says("bo", reference)
    assert house.at(reference) == "approved"
    house.sql(
        "UPDATE ops.change_bulk SET after = jsonb_build_object('credit_limit', '40000.00') WHERE change_id = :id",
        id=number(reference),
    )
    if fitting:
        fits(house, reference)
    house.works("bulk", "%")
    assert (house.at(reference), house.worth()) == ("in_review" if fitting else "failed", "5000.00")


def test_many_rows_with_a_digest_of_nothing_end(house: House) -> None:
    """P28, P52: where not even the digest fits what is to be written, it fails with a reason."""
    reference = many(house, "ann", "~1", "~2", "~3", **{"v.credit_limit": "18500.00"})
    house.says("bo", reference)
    house.sql("UPDATE ops.change_set SET digest = repeat('0', 64) WHERE id = :id", id=number(reference))
    house.works("bulk", subject(house, reference))
    assert (house.at(reference), rich(house)) == ("failed", 0)
    found = house.one("SELECT failure FROM ops.change_set WHERE id = :id", id=number(reference))
    assert found.startswith(t("bulk.other_digest"))


@pytest.mark.parametrize("altered", [False, True])
def test_an_emergency_names_nobody_who_agreed_to_something_else(night: House, altered: bool) -> None:
    """P28, P33: whoever uses it answers for what they see; nobody's earlier yes is put under it."""
    night.rule("two of them", needed=2)
    reference = night.limit("ann")
    night.says("bo", reference)
    if altered:
        alters(night, reference)
    assert uses(night, "ann", reference).status_code == 303
    assert night.at(reference) == "applied"
    assert ("Bo" in told(night, reference, "change.emergency")) is not altered
