"""An emergency on the pages: the form, what the change says of it, the list, the desk, closing the review (P33)."""

from __future__ import annotations

import pytest

from ops.changes import Outcome
from tests.web.shop_house import House
from tests.web.visiting import Visitor

WHY = "The shop is shut until this is right <b>"


@pytest.fixture
def night(house: House) -> House:
    """Ann has the permission, by a role the company made for it."""
    house.role("firefighter", "changes.emergency")
    house.gives_role("ann", "firefighter")
    return house


def form_of(visitor: Visitor, form: str) -> dict[str, str]:
    return {
        str(one["name"]): str(one.get("value", "")) for one in visitor.page.select(f"#{form} input[name]")
    }


def use(house: House, one: Outcome, reason: str = WHY) -> Visitor:
    ann = house.visit("ann")
    assert ann.get(f"/changes/{one.reference}/emergency").status_code == 200
    ann.post(f"/changes/{one.reference}/emergency", {**form_of(ann, "emergency-form"), "reason": reason})
    return ann


def test_the_way_is_shown_to_who_may_go_it(night: House) -> None:
    one = night.delete("ann", "tickets", "~7")
    button = f"a[href='/changes/{one.reference}/emergency']"
    for sub, offered in (("ann", True), ("bo", False), ("oz", False)):
        visitor = night.visit(sub)
        visitor.get(f"/changes/{one.reference}")
        assert (visitor.page.select_one(button) is not None) == offered
    assert night.visit("oz").get(f"/changes/{one.reference}/emergency").status_code == 403


def test_it_is_applied_told_and_reviewed(night: House) -> None:
    one = night.delete("ann", "tickets", "~7")
    ann = use(night, one)
    assert ann.answer.status_code == 303
    ann.follow()
    assert "applied in an emergency" in ann.page.select_one("#flashes").text
    assert night.state(one) == "applied"
    note = ann.page.select_one("#emergency")
    assert "Applied in an emergency by Ann" in note.text and "manager" in note.text and WHY in note.text
    assert ann.page.select_one("#close-review") is None and "somebody else closes its review" in note.text
    cy = night.visit("cy")
    cy.get(f"/changes/{one.reference}")
    assert "closes its review" not in cy.page.select_one("#emergency").text, "nobody thought that he would"
    assert "Applied in an emergency" in ann.page.select_one(".steps").text
    bo = night.visit("bo")
    bo.get("/")
    assert one.reference in bo.page.select_one("#emergencies").text
    bo.get("/approvals/emergencies/?show=open")
    assert bo.page.select_one(f"#{one.reference}") is not None
    bo.get(f"/changes/{one.reference}")
    fields = form_of(bo, "close-review")
    fields.pop("finding")
    bo.post(f"/changes/{one.reference}/emergency/review", {**fields, "comment": "I called her"})
    assert (
        bo.answer.status_code == 422 and "I called her" in bo.page.select_one("#close-review textarea").text
    )
    bo.post(
        f"/changes/{one.reference}/emergency/review", {**fields, "comment": "I called her", "finding": "not"}
    )
    bo.follow()
    assert "not justified" in bo.page.select_one("#emergency").text
    story = [" ".join(one.text.split()) for one in bo.page.select("[aria-labelledby=history-title] li")]
    assert [sum(words in one.lower() for one in story) for words in ("applied", "closed its review")] == [
        1,
        1,
    ]
    bo.get("/")
    assert bo.page.select_one("#emergencies") is None
    bo.get("/approvals/emergencies/")
    assert "Not justified" in bo.page.select_one(f"#{one.reference}").text


def test_without_a_reason_nothing_happens_and_what_was_typed_stays(night: House) -> None:
    one = night.delete("ann", "tickets", "~7")
    assert use(night, one, "   ").answer.status_code == 422
    assert "cannot wait" in night.visit("ann").page.select_one("#f-reason-error").text
    assert use(night, one, "x" * 3000).answer.status_code == 422
    assert night.visit("ann").page.select_one("textarea[name=reason]").text.strip() == "x" * 3000
    assert night.state(one) == "in_review"


def test_it_takes_a_fresh_proof_of_who_it_is(night: House) -> None:
    """P11: to open the form, and to send it."""
    one = night.delete("ann", "tickets", "~7")
    ann = night.visit("ann")
    ann.get(f"/changes/{one.reference}/emergency")
    fields = form_of(ann, "emergency-form")
    night.sql("UPDATE ops.session SET auth_time = now() - interval '1 hour'")
    sent = ann.post(f"/changes/{one.reference}/emergency", {**fields, "reason": WHY})
    assert sent.status_code == 303 and "/sign-in/again" in sent.headers["Location"]
    again = ann.get(f"/changes/{one.reference}/emergency")
    assert again.status_code == 303 and "/sign-in/again" in again.headers["Location"]
    assert night.state(one) == "in_review"


def test_what_could_not_be_written_waits_on(night: House) -> None:
    """P29."""
    one = night.edit("ann", "customers", "~3", {"credit_limit": "18001.00"})
    ann = night.visit("ann")
    ann.get(f"/changes/{one.reference}/emergency")
    fields = form_of(ann, "emergency-form")
    night.sql("UPDATE shop.customers SET credit_limit = 5 WHERE id = 3")
    ann.post(f"/changes/{one.reference}/emergency", {**fields, "reason": WHY})
    assert ann.answer.status_code == 409
    assert "waits for the same people" in ann.page.select_one("#answer").text
    assert night.state(one) == "in_review"


def test_the_list_is_of_what_one_may_see(night: House) -> None:
    """P14."""
    use(night, night.delete("ann", "tickets", "~7"))
    assert night.visit("dee").get("/approvals/emergencies/").status_code == 403
    cy = night.visit("cy")
    assert cy.get("/approvals/emergencies/").status_code == 200
    assert len(cy.page.select("tbody tr")) == 1
    for odd in ("x", "9" * 30, "-1"):
        assert cy.get(f"/approvals/emergencies/?before={odd}").status_code == 200
