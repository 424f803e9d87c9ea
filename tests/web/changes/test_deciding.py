"""Approve, reject, withdraw: who may, once, on what was shown; and the truth about what became of it."""

from __future__ import annotations

import threading

from tests.web.shop_house import House


def test_approving_deletes_the_row_once_with_its_event(house: House) -> None:
    """P30, P36."""
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    form = {
        str(field["name"]): str(field.get("value", "")) for field in bo.page.select("#decision input[name]")
    }
    for _again in range(3):
        house.decide("bo", one, **form)
        assert bo.answer.status_code == 303
    assert house.state(one) == "applied"
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 7") == 0
    assert house.events("row.deleted") == 1
    assert house.events("change.applied") == 1
    bo.follow()
    assert f"{one.reference} is applied" in bo.page.select_one("#flashes").text
    assert "Applied" in bo.page.select_one(".head .badge").text
    assert bo.page.select_one("#decision") is None


def test_the_maker_is_refused_with_a_reason_and_an_event(house: House) -> None:
    """P27, P35: whatever the page shows, a posted decision of the maker is refused."""
    one = house.delete("ann", "tickets", "~7")
    ann = house.visit("ann")
    ann.get(f"/changes/{one.reference}")
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=one.change_id)
    house.decide("ann", one, digest=digest, comment="It is fine, believe me.")
    assert ann.answer.status_code == 403
    assert "had a hand in this change" in ann.page.select_one("#answer").text
    assert "It is fine, believe me." in ann.page.select_one("#answer").text
    assert ann.answer.headers["HX-Push-Url"] == "false"
    assert house.state(one) == "in_review"
    assert house.events("change.approved", "refused") == 1
    assert house.one("SELECT count(*) FROM ops.decision") == 0


def test_an_auditor_reads_and_cannot_decide(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    cy = house.visit("cy")
    assert cy.get(f"/changes/{one.reference}").status_code == 200
    assert cy.page.select_one("#decision") is None
    assert cy.page.select_one(f"a[href='/audit/?change={one.reference}']")
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=one.change_id)
    house.decide("cy", one, digest=digest)
    assert cy.answer.status_code == 403
    assert house.state(one) == "in_review"
    assert cy.post(f"/changes/{one.reference}/withdrawal").status_code == 403
    assert house.state(one) == "in_review"


def test_rejecting_needs_a_comment_and_keeps_the_row(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one, "reject")
    assert bo.answer.status_code == 422
    assert bo.page.select_one("#f-comment")["aria-invalid"] == "true"
    assert "Say why" in bo.page.select_one("#f-comment-error").text
    house.decide("bo", one, "reject", comment="It is no spam.\r\nKeep it.")
    bo.follow()
    assert f"{one.reference} is rejected" in bo.page.select_one("#flashes").text
    assert "It is no spam." in bo.page.select_one(".timeline").text
    assert "Bo Marsh rejected it" in bo.page.select_one("main").text
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 7") == 1


def test_no_button_decides_nothing(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one, "applied", comment="kept")
    assert bo.answer.status_code == 422
    assert bo.page.select_one("#f-comment").text == "kept"
    assert house.state(one) == "in_review"


def test_a_stale_page_is_shown_again_and_the_comment_kept(house: House) -> None:
    """P28."""
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one, digest="0" * 64, comment="Looks right to me")
    assert bo.answer.status_code == 409
    assert "not what was on your screen" in bo.page.select_one("#answer").text
    assert bo.page.select_one("#f-comment").text == "Looks right to me"
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=one.change_id)
    assert bo.page.select_one("#decision input[name=digest]")["value"] == digest
    assert house.state(one) == "in_review"
    house.decide("bo", one, comment=bo.page.select_one("#f-comment").text)
    assert house.state(one) == "applied"


def test_a_late_decision_is_told_so(house: House) -> None:
    """P31: what is withdrawn stays withdrawn."""
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    ann = house.visit("ann")
    ann.get(f"/changes/{one.reference}")
    ann.post(f"/changes/{one.reference}/withdrawal")
    assert "is withdrawn" in (ann.follow() and ann.page.select_one("#flashes").text)
    house.decide("bo", one, comment="Agreed on the phone")
    assert bo.answer.status_code == 409
    assert "no longer waits" in bo.page.select_one("#answer").text
    assert "Agreed on the phone" in bo.page.select_one("#answer").text
    assert "Withdrawn by Ann Arbor" in bo.page.select_one("main").text
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 7") == 1
    ann.post(f"/changes/{one.reference}/withdrawal")
    assert ann.answer.status_code == 409


