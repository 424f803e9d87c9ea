"""The form of a right: verbs, rows with their live check, columns with suggestions; all without a script."""

from __future__ import annotations

from ops.db import statements
from tests.web.people.conftest import Town
from tests.web.roles.test_roles import REASON, finance
from tests.web.visiting import Visitor

ORDERS = "/people/roles/finance/tables/shop.orders"
CUSTOMERS = "/people/roles/finance/tables/shop.customers"


def hidden(visitor: Visitor) -> dict[str, str]:
    """What the form carries unseen."""
    return {field["name"]: field["value"] for field in visitor.page.select("#right-form input[type=hidden]")}


def chosen(visitor: Visitor) -> dict[str, str]:
    """The choice for each column of the open form."""
    return {
        field["name"]: field["value"]
        for field in visitor.page.select("#right-form input[type=radio][checked]")
    }


def test_a_new_right_in_words_on_its_change_s_page(house: Town) -> None:
    """P17: it waits; arrays and JSON stand there in words, never in braces."""
    finance(house)
    ola = house.ola()
    oz = house.visit("oz")
    oz.get(ORDERS)
    said = {
        **hidden(oz), **chosen(oz), "verbs": ["see", "edit"], "rows": "status = 'open' and sales_rep = me.name",
        "c.delivery_note": "hidden", "c.sales_rep": "full", "c.number": "readonly", "reason": REASON,
    }  # fmt: skip
    # Every column is posted; what stays as it is is no part of the right.
    assert oz.post(ORDERS, {**said, "rows": "currency = 'EUR' and sales_rep = me.name"}).status_code == 303
    oz.follow()
    assert "Finance: a right on Orders" in oz.page.select_one("h1").text
    difference = oz.page.select_one(".diff").get_text(" ", strip=True)
    for words in ("See and edit", "Delivery note (delivery_note)", "Sales rep (sales_rep): dots only",
                  "Currency is EUR and Sales rep is one’s own name"):  # fmt: skip
        assert words in difference, words
    assert "{" not in difference
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    row = house.sql("SELECT verbs, hidden, masked, readonly FROM ops.role_table WHERE table_name = 'orders'")[
        0
    ]
    assert tuple(row) == (["see", "edit"], ["delivery_note"], {"sales_rep": "full"}, ["number"])


def test_editing_touches_only_what_is_changed(house: Town) -> None:
    finance(house)
    house.ola()
    oz = house.visit("oz")
    oz.get(CUSTOMERS)
    assert [box["value"] for box in oz.page.select("[name=verbs][checked]")] == ["see", "edit"]
    assert chosen(oz)["c.phone"] == "last4"
    said = {**hidden(oz), **chosen(oz), "verbs": ["edit", "see"], "rows": "country <> 'IS'", "reason": REASON}
    assert oz.post(CUSTOMERS, said).status_code == 303  # the same in another order
    assert house.one("SELECT count(*) FROM ops.change_set") == 0
    oz.get(CUSTOMERS)
    said = {**said, **hidden(oz), "c.email": "email"}
    assert oz.post(CUSTOMERS, said).status_code == 303
    after = house.one("SELECT after FROM ops.operation")
    assert set(after) == {"masked"}
    oz.follow()
    difference = oz.page.select_one(".diff").get_text(" ", strip=True)
    assert "Email: e-mail, Phone: last four characters" in difference


def test_the_live_check_says_what_a_condition_means_and_shows(house: Town) -> None:
    """In words, with the number of one's own rows; wrong ones are named; nothing is written by asking."""
    finance(house)
    oz = house.visit("oz")
    here = f"{CUSTOMERS}/rows"
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    expected = house.one("SELECT count(*) FROM shop.customers WHERE country = 'DE'")
    answer = oz.get(f"{here}?rows=country = 'DE'", **part)
    assert "Country is DE" in answer.text
    assert f"would show you {expected} of" in answer.text
    assert "<html" not in answer.text
    assert "no column “contry”" in oz.get(f"{here}?rows=contry = 'DE'", **part).text
    assert "said-wrong" in oz.get(f"{here}?rows=country =", **part).text
    assert "own e-mail address" in oz.get(f"{here}?rows=email = me", **part).text
    assert "Every row." in oz.get(f"{here}?rows=", **part).text
    # Of a column one does not read nothing is counted (P14).
    assert "not counted" in oz.get(f"{here}?rows=internal_risk_score > 0.5", **part).text
    assert statements() <= 12


