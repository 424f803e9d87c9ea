"""The list of people: found, filtered, paged by name, and only for those who may read it."""

from __future__ import annotations

import pytest

from ops.db import statements
from tests.web.people.conftest import Town

HOSTILE = "<img src=x onerror=alert(1)>\u202e\"'&"


def names(house: Town, path: str) -> list[str]:
    oz = house.visit("oz")
    assert oz.get(path).status_code == 200, path
    return [one.text for one in oz.page.select("tbody th a")]


def test_everybody_stands_there_with_roles_and_where_these_come_from(house: Town) -> None:
    """P4."""
    for sub in ("ann", "dee", "oz"):
        house.visit(sub)
    house.stranger("new", "Nina New", "viewer")
    assert names(house, "/people/") == ["Ann Arbor", "Dee Field", "Nina New", "Oz Park"]
    page = house.visit("oz").page
    rows = {row.th.a.text: row for row in page.select("tbody tr")}
    assert rows["Ann Arbor"].select_one(".held").text == "Operator group"
    assert rows["Nina New"].select_one(".held").text == "Viewer by hand"
    assert "no role" in rows["Dee Field"].text
    assert "Never signed in" in rows["Nina New"].text and "never" in rows["Nina New"].text
    assert "(you)" in rows["Oz Park"].text
    assert rows["Ann Arbor"].th.a["href"] == f"/people/{house.id_of('ann')}"


def test_people_are_found_by_name_address_role_and_state(house: Town) -> None:
    for sub in ("ann", "bo", "oz"):
        house.visit(sub)
    house.stranger("new", "Nina 100% New_", "viewer")
    house.sql("UPDATE ops.person SET disabled_at = now(), disabled_by = 'hand' WHERE sub = 'bo'")
    assert names(house, "/people/?q=arbo") == ["Ann Arbor"]
    assert names(house, "/people/?q=bo@example") == ["Bo Marsh"]
    assert names(house, "/people/?q=100%25") == ["Nina 100% New_"]
    assert names(house, "/people/?q=_") == ["Nina 100% New_"]
    assert names(house, "/people/?role=owner") == ["Oz Park"]
    assert names(house, "/people/?state=off") == ["Bo Marsh"]
    assert names(house, "/people/?state=new&role=viewer") == ["Nina 100% New_"]
    assert names(house, "/people/?iss=https://elsewhere.example") == ["Nina 100% New_"]
    assert names(house, "/people/?q=nobody%00") == []
    assert "Nobody fits" in house.visit("oz").page.text
    assert names(house, "/people/?state=nonsense&after=x&before=-1") != []


def test_pages_by_name_there_and_back(house: Town) -> None:
    """P45: by keyset; people of one name too."""
    for n in range(120):
        house.stranger(f"s{n}", f"Same Name {n % 3}")
    oz, seen, path = house.visit("oz"), [], "/people/?q=Same"
    while path:
        oz.get(path)
        seen.append([one["href"] for one in oz.page.select("tbody th a")])
        assert oz.page.select_one(".head .small").text == "120 people"
        following = oz.page.select_one(".pager [rel=next]")
        path = following["href"] if following else ""
    assert [len(page) for page in seen] == [50, 50, 20]
    assert len({href for page in seen for href in page}) == 120
    back = oz.page.select_one(".pager [rel=prev]")["href"]
    oz.get(back)
    assert [one["href"] for one in oz.page.select("tbody th a")] == seen[1]


@pytest.mark.parametrize(
    ("sub", "status"), [("ann", 403), ("dee", 403), ("bo", 200), ("cy", 200), ("oz", 200)]
)
def test_who_may_read_it(house: Town, sub: str, status: int) -> None:
    """P13: managers, auditors and owners."""
    assert house.visit(sub).get("/people/").status_code == status


def test_nothing_a_provider_says_becomes_markup(house: Town) -> None:
    """P19."""
    somebody = house.stranger("x", HOSTILE)
    house.sql(
        "UPDATE ops.person SET email = :said, groups = ARRAY[:said] WHERE id = :id", said=HOSTILE, id=somebody
    )
    oz = house.visit("oz")
    for path in ("/people/", f"/people/{somebody}", "/people/?q=%3Cimg", f"/people/{somebody}/roles/new"):
        oz.get(path)
        assert oz.answer.status_code == 200, path
        assert "<img" not in oz.answer.text and "\u202e" not in oz.answer.text, path


def test_the_list_takes_few_statements(house: Town) -> None:
    """P45: whatever the number of people."""
    oz = house.visit("oz")
    for n in range(60):
        house.stranger(f"s{n}", f"Somebody {n}", "viewer", "operator")
    oz.get("/people/")
    before = statements()
    oz.get("/people/")
    # Begin and end of the reading, who reads, the page.
    assert statements() - before <= 4, statements() - before
