"""The rehearsal on the page of a change: while it runs, once it is found, asked for again, and for whom."""

from __future__ import annotations

from ops import work
from ops.changes import Outcome, rehearsing
from tests.web.shop_house import House


def asked(house: House, to: str = "18500.00") -> Outcome:
    """A credit limit over 10,000 waits for a manager."""
    house.sql("UPDATE shop.customers SET credit_limit = 5000 WHERE id = 1")
    return house.edit("ann", "customers", "~1", {"credit_limit": to})


def worked(house: House) -> None:
    """A worker does what is left."""
    for row in house.sql("SELECT id FROM ops.work WHERE kind = 'rehearse' AND state = 'due'"):
        claim = work.claim(house.platform.db, row.id, "w1")
        assert claim is not None
        rehearsing.work_on(house.platform, claim)


def test_it_is_shown_while_it_runs_and_once_it_is_found(house: House) -> None:
    one = asked(house)
    here, ann, bo = f"/changes/{one.reference}", house.visit("ann"), house.visit("bo")
    ann.get(here)
    panel = ann.page.select_one("#rehearsal")
    assert panel is not None and panel.has_attr("hx-get"), "sent in a moment ago: one begins by itself"
    assert "rolled back" in panel.text and panel.select_one("form") is None
    house.sql("UPDATE ops.change_set SET submitted_at = now() - interval '1 minute'")
    ann.get(here)
    panel = ann.page.select_one("#rehearsal")
    assert panel is not None and not panel.has_attr("hx-get") and "Not run yet." in panel.text
    assert panel.select_one("form button").text.strip() == "Rehearse"
    with house.platform.db.transaction() as tx:
        rehearsing.ask(tx, one.change_id)
    ann.get(here)
    panel = ann.page.select_one("#rehearsal")
    assert panel is not None and panel["hx-get"] == f"{here}/rehearsal" and "rolled back" in panel.text
    assert panel.select_one("form") is None
    worked(house)
    ann.get(f"{here}/rehearsal")
    for who in (ann, bo):
        who.get(here)
        panel = who.page.select_one("#rehearsal")
        assert panel is not None and not panel.has_attr("hx-get") and "It would apply" in panel.text


def test_asked_for_again_by_its_button(house: House) -> None:
    one = asked(house)
    here, bo = f"/changes/{one.reference}", house.visit("bo")
    bo.get(here)
    bo.post(f"{here}/rehearsal", {})
    assert bo.answer.status_code == 303
    bo.follow()
    assert "Rehearsing" in bo.page.select_one("#flashes").text
    worked(house)
    bo.get(here)
    assert "It would apply" in bo.page.select_one("#rehearsal").text
    house.decide("bo", one)
    bo.get(here)
    assert bo.page.select_one("#rehearsal") is None
    bo.post(f"{here}/rehearsal", {})
    assert bo.answer.status_code == 409 and "does not wait any more" in bo.page.select_one("#answer").text


def test_p14_it_is_nobody_elses(house: House) -> None:
    one = asked(house)
    here, cy = f"/changes/{one.reference}", house.visit("cy")
    cy.get(here)
    assert cy.page.select_one("#rehearsal") is None
    cy.get(f"{here}/rehearsal")
    assert cy.answer.status_code == 404
    cy.post(f"{here}/rehearsal", {})
    assert cy.answer.status_code == 403
    assert house.one("SELECT count(*) FROM ops.rehearsal") == 0


def test_what_would_stop_it_is_told_beside_the_button(house: House) -> None:
    house.sql(
        "ALTER TABLE shop.customers ADD CONSTRAINT credit_limit_small CHECK (credit_limit < 15000) NOT VALID"
    )
    house.platform.refresh()
    one = asked(house)
    with house.platform.db.transaction() as tx:
        rehearsing.ask(tx, one.change_id)
    worked(house)
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    panel = bo.page.select_one("#rehearsal")
    assert panel is not None and "It would not apply" in panel.text
    assert house.one("SELECT findings->>'sentence' FROM ops.rehearsal") in " ".join(panel.text.split())
