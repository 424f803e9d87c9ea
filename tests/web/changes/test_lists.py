"""The lists of changes: everyone's by right, one's own, by state, paged by key."""

from __future__ import annotations

from tests.web.shop_house import House


def listed(house: House, sub: str, query: str = "") -> list[str]:
    visitor = house.visit(sub)
    assert visitor.get(f"/changes/{query}").status_code == 200
    return [link["href"].removeprefix("/changes/") for link in visitor.page.select("tbody a[data-row]")]


def test_states_and_whose(house: House) -> None:
    waits = house.delete("ann", "tickets", "~7", title="waits")
    done = house.edit("oz", "tickets", "~8", {"assigned_to": "Oz"}, title="done")
    assert listed(house, "bo") == [done.reference, waits.reference]
    assert listed(house, "bo", "?state=waiting") == [waits.reference]
    assert listed(house, "bo", "?state=applied") == [done.reference]
    assert listed(house, "bo", "?state=nonsense") == [done.reference, waits.reference]
    assert listed(house, "ann", "?who=mine") == [waits.reference]
    assert listed(house, "ann", "?who=mine&state=applied") == []
    assert "No changes of this kind" in house.visit("ann").page.select_one("main").text


def test_an_empty_list_says_what_to_do(house: House) -> None:
    assert listed(house, "bo") == []
    assert house.visit("bo").page.select_one(".empty a")["href"] == "/tables/"


def test_a_stranger_has_no_list(house: House) -> None:
    assert house.visit("dee").get("/changes/").status_code == 403


def test_pages_by_key(house: House) -> None:
    """P45."""
    house.edit("ann", "tickets", "~8", {"assigned_to": "Ann"})
    house.sql(
        "INSERT INTO ops.change_set (title, source, state, digest, proposer_id) "
        "SELECT 'Change ' || n, 'form', 'applied', 'x', proposer_id FROM generate_series(1, 119) n, "
        "(SELECT proposer_id FROM ops.change_set LIMIT 1) p"
    )
    house.sql(
        "INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest) "
        "SELECT id, 0, 'update', 'shop', 'tickets', 'x' FROM ops.change_set WHERE digest = 'x'"
    )
    found, query, pages = listed(house, "bo"), "", 1
    while (older := house.visit("bo").page.select_one("a[rel=next]")) is not None:
        query = str(older["href"]).removeprefix("/changes/")
        found += listed(house, "bo", query)
        pages += 1
    assert pages == 3
    assert len(found) == len(set(found)) == 120
    assert found == sorted(found, key=lambda ref: -int(ref[3:]))
    assert listed(house, "bo", "?before=abc")[0] == found[0]
    assert listed(house, "bo", "?before=1") == []


def test_a_page_of_what_others_see_leads_on(house: House) -> None:
    """P45: 400 are looked at for a page; where none is theirs to see, nobody is told that there are no changes."""
    first = house.edit("ann", "tickets", "~8", {"assigned_to": "Ann"})
    house.sql(
        "INSERT INTO ops.change_set (title, source, state, digest, proposer_id) "
        "SELECT 'Change ' || n, 'form', 'applied', 'x', proposer_id FROM generate_series(1, 400) n, "
        "(SELECT proposer_id FROM ops.change_set LIMIT 1) p"
    )
    house.sql(
        "INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest) "
        "SELECT id, 0, 'update', 'shop', 'nowhere', 'x' FROM ops.change_set WHERE digest = 'x'"
    )
    assert listed(house, "bo") == []
    page = house.visit("bo").page
    assert "Nothing on this page" in page.select_one(".empty").text
    assert listed(house, "bo", str(page.select_one("a[rel=next]")["href"]).removeprefix("/changes/")) == [
        first.reference
    ]
