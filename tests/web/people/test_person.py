"""One person's page: roles with their origin, what they allow, sessions, sign-ins, changes that wait."""

from __future__ import annotations

from ops.db import statements
from tests.web.people.conftest import Town


def test_a_role_says_which_group_gives_it(house: Town) -> None:
    """P4."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    oz.get(f"/people/{ann}")
    roles = oz.page.select_one("#roles").get_text(" ", strip=True)
    assert "Operator group" in roles
    assert "Group “operations” of" in roles
    assert oz.page.select_one("#about").find(string="operations")


def test_a_role_by_hand_says_who_asked_and_who_agreed(house: Town) -> None:
    """P4, P17, P27: with the reference of the change."""
    ola, dee = house.ola(), house.id_of("dee")
    change_id = house.gives("oz", dee, "viewer", reason="She helps with the stocktaking")
    assert house.approve(ola, change_id) == "applied"
    oz = house.visit("oz")
    oz.get(f"/people/{dee}")
    roles = oz.page.select_one("#roles").get_text(" ", strip=True)
    assert "Viewer by hand" in roles
    assert "Oz Park asked, Ola Berg agreed" in roles
    assert f"CH-{change_id}" in roles
    assert "stocktaking" in roles
    assert oz.page.select_one("#roles a.mono")["href"] == f"/changes/CH-{change_id}"
    assert oz.page.select_one("#roles a.btn")["href"] == f"/people/{dee}/roles/viewer/take"


def test_a_mapping_says_who_made_it(house: Town) -> None:
    """P4: what a group means was somebody's decision too."""
    ola, oz = house.ola(), house.visit("oz")
    iss = house.one("SELECT iss FROM ops.person WHERE sub = 'oz'")
    table = house.platform.catalog.by_name("ops", "group_role")
    from ops.changes import Operation

    after = {"iss": iss, "group_name": "visitors", "role": "viewer"}
    asked = house.propose("oz", Operation("create", table, None, {}, after), reason="They may look")
    assert house.approve(ola, asked.change_id) == "applied"
    oz.get(f"/people/{house.id_of('dee')}")
    roles = oz.page.select_one("#roles").get_text(" ", strip=True)
    assert "Group “visitors” of" in roles
    assert f"The mapping: Oz Park asked, Ola Berg agreed · CH-{asked.change_id}" in roles


def test_a_provider_s_old_word_is_shown_as_such(house: Town) -> None:
    """P9."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    house.sql("UPDATE ops.person SET rights_until = now() - interval '1 minute' WHERE sub = 'ann'")
    oz.get(f"/people/{ann}")
    assert "does not count now" in oz.page.select_one("#roles").text
    assert "too old since" in oz.page.select_one("#about").text
    assert "none of the tables" in oz.page.select_one("#reach").text
    oz.get("/people/")
    assert oz.page.select_one(f"#person-{ann} .held.old")


def test_what_they_may_is_told_by_table(house: Town) -> None:
    ann, oz = house.id_of("ann"), house.visit("oz")
    oz.get(f"/people/{ann}")
    reach = oz.page.select_one("#reach")
    heads = [one.text for one in reach.select("h3")]
    assert heads[0] == "See, create, edit, delete, export and act"
    customers = next(one for one in reach.select("li") if one.a.text == "Customers")
    assert "some rows" in customers.text and "masked" in customers.text
    assert customers.a["href"] == f"/people/why?who={ann}&table=shop.customers"


def test_one_s_own_page_has_no_such_buttons_and_says_why(house: Town) -> None:
    """P17."""
    oz = house.visit("oz")
    me = house.id_of("oz")
    oz.get(f"/people/{me}")
    assert "Nobody gives roles to themselves" in oz.page.select_one("#own").text
    links = {one["href"] for one in oz.page.select("#main a[href]")}
    assert not {href for href in links if "/roles/new" in href or href.endswith(("/off", "/take"))}


def test_readers_see_no_button_that_changes_anything(house: Town) -> None:
    """P13: an auditor reads."""
    ann = house.id_of("ann")
    for sub in ("cy", "bo"):
        reader = house.visit(sub)
        assert reader.get(f"/people/{ann}").status_code == 200
        assert not reader.page.select("#main form")
        assert not [a for a in reader.page.select("#main a") if a["href"].endswith(("/new", "/off", "/take"))]


def test_changes_that_wait_are_shown_with_their_side(house: Town) -> None:
    one = house.delete("ann", "tickets", "~7", title="Delete T-000007")
    bo, oz = house.id_of("bo"), house.visit("oz")
    oz.get(f"/people/{house.id_of('ann')}")
    assert "asked for it" in oz.page.select_one("#changes").text
    assert oz.page.select_one("#changes a")["href"] == f"/changes/{one.reference}"
    oz.get(f"/people/{bo}")
    assert "may decide it" in oz.page.select_one("#changes").text


def test_p14_a_reader_learns_nothing_of_changes_out_of_their_sight(house: Town) -> None:
    """P14: whoever reads people need not see every table."""
    house.delete("ann", "tickets", "~7", title="Delete T-000007")
    house.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('hr', 'HR', '{people.read}')")
    dee = house.id_of("dee")
    house.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, 'hr', 'hand')", id=dee)
    reader = house.visit("dee")
    assert reader.get(f"/people/{house.id_of('ann')}").status_code == 200
    assert "T-000007" not in reader.page.text
    assert "Customers" not in reader.page.select_one("#reach").text


def test_reading_somebody_s_sign_ins_is_an_event(house: Town) -> None:
    """P35: they are a part of the trail; one's own are not."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    before = house.events("trail.read")
    oz.get(f"/people/{house.id_of('oz')}")
    assert house.events("trail.read") == before
    oz.get(f"/people/{ann}")
    assert house.events("trail.read") == before + 1
    assert house.last("trail.read")["facts"] == {"signings_of": str(ann)}


def test_there_is_nobody_of_that_number(house: Town) -> None:
    oz = house.visit("oz")
    for path in ("/people/0", "/people/99999999999999", "/people/x", "/people/0/roles/new", "/people/0/off"):
        assert oz.get(path).status_code == 404, path


def test_the_page_takes_few_statements(house: Town) -> None:
    """P45."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    house.delete("ann", "tickets", "~7")
    oz.get(f"/people/{ann}")
    before = statements()
    oz.get(f"/people/{ann}")
    assert statements() - before <= 16, statements() - before
