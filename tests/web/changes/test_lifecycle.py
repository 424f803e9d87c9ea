"""Taking a change up again, on its pages: send back, revise, rebase, try again, undo; each also without scripts."""

from __future__ import annotations

from ops.changes import Operation
from tests.web.shop_house import House


def limit(house: House, to: str = "18500.00", key: str = "~1"):
    """A credit limit over 10,000 asks a manager."""
    house.sql("UPDATE shop.customers SET credit_limit = 5000 WHERE id = :id", id=int(key[1:]))
    return house.edit("ann", "customers", key, {"credit_limit": to}, reason="a good year")


def form_of(house: House, sub: str, selector: str) -> dict[str, str]:
    """What a browser would send of the form that is open."""
    form, found = house.visit(sub).page.select_one(selector), {}
    assert form is not None
    for one in form.select("input[name]"):
        if one.get("type") not in ("radio", "checkbox") or one.has_attr("checked"):
            found[str(one["name"])] = str(one.get("value", ""))
    for one in form.select("textarea[name]"):
        found[str(one["name"])] = one.text.removeprefix("\n")
    for one in form.select("select[name]"):
        chosen = one.select_one("option[selected]") or one.select_one("option")
        found[str(one["name"])] = str(chosen["value"]) if chosen else ""
    return found


def value(house: House, key: int = 1) -> str:
    return str(house.one("SELECT credit_limit FROM shop.customers WHERE id = :id", id=key))


def test_sent_back_revised_and_agreed(house: House) -> None:
    """P27, P28: the whole way on the pages; the story tells every step."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    bo, ann = house.visit("bo"), house.visit("ann")
    bo.get(here)
    house.decide("bo", one, "send_back")
    assert bo.answer.status_code == 422 and "reworked" in bo.page.select_one("#f-comment-error").text
    house.decide("bo", one, "send_back", comment="15,000 will do")
    assert "is sent back" in (bo.follow() and bo.page.select_one("#flashes").text)
    assert bo.page.select_one("#decision") is None and bo.page.select_one(f"a[href='{here}/edit']") is None
    ann.get(here)
    assert "15,000 will do" in ann.page.select_one("main").text
    assert "sent it back" in ann.page.select_one("main").text
    ann.get(str(ann.page.select_one(f"a[href='{here}/edit']")["href"]))
    assert ann.answer.status_code == 200
    form = form_of(house, "ann", "#revise-form")
    assert form["v.0.credit_limit"] == "18500.00" and form["reason"] == "a good year"
    ann.post(f"{here}/edit", {**form, "v.0.credit_limit": "15000.00", "reason": "as you say"})
    assert "is revised" in (ann.follow() and ann.page.select_one("#flashes").text)
    assert "revision 2" in ann.page.select_one("aside").text
    bo.get(here)
    assert "15,000.00" in bo.page.select_one(".diff").text
    assert "revision 1 asked for 18,500.00" in " ".join(bo.page.select_one(".diff").text.split())
    story = bo.page.select_one(".timeline").text
    assert all(
        words in story for words in ("asked for this", "sent it back", "sent revision 2", "as you say")
    )
    house.decide("bo", one)
    assert house.state(one) == "applied" and value(house) == "15000.00"


def test_p28_a_decision_on_the_earlier_revision_shows_the_new_one(house: House) -> None:
    one = limit(house)
    bo, ann = house.visit("bo"), house.visit("ann")
    bo.get(f"/changes/{one.reference}")
    ann.get(f"/changes/{one.reference}/edit")
    form = form_of(house, "ann", "#revise-form")
    ann.post(f"/changes/{one.reference}/edit", {**form, "v.0.credit_limit": "40000.00"})
    house.decide("bo", one, comment="fine")
    assert bo.answer.status_code == 409 and "40,000.00" in bo.page.select_one(".diff").text
    assert "not what was on your screen" in bo.page.select_one("#answer").text
    assert house.state(one) == "in_review" and value(house) == "5000.00"


def test_after_a_conflict_one_chooses_side_by_side(house: House) -> None:
    """P29."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    house.sql("UPDATE shop.customers SET credit_limit = 7000 WHERE id = 1")
    house.visit("bo").get(here)
    house.decide("bo", one)
    assert house.state(one) == "conflicted"
    ann = house.visit("ann")
    ann.get(here)
    ann.get(str(ann.page.select_one(f"#row-1 ~ a, a[href='{here}/edit']")["href"]))
    cells = [cell.text.strip() for cell in ann.page.select("table.conflict tbody td")]
    assert cells == ["5,000.00", "18,500.00", "7,000.00"]
    form = form_of(house, "ann", "#revise-form")
    ann.post(f"{here}/edit", form)
    assert ann.answer.status_code == 422 and "Choose which" in ann.page.select_one("#errors").text
    form = form_of(house, "ann", "#revise-form")
    ann.post(f"{here}/edit", {**form, "keep.0.credit_limit": "mine"})
    assert ann.answer.status_code == 303 and house.state(one) == "in_review"
    house.visit("bo").get(here)
    house.decide("bo", one)
    assert house.state(one) == "applied" and value(house) == "18500.00"


