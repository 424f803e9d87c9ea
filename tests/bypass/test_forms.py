"""Forms not filled where they are sent: replayed, lent, held back, about what one may not see (P14, P21, P30)."""

from __future__ import annotations

import io

from tests.bypass.conftest import House
from tests.web.records.forms import posted


def test_replayed_form(house: House) -> None:
    """P30: a yes that is sent again after its effect was undone has none; a record's form neither."""
    reference, bo, form = house.on_screen()
    assert house.sends(bo, reference, form).status_code == 303
    house.fill("ann", f"/changes/{reference}/undo", {"reason": "a slip"}, "undo-form")
    assert house.worth() == "5000.00"
    for _ in range(2):
        house.sends(bo, reference, form)
    assert house.worth() == "5000.00" and house.yeses(reference) == 1
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/~2/edit")
    edit = {**posted(ann.page), "v.city": "Narvik"}
    for _ in range(3):
        assert ann.post("/tables/shop.customers/~2/edit", edit, csrf=edit["csrf_token"]).status_code == 303
        house.sql("UPDATE shop.customers SET city = 'Theirs' WHERE id = 2 AND city = 'Narvik'")
    assert house.one("SELECT city FROM shop.customers WHERE id = 2") == "Theirs"
    assert house.one("SELECT count(*) FROM ops.change_set WHERE title LIKE '%' AND source = 'form'") == 2


def test_decision_with_the_token_of_another_person(house: House) -> None:
    """P21, P27: Ann has read a manager's page over a shoulder: its tokens are worth nothing in her browser."""
    reference, bo, form = house.on_screen()
    ann, eve, dee = house.visit("ann"), house.visit("eve"), house.visit("dee")
    for visitor in (ann, eve, dee):
        assert house.sends(visitor, reference, form).status_code in (400, 403, 404)
        visitor.get("/people/me")
        answer = house.sends(visitor, reference, {**form, "csrf_token": visitor.token()})
        assert answer.status_code in (403, 404), visitor
    house.unmoved(reference)
    # The other way round: a page of Ann's, opened in Bo's browser, makes him say nothing.
    assert house.sends(bo, reference, {**form, "csrf_token": ann.token()}).status_code == 400
    assert house.yeses(reference) == 0
    house.says("bo", reference)
    assert house.worth() == "18500.00", "and Bo's own form is not used up by it"


def _blind(house: House, *, hidden: str = "{}", masked: str = "{}", rows: str = "") -> str:
    """Dee is asked, by a role that does not see all of a customer; Ann's change waits for her."""
    house.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('clerk', 'Clerk', '{changes.decide}')")
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, hidden, masked, rows) VALUES "
        "('clerk', 'shop', 'customers', '{see,approve}', CAST(:hidden AS text[]), CAST(:masked AS jsonb), :rows)",
        hidden=hidden,
        masked=masked,
        rows=rows,
    )
    house.gives_role("dee", "clerk")
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    house.rule("a clerk", role="clerk")
    return house.limit("ann")


def test_approver_who_may_not_see_a_column(house: House) -> None:
    """P14, P32: hidden: asked by role, and yet nobody who can decide it, by page or by force."""
    reference = _blind(house, hidden="{credit_limit}")
    answer = house.forces("dee", reference)
    assert answer.status_code in (403, 404) and "18500" not in answer.text
    house.unmoved(reference)


def test_approver_who_sees_a_column_masked(house: House) -> None:
    """P14, P32."""
    reference = _blind(house, masked='{"credit_limit": "full"}')
    answer = house.forces("dee", reference)
    assert answer.status_code in (403, 404) and "18500" not in answer.text
    house.unmoved(reference)


def test_approver_who_may_not_see_the_row(house: House) -> None:
    """P14, P32."""
    reference = _blind(house, rows="country = 'NO'")
    assert house.forces("dee", reference).status_code in (403, 404)
    house.unmoved(reference)
    assert house.visit("dee").get(f"/changes/{reference}").status_code == 404