def test_without_a_script_the_check_is_a_button(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    oz.get(ORDERS)
    said = {
        **hidden(oz),
        "verbs": "see",
        "rows": "total > 100",
        "reason": "kept",
        "check": "1",
        "c.total": "hidden",
    }
    assert oz.post(ORDERS, said).status_code == 200
    assert "Total is over 100" in oz.page.select_one("#rows-said").text
    assert oz.page.select_one("#f-reason").text.strip() == "kept"
    assert chosen(oz)["c.total"] == "hidden"
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_what_looks_personal_is_masked_by_one_press(house: Town) -> None:
    """Issue 3: suggestions for columns that look personal; stricter choices stay."""
    house.sql("INSERT INTO ops.role (name, label) VALUES ('finance', 'Finance')")
    oz = house.visit("oz")
    oz.get(CUSTOMERS)
    assert "columns look personal" in oz.page.select_one(".loose").text
    assert oz.page.select_one(".loose button")["name"] == "suggest"
    said = {**hidden(oz), **chosen(oz), "c.phone": "hidden", "verbs": "see", "suggest": "1", "reason": "kept"}
    assert oz.post(CUSTOMERS, said).status_code == 200
    now = chosen(oz)
    assert now["c.email"] == "email"
    assert now["c.phone"] == "hidden"
    assert oz.page.select_one(".loose") is None
    assert oz.page.select_one("#f-reason").text.strip() == "kept"


def test_422_names_the_field_and_keeps_everything(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    oz.get(ORDERS)
    base = {
        **hidden(oz),
        "verbs": ["see", "edit"],
        "rows": "total > 100",
        "c.total": "hidden",
        "reason": REASON,
    }
    for wrong, says in (
        ({"verbs": "edit"}, "must see them"),
        ({"rows": "totl > 100"}, "did you mean total"),
        ({"rows": "total >"}, ""),
        ({"c.id": "hidden"}, "stands in every address"),
        ({"reason": " "}, "Say why"),
    ):
        assert oz.post(ORDERS, {**base, **wrong}, csrf=base["csrf_token"]).status_code == 422, wrong
        assert says in oz.page.select_one("#errors").text, wrong
        assert oz.page.select_one("#f-rows")["value"] == wrong.get("rows", "total > 100")
        assert chosen(oz)["c.total"] == "hidden"
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p15_forged_fields_change_nothing(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    oz.get(ORDERS)
    said = {
        **hidden(oz), "verbs": ["see", "own"], "c.total": "plain", "c.nothing": "hidden", "c.status": "sometimes",
        "role": "owner", "reason": REASON,
    }  # fmt: skip
    assert oz.post(ORDERS, said).status_code == 422  # there is no column “nothing”
    said.pop("c.nothing")
    assert oz.post(ORDERS, said).status_code == 303
    after = house.one("SELECT after FROM ops.operation")
    assert after["role"] == "finance"
    assert after["verbs"] == "{see}"
    assert after["hidden"] == "{}"


def test_a_right_on_everything_and_its_removal(house: Town) -> None:
    """`*` and `shop.*` are places like tables; removing says what will hold instead."""
    finance(house)
    ola = house.ola()
    oz = house.visit("oz")
    for place in ("*", "shop.*"):
        oz.get(f"/people/roles/finance/tables/{place}")
        assert oz.page.select_one(".column-states") is None
        said = {**hidden(oz), "verbs": "see", "reason": REASON}
        assert oz.post(f"/people/roles/finance/tables/{place}", said).status_code == 303
        assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    oz.get(f"{CUSTOMERS}/delete")
    assert "See and edit" in oz.page.select_one("#now").text
    assert "Every row" in oz.page.select_one("#then").text
    assert oz.post(f"{CUSTOMERS}/delete", {"reason": "Too much."}).status_code == 303
    oz.follow()
    assert "no right of its own on Customers" in oz.page.select_one("h1").text
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    assert house.events("row.deleted") == 1
    assert oz.get(f"{CUSTOMERS}/delete").status_code == 404


def test_the_choice_of_a_table_lists_all_with_what_holds_there(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    oz.get("/people/roles/finance/tables/")
    links = {link["href"]: link.parent.text for link in oz.page.select("#places a")}
    assert "See and edit" in links[CUSTOMERS]
    assert "has a right of its own" in links[CUSTOMERS]
    assert "does not exist" in links[ORDERS]
    assert "/people/roles/finance/tables/*" in links
    assert not any("ops." in href for href in links)