def test_a_row_that_moves_while_one_types_is_no_overwriting(house: House) -> None:
    """P29: what was typed is kept; the choice is asked for."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    ann = house.visit("ann")
    ann.get(f"{here}/edit")
    form = form_of(house, "ann", "#revise-form")
    house.sql("UPDATE shop.customers SET credit_limit = 7000, city = 'Elsewhere' WHERE id = 1")
    ann.post(f"{here}/edit", {**form, "v.0.credit_limit": "16000.00"})
    assert ann.answer.status_code == 422
    again = form_of(house, "ann", "#revise-form")
    assert (again["v.0.credit_limit"], again["v.0.city"]) == ("16000.00", "Elsewhere")
    ann.post(f"{here}/edit", {**again, "keep.0.credit_limit": "mine"})
    assert ann.answer.status_code == 303
    assert house.one("SELECT after FROM ops.operation WHERE change_id = :id", id=one.change_id) == {
        "credit_limit": "16000.00"
    }


def test_bad_values_are_told_beside_their_fields_and_kept(house: House) -> None:
    one = limit(house)
    ann = house.visit("ann")
    ann.get(f"/changes/{one.reference}/edit")
    form = form_of(house, "ann", "#revise-form")
    ann.post(f"/changes/{one.reference}/edit", {**form, "v.0.credit_limit": "a lot", "apply_at": "never"})
    assert ann.answer.status_code == 422 and "date and time" in ann.page.select_one("#f-apply_at-error").text
    ann.post(f"/changes/{one.reference}/edit", {**form, "v.0.credit_limit": "a lot"})
    assert ann.answer.status_code == 422
    field = ann.page.select_one("input[name='v.0.credit_limit']")
    assert (field["value"], field["aria-invalid"]) == ("a lot", "true")
    assert house.one("SELECT revision FROM ops.change_set WHERE id = :id", id=one.change_id) == 1


def test_p15_forged_fields_change_nothing(house: House) -> None:
    one = limit(house)
    ann = house.visit("ann")
    ann.get(f"/changes/{one.reference}/edit")
    form = form_of(house, "ann", "#revise-form")
    for forged in ({"base.0": "[]"}, {"base.0": '{"id": 7}'}, {"base.0": "{"}):
        ann.post(f"/changes/{one.reference}/edit", {**form, **forged})
        assert ann.answer.status_code == 422, forged
    ann.post(
        f"/changes/{one.reference}/edit",
        {**form, "v.0.id": "9", "v.1.name": "x", "v.0.credit_limit": "15000.00"},
    )
    assert house.one("SELECT after FROM ops.operation WHERE change_id = :id", id=one.change_id) == {
        "credit_limit": "15000.00"
    }


def test_what_failed_is_tried_again_by_its_maker(house: House) -> None:
    """P28, P30: two clicks, one effect."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    house.sql("ALTER TABLE shop.customers ADD CONSTRAINT in_the_way CHECK (credit_limit < 18000) NOT VALID")
    house.visit("bo").get(here)
    house.decide("bo", one)
    assert house.state(one) == "failed"
    bo, ann = house.visit("bo"), house.visit("ann")
    bo.get(here)
    assert bo.page.select_one("#retry") is None
    bo.post(f"{here}/retry", {"digest": "x"}, csrf=bo.token())
    assert bo.answer.status_code == 403
    house.sql("ALTER TABLE shop.customers DROP CONSTRAINT in_the_way")
    ann.get(here)
    form = form_of(house, "ann", "#retry")
    for _ in range(2):
        ann.post(f"{here}/retry", form, csrf=form["csrf_token"])
        assert ann.answer.status_code == 303
    assert house.state(one) == "applied" and value(house) == "18500.00"
    assert house.events("change.applied") == 1


def test_an_applied_change_is_undone_from_its_page(house: House) -> None:
    """P27, P30: past the rules; offered once, and only while it still stands."""
    house.sql("UPDATE shop.customers SET credit_limit = 12000 WHERE id = 1")
    one = house.edit("ann", "customers", "~1", {"credit_limit": "900.00"})
    assert one.state == "applied"
    here = f"/changes/{one.reference}"
    ann = house.visit("ann")
    ann.get(here)
    ann.get(str(ann.page.select_one(f"a[href='{here}/undo']")["href"]))
    assert (
        "900.00" in ann.page.select_one(".diff del").text
        and "12,000.00" in ann.page.select_one(".diff ins").text
    )
    assert "One manager." in ann.page.select_one("#asks").text
    form = form_of(house, "ann", "#undo-form")
    for _ in range(2):
        ann.post(f"{here}/undo", {**form, "reason": "a slip"}, csrf=form["csrf_token"])
        assert ann.answer.status_code == 303
    ann.follow()
    assert f"/changes/{one.reference}" in str(ann.page.select_one("aside"))
    assert house.one("SELECT count(*) FROM ops.change_set WHERE source = 'undo'") == 1
    ann.get(here)
    assert (
        ann.page.select_one(f"a[href='{here}/undo']") is None
        and "Undone by" in ann.page.select_one("aside").text
    )
    ann.get(f"{here}/undo")
    assert ann.answer.status_code == 409 and "undoes it already" in ann.page.select_one("#answer").text


