"""A change of rights on its page: people by name, verbs and columns in words, a way to the page about it."""

from __future__ import annotations

from ops.catalog import key_text
from ops.changes import Operation
from tests.web.people.conftest import Town
from tests.web.roles.test_roles import finance


def test_a_role_of_a_person_names_the_person(house: Town) -> None:
    house.ola()
    dee = house.stranger("d2", "Dee Stranger")
    change = house.gives("oz", dee, "viewer", reason="She helps with the stocktaking.")
    oz = house.visit("oz")
    oz.get(f"/changes/CH-{change}")
    difference = oz.page.select_one(".diff").get_text(" ", strip=True)
    assert "Dee Stranger" in difference
    assert "Viewer" in difference


def test_a_right_that_goes_says_in_words_what_it_was(house: Town) -> None:
    """P34: whoever decides reads verbs, rows and columns, not the database's braces."""
    finance(house)
    house.ola()
    catalog = house.platform.catalog
    row = house.sql(
        "SELECT role, schema_name, table_name, verbs::text, rows, hidden::text, masked::text, readonly::text "
        "FROM ops.role_table WHERE table_name = 'customers'"
    )[0]
    one = Operation(
        "delete",
        catalog.by_name("ops", "role_table"),
        key_text(("finance", "shop", "customers")),
        dict(row._mapping),
    )
    done = house.propose("oz", one, reason="Nobody needs it.")
    oz = house.visit("oz")
    oz.get(f"/changes/{done.reference}")
    difference = oz.page.select_one(".diff").get_text(" ", strip=True)
    for words in ("See and edit", "Notes", "Phone: last four characters", "Country is not IS", "Number"):
        assert words in difference, words
    assert "{" not in difference
    assert oz.page.select_one("a[href='/people/roles/finance']") is not None


def test_lists_of_changes_and_what_waits_know_changes_of_rights(house: Town) -> None:
    """A second owner finds it where everything waits; who reads no people does not see it at all (P14)."""
    finance(house)
    dee = house.stranger("d2", "Dee Stranger")
    change = house.gives("oz", dee, "viewer", reason="x")
    house.visit("ann")
    cy = house.id_of("cy")
    house.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, 'owner', 'hand')", id=cy)
    house.visit("cy").get("/approvals/")
    assert f"CH-{change}" in house.visit("cy").page.select_one("main").text
    house.visit("oz").get("/changes/")
    assert f"CH-{change}" in house.visit("oz").page.select_one("main").text
    house.visit("ann").get("/changes/")
    assert f"CH-{change}" not in house.visit("ann").page.select_one("main").text
    assert house.visit("ann").get(f"/changes/CH-{change}").status_code == 404
