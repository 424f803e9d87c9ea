"""The stages of a rule in its form, without a script: added, moved, removed, people found and named."""

from __future__ import annotations

from tests.web.people.conftest import Town
from tests.web.rules.test_rules import REASON, hidden


def form(visitor: object) -> dict[str, object]:
    """What the open form would send."""
    page = visitor.page  # type: ignore[attr-defined]  # a Visitor
    found: dict[str, object] = dict(hidden(visitor))
    for field in page.select("#rule-form input:not([type=hidden]):not([type=checkbox]):not([type=radio])"):
        found[field["name"]] = field.get("value", "")
    for box in page.select("#rule-form input[type=checkbox][checked]"):
        found.setdefault(box["name"], [])
        found[box["name"]].append(box["value"])  # type: ignore[attr-defined]  # a list
    for select in page.select("#rule-form select"):
        chosen = select.select_one("option[selected]")
        found[select["name"]] = chosen["value"] if chosen else ""
    found["enabled"] = "true"
    return found


def number(house: Town, sub: str) -> str:
    return str(house.one("SELECT id FROM ops.person WHERE sub = :sub", sub=sub))


def test_stages_are_built_one_after_the_other(house: Town) -> None:
    """P17: what is built here waits for another owner; in the row people stand by their numbers."""
    house.visit("bo")
    ola = house.ola()
    oz = house.visit("oz")
    oz.get("/rules/new")
    said = {**form(oz), "name": "Two stages", "place": "shop.orders", "reason": REASON}
    oz.post("/rules/new", {**said, "stage": "add"})
    assert [legend.text for legend in oz.page.select(".stage > legend")] == ["Stage 1", "Stage 2"]
    assert oz.answer.headers["X-Form"] == "again", "nothing was sent: the page stays where it is"
    assert [one["id"] for one in oz.page.select("[data-focus]")] == ["stage-2"]
    said = {**form(oz), "reason": REASON, "s1.who": "people", "s1.find": "bo"}
    oz.post("/rules/new", {**said, "stage": "find:1"})
    found = oz.page.select(".stage .found[data-focus] input")
    assert [box["value"] for box in found] == [number(house, "bo")]
    said = {
        **form(oz),
        "reason": REASON,
        "s1.people": found[0]["value"],
        "s1.due": "48",
        "s1.escalate_to": "owner",
    }
    oz.post("/rules/new", {**said, "stage": "up:1"})
    assert [one["id"] for one in oz.page.select("[data-focus]")] == ["stage-1"]
    assert (
        oz.page.select_one("#stage-1 .people-named input[type=checkbox][checked]")["value"]
        == found[0]["value"]
    )
    assert oz.page.find(id="f-s0.due")["value"] == "48"
    oz.post("/rules/new", {**form(oz), "reason": REASON, "stage": "add"})
    oz.post("/rules/new", {**form(oz), "reason": REASON, "stage": "drop:2"})
    said = {**form(oz), "reason": REASON, "min_rows": "5", "sources": ["bulk", "import"], "proposer_roles": "operator",
            "expires": "72", "place.2": "shop.customers", "kinds": ["create", "update", "delete"]}  # fmt: skip
    assert oz.post("/rules/new", said).status_code == 303
    oz.follow()
    difference = oz.page.select_one(".diff").get_text(" ", strip=True)
    for words in ("Bo", "due in 2 days, then also any of the owners", "then one of the managers",
                  "Orders and Customers", "an edit of many rows and a file"):  # fmt: skip
        assert words in difference, words
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    row = house.sql(
        "SELECT tables, stages, min_rows, sources, proposer_roles, expires_hours FROM ops.approval_rule "
        "WHERE name = 'Two stages'"
    )[0]
    assert tuple(row) == (
        ["shop.orders", "shop.customers"],
        [
            {"people": [int(found[0]["value"])], "needed": 1, "due": 48, "escalate_to": "owner"},
            {"role": "manager", "needed": 1},
        ],
        5, ["bulk", "import"], ["operator"], 72,
    )  # fmt: skip
    rule = house.one("SELECT id FROM ops.approval_rule WHERE name = 'Two stages'")
    oz.get(f"/rules/{rule}")
    words = oz.page.select_one("#words").get_text(" ", strip=True)
    for part in ("from 5 rows on", "asked for by operators", "3 days"):
        assert part in words, part
    oz.get(f"/rules/{rule}/edit")
    assert oz.post(f"/rules/{rule}/edit", {**form(oz), "reason": REASON}).status_code == 303
    assert house.one("SELECT count(*) FROM ops.change_set WHERE state = 'in_review'") == 0  # nothing is other


def test_people_are_found_by_name_and_stay_named(house: Town) -> None:
    house.visit("bo")
    oz = house.visit("oz")
    oz.get("/rules/new")
    said = {
        **form(oz),
        "name": "n",
        "place": "shop.orders",
        "s0.who": "people",
        "s0.find": "nobody-like-this",
    }
    oz.post("/rules/new", {**said, "stage": "find:0"})
    assert "called so" in oz.page.select_one("#stage-1").text
    answer = oz.post(
        "/rules/new", {**said, "s0.people": number(house, "bo"), "s0.needed": "2", "reason": REASON}
    )
    assert answer.status_code == 422
    assert "one person" in oz.page.select_one("#errors").text
    forged = {**said, "s0.people": "999999", "reason": REASON, "s0.needed": "1"}
    assert oz.post("/rules/new", forged).status_code == 422  # a number nobody has
    assert house.one("SELECT count(*) FROM ops.approval_rule WHERE name = 'n'") == 0


def test_rubbish_in_the_form_changes_nothing(house: Town) -> None:
    """P15."""
    oz = house.visit("oz")
    oz.get("/rules/new")
    said = {**form(oz), "name": "n", "place": "shop.orders", "reason": REASON}
    for wrong in (
        {"stages": "0"}, {"stages": "x"}, {"stages": "99999999999"}, {"s0.people": "../"}, {"stage": "drop:9"},
        {"stage": "up:x"}, {"stage": "find:-1"}, {"place": "shop.*%"}, {"place.2": "no place"}, {"expires": "-1"},
        {"min_rows": "9" * 30},
    ):  # fmt: skip
        assert oz.post("/rules/new", {**said, **wrong}, csrf=said["csrf_token"]).status_code in (
            200,
            303,
            422,
        ), wrong
    assert house.one("SELECT count(*) FROM ops.approval_rule WHERE name = 'n'") == 0
