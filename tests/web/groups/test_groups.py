"""What groups mean here: mappings with their provenance, groups that mean nothing, adding and removing."""

from __future__ import annotations

from urllib.parse import quote

from ops.catalog import key_text
from ops.db import statements
from tests.web.people.conftest import Town

REASON = "The night shift corrects stock levels itself."


def iss(house: Town) -> str:
    """The issuer of the demo's provider."""
    return str(house.one("SELECT min(iss) FROM ops.group_role"))


def night(house: Town) -> None:
    """A group nobody mapped, told at Ann's sign-in; one that SCIM tells."""
    house.visit("ann")
    house.sql("UPDATE ops.person SET groups = groups || '{night-shift}' WHERE sub = 'ann'")
    house.sql("INSERT INTO ops.scim_group (display_name, display_key) VALUES ('Vendors', 'vendors')")


def test_mappings_say_provider_role_and_where_they_come_from(house: Town) -> None:
    """P4, issue 3: names of providers, who asked, who agreed, when, and the change."""
    night(house)
    ola = house.ola()
    oz = house.visit("oz")
    oz.get(f"/people/groups/new?group_name=night-shift&iss={quote(iss(house))}")
    assert oz.page.select_one("#f-group_name")["value"] == "night-shift"
    form = {field["name"]: field["value"] for field in oz.page.select("#mapping-form input[type=hidden]")}
    said = {**form, "group_name": "night-shift", "role": "operator", "reason": REASON}
    assert oz.post("/people/groups/new", said).status_code == 303
    oz.follow()
    assert "night-shift means Operator" in oz.page.select_one("h1").text
    assert "localhost" in oz.page.select_one(".diff").text  # the provider's name beside its issuer
    change = house.one("SELECT max(id) FROM ops.change_set")
    oz.get("/people/groups/")
    assert f"CH-{change}" in oz.page.select_one("#nothing").text  # asked for already
    assert house.approve(ola, change) == "applied"
    oz.get("/people/groups/")
    row = next(row for row in oz.page.select("#mapped tbody tr") if "night-shift" in row.text)
    for words in (f"CH-{change}", "Oz Park asked", "Ola Berg agreed", REASON, "Operator"):
        assert words in row.text, words
    assert iss(house) not in row.text
    others = [row.text for row in oz.page.select("#mapped tbody tr") if "night-shift" not in row.text]
    assert others
    assert all("set up before" in text for text in others)


def test_groups_that_mean_nothing_are_shown_with_map_it(house: Town) -> None:
    night(house)
    oz = house.visit("oz")
    oz.get("/people/groups/")
    rows = {row.select_one("th").text: row for row in oz.page.select("#nothing tbody tr")}
    assert set(rows) == {"night-shift", "Vendors"}
    assert "at sign-in" in rows["night-shift"].text
    assert "by SCIM" in rows["Vendors"].text
    assert "group_name=night-shift" in rows["night-shift"].select_one("a")["href"]
    assert statements() <= 8


def test_an_auditor_reads_others_are_refused(house: Town) -> None:
    cy = house.visit("cy")
    assert cy.get("/people/groups/").status_code == 200
    assert cy.page.select_one("#mapped a[href$='/remove']") is None
    assert cy.get("/people/groups/new").status_code == 403
    assert house.visit("ann").get("/people/groups/").status_code == 403
    assert house.visit("bo").get("/people/groups/new").status_code == 403
    assert house.visit("oz").get("/people/groups/~a,b,c/remove").status_code == 404
    assert house.visit("oz").get("/people/groups/none/remove").status_code == 404


def test_what_does_not_fit_is_said_and_kept(house: Town) -> None:
    oz = house.visit("oz")
    oz.get("/people/groups/new")
    token = oz.token()
    for said, field in (
        ({"group_name": "", "iss": iss(house), "role": "operator", "reason": REASON}, "group_name"),
        ({"group_name": "x", "iss": iss(house), "role": "nothing", "reason": REASON}, "role"),
        ({"group_name": "x", "iss": "https://else.example", "role": "operator", "reason": REASON}, "iss"),
        ({"group_name": "x", "iss": iss(house), "role": "operator", "reason": ""}, "reason"),
        ({"group_name": "x" * 301, "iss": iss(house), "role": "operator", "reason": REASON}, "group_name"),
    ):
        assert oz.post("/people/groups/new", said, csrf=token).status_code == 422, said
        assert oz.page.select_one(f"#f-{field}")["aria-invalid"] == "true"
        assert oz.page.select_one("#f-group_name")["value"] == said["group_name"]
        assert oz.page.select_one("#f-reason").text.strip() == said["reason"]
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p17_a_group_one_is_in_is_not_one_s_to_map(house: Town) -> None:
    """P17, P35: said before it is sent, refused and written down when it is."""
    house.ola()
    oz = house.visit("oz")
    oz.get("/people/groups/new?group_name=owners")
    assert "You are in this group" in oz.page.select_one(".note").text
    said = {"group_name": "owners", "iss": iss(house), "role": "manager", "reason": REASON}
    assert oz.post("/people/groups/new", said).status_code == 403
    assert "Ask another owner" in oz.page.select_one("#problem").text
    assert house.events("change.submitted", "refused") == 1


def test_removing_asks_first_and_passes_the_door(house: Town) -> None:
    ola = house.ola()
    oz = house.visit("oz")
    key = quote(key_text((iss(house), "operations", "operator")), safe="~,")
    address = f"/people/groups/{key}/remove"
    assert oz.get(address).status_code == 200
    assert "Take Operator from the group operations?" in oz.page.select_one("h1").text
    assert oz.post(address, {"reason": ""}).status_code == 422
    assert oz.post(address, {"reason": "They have a role of their own now."}).status_code == 303
    oz.get("/people/groups/")
    assert oz.page.select_one("#mapped .pending") is not None
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    assert house.one("SELECT count(*) FROM ops.group_role WHERE group_name = 'operations'") == 0
    assert house.events("row.deleted") == 1
    assert oz.get(address).status_code == 404