def test_a_conflict_tells_the_truth_and_overwrites_nothing(house: House) -> None:
    """P29."""
    one = house.edit("ann", "customers", "~7", {"credit_limit": "18000"})
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    house.sql("UPDATE shop.customers SET credit_limit = 123.45 WHERE id = 7")
    house.decide("bo", one)
    bo.follow()
    text = bo.page.select_one("main").text
    assert "could not be applied" in bo.page.select_one("#flashes").text
    assert "somebody changed Credit limit meanwhile" in text
    assert "123.45" in bo.page.select_one("#row-1 tr.moved").text
    assert bo.page.select_one("main .note a")["href"] == "/tables/shop.customers/~7"
    assert str(house.one("SELECT credit_limit FROM shop.customers WHERE id = 7")) == "123.45"


def test_a_failure_tells_what_the_database_said(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    house.sql(
        "CREATE FUNCTION shop.no() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'Closed for the year.'; END $$"
    )
    house.sql("CREATE TRIGGER no BEFORE DELETE ON shop.tickets FOR EACH ROW EXECUTE FUNCTION shop.no()")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one)
    bo.follow()
    assert house.state(one) == "failed"
    assert "Closed for the year." in bo.page.select_one("main .note").text
    assert house.one("SELECT count(*) FROM shop.tickets WHERE id = 7") == 1


def test_others_may_not_withdraw(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    oz = house.visit("oz")
    oz.get(f"/changes/{one.reference}")
    oz.post(f"/changes/{one.reference}/withdrawal")
    assert oz.answer.status_code == 403
    assert "Only who proposed" in oz.page.select_one("#answer").text
    assert house.state(one) == "in_review"


def test_two_browsers_at_once_apply_it_once(house: House) -> None:
    """P30: each with a form of its own; the second is told that it is decided."""
    one = house.delete("ann", "tickets", "~7")
    house.visit("bo")
    browsers = [house._visit("bo") for _n in range(3)]
    forms = []
    for browser in browsers:
        browser.get(f"/changes/{one.reference}")
        fields = browser.page.select("#decision input[name]")
        forms.append({str(f["name"]): str(f.get("value", "")) for f in fields} | {"verdict": "approve"})
    threads = [
        threading.Thread(target=b.post, args=(f"/changes/{one.reference}/decision", f))
        for b, f in zip(browsers, forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(b.answer.status_code for b in browsers) == [303, 409, 409]
    assert house.events("row.deleted") == 1


def test_a_decision_needs_the_token_and_our_own_page(house: House) -> None:
    """P21."""
    one = house.delete("ann", "tickets", "~7")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    digest = bo.page.select_one("#decision input[name=digest]")["value"]
    body = {"verdict": "approve", "digest": digest}
    assert bo.post(f"/changes/{one.reference}/decision", body, csrf=None).status_code == 400
    bo.get(f"/changes/{one.reference}")
    assert bo.post(f"/changes/{one.reference}/decision", body, site="cross-site").status_code == 403
    assert bo.get(f"/changes/{one.reference}/decision").status_code == 405
    assert house.state(one) == "in_review"


def test_a_comment_typed_is_kept_and_a_verdict_is_not(house: House) -> None:
    """A session that ends over a comment costs no words; what was decided is not decided behind one's back."""
    one = house.delete("ann", "tickets", "~7")
    bo, address = house.visit("bo"), f"/changes/{one.reference}"
    bo.get(address)
    form = {
        str(field["name"]): str(field.get("value", "")) for field in bo.page.select("#decision input[name]")
    }
    house.sql("UPDATE ops.session SET seen_at = now() - interval '2 hours'")
    said = {**form, "comment": "I looked at it with care.", "verdict": "approve"}
    answer = bo.post(
        f"{address}/decision", said, csrf=form["csrf_token"], Referer=f"http://localhost:8000{address}"
    )
    assert answer.status_code == 303
    bo.sign_in("bo", address)
    assert house.state(one) == "in_review"
    assert bo.page.select_one("#decision textarea").text.strip() == "I looked at it with care."
    assert "We kept what you typed at" in bo.page.select_one("#draft").text
    house.decide("bo", one, comment="I looked at it with care.")
    assert bo.answer.status_code == 303
    assert house.state(one) == "applied"
    assert house.one("SELECT count(*) FROM ops.draft") == 0