def test_what_moved_since_is_not_offered(house: House) -> None:
    """P29."""
    one = house.edit("ann", "customers", "~1", {"city": "Lisbon"})
    here = f"/changes/{one.reference}"
    house.sql("UPDATE shop.customers SET city = 'Porto' WHERE id = 1")
    ann = house.visit("ann")
    ann.get(here)
    assert ann.page.select_one(f"a[href='{here}/undo']") is None
    form = {"csrf_token": ann.token()}
    ann.post(f"{here}/undo", form)
    assert ann.answer.status_code == 409
    assert house.one("SELECT city FROM shop.customers WHERE id = 1") == "Porto"


def test_several_rows_are_revised_with_one_left_out(house: House) -> None:
    table = house.platform.catalog.by_name("shop", "customers")
    rows = {key: house.row("ann", "customers", key) for key in ("~1", "~2")}
    house.sql("UPDATE shop.customers SET credit_limit = 5000 WHERE id IN (1, 2)")
    both = [
        Operation("update", table, key, {"credit_limit": "5000.00"}, {"credit_limit": "19000.00"})
        for key in rows
    ]
    one = house.propose("ann", *both)
    ann = house.visit("ann")
    ann.get(f"/changes/{one.reference}/edit")
    form = form_of(house, "ann", "#revise-form")
    house.visit("bo").get(f"/changes/{one.reference}")
    house.decide("bo", one, "send_back", comment="not the first")
    ann.post(f"/changes/{one.reference}/edit", {**form, "drop.0": "1", "v.1.credit_limit": "17000.00"})
    assert ann.answer.status_code == 303
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    assert "One row that revision 1 asked about is left out" in bo.page.select_one("#left-out").text
    assert "revision 1 asked for 19,000.00" in " ".join(bo.page.select_one(".diff").text.split())
    ann.get(f"/changes/{one.reference}")
    assert ann.page.select_one("#left-out") is None, "told to whoever decided on it"
    kept = house.sql("SELECT row_key, after FROM ops.operation WHERE change_id = :id", id=one.change_id)
    assert [tuple(r) for r in kept] == [(["2"], {"credit_limit": "17000.00"})]


def test_p14_the_form_is_nobodys_who_may_not_see_or_make_the_change(house: House) -> None:
    one = limit(house)
    here = f"/changes/{one.reference}/edit"
    assert house.visit("dee").get(here).status_code == 404
    bo = house.visit("bo")
    assert bo.get(here).status_code == 403 and bo.page.select_one("#revise-form") is None
    assert house.visit("cy").get(here).status_code == 403


def test_a_record_is_saved_for_a_later_time(house: House) -> None:
    """P29: chosen on the clocks of the person, shown on the change's page, and not written before."""
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/~1/edit")
    form = form_of(house, "ann", "#record-form")
    was = form["v.city"]
    ann.post("/tables/shop.customers/~1/edit", {**form, "v.city": "Lisbon", "apply_at": "2001-01-01T10:00"})
    assert ann.answer.status_code == 422 and "over" in ann.page.select_one("#f-apply_at-error").text
    assert ann.page.select_one("#f-apply_at")["value"] == "2001-01-01T10:00"
    moment = house.one("SELECT to_char(now() + interval '2 days', 'YYYY-MM-DD\"T\"10:30')")
    ann.post("/tables/shop.customers/~1/edit", {**form, "v.city": "Lisbon", "apply_at": moment})
    ann.follow()
    assert "Agreed. It waits for its time" in ann.page.select_one("#waits").text
    assert ann.page.select_one("#apply-at") is not None
    row = house.sql("SELECT state, apply_at FROM ops.change_set ORDER BY id DESC LIMIT 1")[0]
    assert row.state == "approved" and f"{row.apply_at:%Y-%m-%dT%H:%M}" == moment
    assert house.one("SELECT city FROM shop.customers WHERE id = 1") == was


def test_a_delete_waits_for_its_time_too(house: House) -> None:
    ann = house.visit("ann")
    ann.get("/tables/shop.tickets/~7/delete")
    form = form_of(house, "ann", "#delete-form")
    ann.post("/tables/shop.tickets/~7/delete", {**form, "apply_at": "never"})
    assert ann.answer.status_code == 422 and "date and time" in ann.page.select_one("#f-apply_at-error").text
    moment = house.one("SELECT to_char(now() + interval '2 days', 'YYYY-MM-DD\"T\"10:30')")
    ann.post("/tables/shop.tickets/~7/delete", {**form, "apply_at": moment})
    assert ann.answer.status_code == 303
    assert house.one("SELECT apply_at > now() FROM ops.change_set ORDER BY id DESC LIMIT 1")
