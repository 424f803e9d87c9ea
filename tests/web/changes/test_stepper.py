"""Stages on the page of a change: how far it is, by when an answer is due, who may decide if nobody answers."""

from __future__ import annotations

from tests.web.shop_house import House


def test_by_when_and_who_else(house: House) -> None:
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000.00"})
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    assert bo.page.select_one("#stage-1 .times") is None, "no rule says by when"
    assert [step.get_text(" ", strip=True) for step in bo.page.select(".steps li")] == [
        "Asked done",
        "Managers, 0 of 1",
        "Apply",
    ]
    house.sql("ALTER TABLE ops.stage DISABLE TRIGGER stays")  # as if a rule had said so when it was placed
    house.sql(
        "UPDATE ops.stage SET due_at = now() + interval '3 hours', escalate_at = now() + interval '3 hours', "
        "escalate_to = 'owner' WHERE change_id = :id",
        id=one.change_id,
    )
    house.sql("ALTER TABLE ops.stage ENABLE TRIGGER stays")
    bo.get(f"/changes/{one.reference}")
    told = " ".join(bo.page.select_one("#stage-1 .times").text.split())
    assert (
        told.startswith("Answer due in 3 hours")
        and "If nobody answers, owners may decide as well from" in told
    )
    house.sql(
        "UPDATE ops.stage SET due_at = now() - interval '3 hours', escalated_at = now() WHERE change_id = :id",
        id=one.change_id,
    )
    bo.get(f"/changes/{one.reference}")
    told = " ".join(bo.page.select_one("#stage-1 .times").text.split())
    assert "Overdue: the answer was due 3 hours ago." in told and "so owners may decide as well" in told
