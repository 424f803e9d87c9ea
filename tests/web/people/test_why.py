"""May they, and why: about oneself anybody may ask, about others whoever reads people; never past one's own sight."""

from __future__ import annotations

from ops.db import statements
from tests.web.people.conftest import Town


def answer(house: Town, sub: str, path: str) -> tuple[str, str]:
    """The one sentence, and everything that decided."""
    visitor = house.visit(sub)
    assert visitor.get(path).status_code == 200, path
    verdict = visitor.page.select_one("#answer")
    return verdict.get_text(" ", strip=True), visitor.page.select_one("#rules").get_text(" ", strip=True)


def test_yes_with_the_rules_that_decide(house: Town) -> None:
    ann = house.id_of("ann")
    said, rules = answer(
        house, "oz", f"/people/why?who={ann}&verb=edit&table=shop.customers&row=7&column=city"
    )
    assert said.startswith("Yes Ann Arbor may edit Customers, column City, row 7")
    assert "Role operator lets its people edit Customers" in rules
    assert "The row meets" in rules and "Customers.rows" in rules
    links = {one["href"] for one in house.visit("oz").page.select("#rules a")}
    assert links == {"/people/roles/operator"}
    assert house.visit("oz").page.select_one(".why > p a")["href"] == f"/people/{ann}#roles"


def test_no_with_the_rules_that_do_not(house: Town) -> None:
    cy, dee = house.id_of("cy"), house.id_of("dee")
    said, rules = answer(house, "oz", f"/people/why?who={cy}&verb=edit&table=shop.orders")
    assert said == "No Cy Young may not edit Orders."
    assert "Role auditor does not let its people edit Orders" in rules
    said, rules = answer(house, "oz", f"/people/why?who={dee}&table=shop.orders")
    assert said.startswith("No Dee Field may not see Orders") and "holds no role" in rules


def test_it_follows_what_is_changed(house: Town) -> None:
    """P9: the answer is today's."""
    cy = house.id_of("cy")
    house.sql("INSERT INTO ops.person_role (person_id, role) VALUES (:id, 'operator')", id=cy)
    assert answer(house, "oz", f"/people/why?who={cy}&verb=edit&table=shop.orders")[0].startswith("Yes")
    house.sql("UPDATE ops.person SET disabled_at = now() WHERE id = :id", id=cy)
    said, rules = answer(house, "oz", f"/people/why?who={cy}&verb=edit&table=shop.orders")
    assert said == "No Cy Young may do nothing here." and "switched off" in rules


def test_a_page_that_no_table_opens(house: Town) -> None:
    ann = house.id_of("ann")
    said, rules = answer(house, "ann", "/people/why?permission=trail.read")
    assert said.startswith("No Ann Arbor may not: Read the audit trail")
    assert "The role Operator does not allow it" in rules and "The role Auditor allows it" in rules
    assert not house.visit("ann").page.select("#rules a")
    assert answer(house, "oz", "/people/why?permission=trail.read")[0].startswith("Yes")
    assert answer(house, "cy", f"/people/why?who={ann}&permission=nonsense&table=shop.orders")[0].startswith(
        "Yes"
    )


def test_of_oneself_anybody_of_others_who_reads_people(house: Town) -> None:
    """P13."""
    oz, ann = house.id_of("oz"), house.visit("ann")
    assert answer(house, "ann", "/people/why?verb=approve&table=shop.orders")[0].startswith("No")
    assert ann.page.select_one("select[name=who]") is None
    assert ann.get(f"/people/why?who={oz}&table=shop.orders").status_code == 403
    assert house.visit("bo").get(f"/people/why?who={oz}&table=shop.orders").status_code == 200
    assert house.visit("oz").get("/people/why?who=0").status_code == 404


def test_p14_nobody_learns_of_what_they_do_not_see(house: Town) -> None:
    """P14: a table, a row, a column that is not there for the reader is not there in the answer either."""
    iceland = house.one("SELECT id FROM shop.customers WHERE country = 'IS' LIMIT 1")
    ann, dee = house.visit("ann"), house.visit("dee")
    assert ann.get(f"/people/why?table=shop.customers&row={iceland}").status_code == 422
    assert "no row" in ann.page.select_one("#f-row-error").text
    assert ann.page.select_one("#answer") is None
    assert ann.get("/people/why?table=shop.customers&row=99999999").status_code == 422
    hidden = next(
        name
        for name in house.platform.catalog.by_name("shop", "customers").columns
        if name in house.platform.catalog.by_name("shop", "customers").resource.hidden
    )
    assert ann.get(f"/people/why?table=shop.customers&column={hidden}").status_code == 422
    assert hidden not in [one["value"] for one in ann.page.select("#f-column option")]
    assert ann.get("/people/why?table=shop.customers&column=nothing").status_code == 422
    for path in (
        "/people/why?table=shop.orders",
        "/people/why?table=ops.person_role",
        "/people/why?table=nothing",
    ):
        assert dee.get(path).status_code == 404, path
    assert dee.get("/people/why").status_code == 200
    assert not dee.page.select("#f-table optgroup")
    assert ann.get("/people/why?table=ops.person_role").status_code == 404
    assert house.visit("oz").get("/people/why?table=ops.person_role&verb=create").status_code == 200


def test_a_refusal_leads_to_the_answer(house: Town) -> None:
    """403: what it needs, and why not."""
    cy, ann = house.visit("cy"), house.visit("ann")
    assert cy.get("/tables/shop.customers/~7/edit").status_code == 403
    why = next(one["href"] for one in cy.page.select("main .actions a") if one.text.strip() == "Why?")
    assert why == "/people/why?verb=edit&table=shop.customers&row=~7"
    assert cy.get(why).status_code == 200
    assert "Cy Young may not edit Customers, row 7" in cy.page.select_one("#answer").text
    ann.get("/audit/")
    assert "Read the audit trail of everybody" in ann.page.select_one("main").text
    why = next(one["href"] for one in ann.page.select("main .actions a") if one.text.strip() == "Why?")
    assert why == "/people/why?permission=trail.read"
    dee = house.visit("dee")
    dee.get("/tables/shop.customers/~7")
    why = next(one["href"] for one in dee.page.select("main .actions a") if one.text.strip() == "Why?")
    assert dee.get(why).status_code == 200
    assert "shop" not in dee.page.select_one("main").text.lower()


def test_nothing_typed_becomes_markup_or_an_error(house: Town) -> None:
    """P19, P20."""
    oz = house.visit("oz")
    for said in ("<img src=x onerror=alert(1)>", "%00", "~", "~7,8", "~%", "9" * 400, "'; --", "\u202e7"):
        oz.get(f"/people/why?table=shop.customers&row={said}&column={said}&verb={said}&permission={said}")
        assert oz.answer.status_code in (200, 422), said
        assert "<img" not in oz.answer.text


def test_it_takes_few_statements(house: Town) -> None:
    ann, oz = house.id_of("ann"), house.visit("oz")
    path = f"/people/why?who={ann}&verb=edit&table=shop.customers&row=7&column=city"
    oz.get(path)
    before = statements()
    oz.get(path)
    assert statements() - before <= 9, statements() - before