def test_mention_of_persons_who_may_not_see(house: House) -> None:
    """P14: they are told nothing, and the page says what it says of a name that is nobody's."""
    reference = house.limit("ann")
    ann, heard = house.visit("ann"), []
    house.visit("dee")
    for name in ("Dee Field", "Zoe Zimt"):
        ann.get(f"/changes/{reference}")
        form = posted(ann.page, "talk-form")
        said = {**form, "said": f"@{name} 18,500?"}
        ann.post(f"/changes/{reference}/discussion", said, csrf=form["csrf_token"])
        ann.follow()
        heard.append(ann.page.select_one("#flashes").get_text(" ", strip=True).replace(name.split()[0], "N"))
    assert heard[0].replace(" Field", "") == heard[1].replace(" Zimt", "")
    assert house.one("SELECT count(*) FROM ops.change_comment WHERE mentions <> '{}'") == 0


def test_attaching_after_the_end(house: House) -> None:
    """What was decided keeps the papers it was decided with: by its maker, its decider, from a page kept open."""
    reference = house.limit("ann")
    held = {}
    for sub in ("ann", "bo"):
        visitor = house.visit(sub)
        visitor.get(f"/changes/{reference}")
        held[sub] = posted(visitor.page, "attach-form")
    house.says("bo", reference)
    for sub, form in held.items():
        data = {**form, "file": (io.BytesIO(b"a second thought"), "later.txt")}
        answer = house.visit(sub).post(f"/changes/{reference}/files", data, csrf=form["csrf_token"])
        assert answer.status_code in (403, 409), sub
    assert house.one("SELECT count(*) FROM ops.change_file") == 0


def test_basket_with_a_foreign_row_out_of_sight(house: House) -> None:
    """P14, P16: a row nobody showed Ann is as one that is not there; one that left her sight stops the rest."""
    house.sql("UPDATE shop.customers SET country = 'IS', name = 'TELLTALE', city = 'TELLTALE' WHERE id = 9")
    ann, heard = house.visit("ann"), []
    for key in ("~9", "~999999"):
        ann.get("/tables/shop.customers/~8/edit")
        form = {**posted(ann.page), "v.city": "Reykjavík", "basket": "1"}
        assert (
            ann.post(f"/tables/shop.customers/{key}/edit", form, csrf=form["csrf_token"]).status_code == 303
        )
        ann.get("/basket/")
        form = posted(ann.page, "basket-form")
        sent = ann.post("/basket/", form, csrf=form["csrf_token"])
        assert "TELLTALE" not in sent.text
        heard.append((sent.status_code, house.changes()))
        ann.get("/people/me")
        ann.post("/basket/discard")
    assert heard[0] == heard[1] and heard[0][0] in (403, 404, 409) and heard[0][1] == 0
    for key in ("~7", "~8"):
        house.fill("ann", f"/tables/shop.customers/{key}/edit", {"v.city": "Bodø", "basket": "1"})
    house.sql("UPDATE shop.customers SET country = 'IS' WHERE id = 8")
    ann.get("/basket/")
    assert "Reykjavík" not in ann.answer.text
    form = posted(ann.page, "basket-form")
    assert ann.post("/basket/", form, csrf=form["csrf_token"]).status_code in (403, 404, 409)
    assert house.one("SELECT count(*) FROM shop.customers WHERE city = 'Bodø'") == 0
    assert house.changes() == 0


def test_basket_of_another_person(house: House) -> None:
    """P14, P27: what Ann collected is sent by nobody else: not with her page's fields, not under her token."""
    house.fill("ann", "/tables/shop.customers/~7/edit", {"v.city": "Bodø", "basket": "1"})
    ann, eve = house.visit("ann"), house.visit("eve")
    ann.get("/basket/")
    form = posted(ann.page, "basket-form")
    eve.get("/people/me")
    token = eve.token()
    assert eve.post("/basket/", form, csrf=form["csrf_token"]).status_code == 400
    assert eve.post("/basket/", {**form, "csrf_token": token}, csrf=token).status_code in (409, 422)
    assert house.changes() == 0
