"""Views of a list: saved, opened, changed, discarded, shared, pinned, removed; and that none widens a right."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from ops import offboarding
from ops.db import statements
from tests.web.saved_views.conftest import Shelf

ORDERS = "/tables/shop.orders/"
CUSTOMERS = "/tables/shop.customers/"
LOOKS = "size=25&pin=2&widths=number.m,status.s&density=comfortable"
STATE = f"f.status.not=draft&sort=-total&columns=number,total,status,placed_at&{LOOKS}"


def test_a_list_is_kept_under_a_name_and_opened_by_its_number(house: Shelf) -> None:
    before = house.rows("ann", f"{ORDERS}?{STATE}")
    number = house.save("ann", STATE, "Big shipped")
    assert house.rows("ann", f"{ORDERS}?view={number}") == before
    assert len(before) == 25
    page = house.visit("ann").page
    assert house.heads("ann") == ["Number", "Total", "Status", "Placed"]
    table = page.select_one("table.records")
    assert (table["data-pin"], table["data-density"], table["data-w"]) == ("2", "comfortable", "1m 2m 3s")
    assert page.select_one("a[hx-target='#views']").get_text(strip=True) == "Big shipped"
    assert "changed" not in page.select_one(".filters").get_text()


def test_state_on_top_replaces_one_aspect_and_keeps_the_others(house: Shelf) -> None:
    number = house.save("ann", STATE, "Big shipped")
    rows = house.rows("ann", f"{ORDERS}?view={number}&sort=-placed_at")
    assert rows == house.rows("ann", f"{ORDERS}?f.status.not=draft&sort=-placed_at&size=25")
    house.rows("ann", f"{ORDERS}?view={number}&f=")
    assert house.chips("ann") == []
    house.rows("ann", f"{ORDERS}?view={number}&f.currency.is=EUR")
    assert len(house.chips("ann")) == 1
    house.rows("ann", f"{ORDERS}?view={number}&columns=")
    assert len(house.heads("ann")) == 8


def test_every_link_of_the_list_keeps_the_view(house: Shelf) -> None:
    number = house.save("ann", STATE, "Big shipped")
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?view={number}")
    for link in ann.page.select("thead a, .pager a[href], .chip a"):
        assert f"view={number}" in str(link["href"]), link
    first = house.rows("ann", f"{ORDERS}?view={number}")
    ann.get(f"{ORDERS}?view={number}")
    second = house.rows("ann", str(ann.page.select_one("a[rel=next]")["href"]))
    assert len(second) == 25 and not set(first) & set(second)
    ann.get(f"{ORDERS}?view={number}")
    kept = {str(one["name"]): str(one["value"]) for one in ann.page.select("form.search input[type=hidden]")}
    assert kept == {"view": str(number)}
    ann.get(str(ann.page.select_one(".chip a[aria-label]")["href"]))
    assert house.chips("ann") == [] and "changed" in ann.page.select_one(".filters").get_text()


def test_a_filter_is_added_to_those_of_the_view(house: Shelf) -> None:
    """By the panel's form, with the view's own filters kept; and the slow search is no part of a view."""
    number = house.save("ann", "f.status.is=shipped", "Shipped")
    ann = house.visit("ann")
    ann.get(f"{ORDERS}filter?view={number}&path=currency")
    form = ann.page.select_one("form[data-filter-form]")
    said = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}
    ann.get(f"{ORDERS}?{urlencode({**said, 'add.op': 'is', 'add.value': 'EUR'})}")
    ann.follow()
    assert len(house.chips("ann")) == 2 and "changed" in ann.page.select_one(".filters").get_text()
    slow = house.save("ann", "f.status.is=shipped&all=1", "Slow")
    assert house.one("SELECT list FROM ops.saved_view WHERE id = :id", id=slow) == "f.status.is=shipped"


def test_changed_is_saved_or_discarded(house: Shelf) -> None:
    number = house.save("ann", "f.status.is=shipped", "Shipped")
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?view={number}&sort=total")
    bar = ann.page.select_one(".filters")
    assert bar.select_one(f"a[href='{ORDERS}?view={number}']").get_text(strip=True) == "Discard"
    form = bar.select_one(f"form[action='/views/{number}/list']")
    said = {str(one["name"]): str(one["value"]) for one in form.select("input")}
    ann.post(f"/views/{number}/list", said, csrf=said["csrf_token"])
    assert ann.answer.headers["Location"].endswith(f"{ORDERS}?view={number}")
    assert (
        house.one("SELECT list FROM ops.saved_view WHERE id = :id", id=number)
        == "f.status.is=shipped&sort=total"
    )
    ann.follow()
    assert "changed" not in ann.page.select_one(".filters").get_text()
    # The old page's form again: somebody saved meanwhile, so nothing is written.
    ann.post(
        f"/views/{number}/list", {**said, "state": f"view={number}&sort=-total"}, csrf=said["csrf_token"]
    )
    ann.follow()
    assert "meanwhile" in ann.page.select_one("#flashes").get_text()
    assert (
        house.one("SELECT list FROM ops.saved_view WHERE id = :id", id=number)
        == "f.status.is=shipped&sort=total"
    )


def test_the_same_form_twice_makes_one_view_and_names_are_one_s_own(house: Shelf) -> None:
    """P30."""
    ann = house.visit("ann")
    path = f"{ORDERS}views/new?f.status.is=shipped"
    ann.get(path)
    form = {
        str(one["name"]): str(one.get("value", ""))
        for one in ann.page.select("#view-form input[type=hidden]")
    }
    places = [
        ann.post(path, {**form, "name": "Twice"}, csrf=form["csrf_token"]).headers["Location"] for _ in "12"
    ]
    assert places[0] == places[1]
    ann.get(path)
    assert ann.post(path, {"name": "Twice"}).status_code == 422
    assert "already" in ann.page.select_one("#errors").get_text()
    assert ann.get(path).status_code == 200 and ann.post(path, {"name": "  "}).status_code == 422
    assert ann.get(path).status_code == 200 and ann.post(path, {"name": "a\u202eb"}).status_code == 422
    assert house.one("SELECT count(*) FROM ops.saved_view") == 1


def test_a_list_opens_with_the_view_one_chose(house: Shelf) -> None:
    house.save("ann", "f.status.is=shipped&columns=number,status", "Shipped", opens="1")
    house.rows("ann", ORDERS)
    assert house.heads("ann") == ["Number", "Status"]
    house.rows("ann", f"{ORDERS}?view=0")
    assert len(house.heads("ann")) == 8
    clear = [str(link["href"]) for link in house.visit("ann").page.select("thead a")]
    assert clear and all("view=" not in link for link in clear), "a state of its own opens nothing"
    house.rows("ann", f"{ORDERS}?sort=total")
    assert len(house.heads("ann")) == 8
    house.rows("bo", ORDERS)
    assert len(house.heads("bo")) == 8, "for oneself alone"


def test_p14_a_shared_view_is_found_by_its_role_and_by_nobody_else(house: Shelf) -> None:
    private = house.save("bo", "f.status.is=shipped", "Mine")
    shared = house.save("bo", "f.status.is=shipped", "For managers", role="manager")
    for sub, seen in (("bo", True), ("oz", True), ("ann", False)):
        visitor = house.visit(sub)
        visitor.get(f"{ORDERS}views")
        assert ("For managers" in visitor.page.get_text()) is seen
        assert visitor.get(f"/views/{shared}").status_code == (303 if seen else 404)
        assert visitor.get(f"/views/{private}").status_code == (303 if sub == "bo" else 404)
    ann = house.visit("ann")
    ann.get(f"{ORDERS}?view={shared}")
    assert "no such view" in ann.page.get_text() and house.chips("ann") == []
    for path in ("list", "delete", "edit", "pin"):
        ann.get("/people/me")
        assert (
            ann.post(f"/views/{shared}/{path}", {"name": "x", "state": f"view={shared}"}).status_code == 404
        )
    assert ann.get(f"/views/{shared}/edit").status_code == 404
    # Whoever holds the role owner may tidy up; a reader of the role may not.
    assert house.visit("oz").get(f"/views/{shared}/delete").status_code == 200
    assert house.events("view.shared") == 1


def test_one_shares_with_a_role_one_holds_only(house: Shelf) -> None:
    ann = house.visit("ann")
    path = f"{ORDERS}views/new"
    ann.get(path)
    offered = [str(one["value"]) for one in ann.page.select("select[name=role] option")]
    assert "operator" in offered and "manager" not in offered
    assert ann.post(path, {"name": "x", "role": "manager"}).status_code == 422
    assert house.one("SELECT count(*) FROM ops.saved_view") == 0


def test_p14_columns_the_reader_does_not_see_are_left_out_with_a_note(house: Shelf) -> None:
    number = house.save("ann", "columns=number,name,city", "Places", table="shop.customers", role="operator")
    house.sql(
        "UPDATE ops.saved_view SET list = 'columns=number,internal_risk_score,name,gone' WHERE id = :id",
        id=number,
    )
    house.rows("ann", f"{CUSTOMERS}?view={number}")
    assert house.heads("ann") == ["Number", "Name"]
    text = house.visit("ann").page.select_one(".notes").get_text()
    assert "2 columns" in text and "gone" in text
    house.visit("bo")
    house.sql(
        "UPDATE ops.saved_view SET owner_id = (SELECT id FROM ops.person WHERE sub = 'bo') WHERE id = :id",
        id=number,
    )
    house.rows("ann", f"{CUSTOMERS}?view={number}")
    text = house.visit("ann").page.select_one(".notes").get_text()
    assert "2 columns" in text and "internal_risk_score" not in house.visit("ann").answer.text


@pytest.mark.parametrize(
    "saved",
    [
        "f.iban.starts=DE89",
        "f.internal_risk_score.gt=5",
        "f.gone.is=x",
        "f.credit_limit.gt=nonsense",
        "f.created_at.gt=yesterdayish",
    ],
)
def test_p14_a_filter_that_is_not_the_reader_s_shows_no_rows(house: Shelf, saved: str) -> None:
    """P14, P47: never the rows without it, never its value, no way to export them."""
    number = house.save("ann", "f.city.is=x", "Odd", table="shop.customers")
    house.sql("UPDATE ops.saved_view SET list = :list WHERE id = :id", id=number, list=saved)
    ann = house.visit("ann")
    for address in (
        f"{CUSTOMERS}?view={number}",
        f"{CUSTOMERS}?view={number}&sort=name",
        f"{CUSTOMERS}?view={number}&q=a",
    ):
        assert house.rows("ann", address) == []
        assert "cannot be shown" in ann.page.select_one(".empty").get_text()
        assert "DE89" not in ann.answer.text and "internal_risk" not in ann.answer.text
        assert not ann.page.select("form[action='/exports/']")
    assert len(house.rows("ann", str(ann.page.select_one(".empty a")["href"]))) == 50


def test_saving_keeps_what_the_editor_does_not_see(house: Shelf) -> None:
    number = house.save("ann", "columns=number,name", "Places", table="shop.customers", role="operator")
    house.sql(
        "UPDATE ops.saved_view SET list = 'columns=number,internal_risk_score,name' WHERE id = :id", id=number
    )
    ann = house.visit("ann")
    ann.get(f"{CUSTOMERS}?view={number}&sort=name")
    form = ann.page.select_one(f"form[action='/views/{number}/list']")
    said = {str(one["name"]): str(one["value"]) for one in form.select("input")}
    ann.post(f"/views/{number}/list", said, csrf=said["csrf_token"])
    saved = house.one("SELECT list FROM ops.saved_view WHERE id = :id", id=number)
    assert saved == "sort=name&columns=number%2Cname%2Cinternal_risk_score"


def test_p36_sharing_and_removing_shared_views_leaves_events(house: Shelf) -> None:
    number = house.save("ann", "f.status.is=shipped", "Shipped")
    ann = house.visit("ann")

    def edit(**said: str) -> None:
        ann.get(f"/views/{number}/edit")
        form = {
            str(one["name"]): str(one.get("value", ""))
            for one in ann.page.select("#view-form input[type=hidden]")
        }
        ann.post(f"/views/{number}/edit", {**form, "name": "Shipped", **said}, csrf=form["csrf_token"])
        assert ann.answer.status_code == 303, ann.answer.text[:3000]

    assert house.one("SELECT count(*) FROM ops.event WHERE action LIKE 'view.%'") == 0
    edit(role="operator")
    edit(role="operator", name="Sent")
    edit(role="")
    edit(role="operator")
    ann.get(f"/views/{number}/delete")
    assert ann.post(f"/views/{number}/delete").status_code == 303
    events = [
        row.action for row in house.sql("SELECT action FROM ops.event WHERE action LIKE 'view.%' ORDER BY id")
    ]
    assert events == ["view.shared", "view.changed", "view.unshared", "view.shared", "view.removed"]
    assert ann.get(f"/views/{number}").status_code == 404


def test_pinned_views_stand_on_the_rail_with_their_counts(house: Shelf) -> None:
    small = house.save("ann", "f.country.is=NL", "Dutch", table="shop.customers", pinned="1")
    house.save("ann", "", "Everything", pinned="1")
    ann = house.visit("ann")
    ann.get("/")
    section = ann.page.select_one("#pinned-uncounted")
    assert [one.get_text(strip=True) for one in section.select("a")] == ["Dutch", "Everything"]
    assert section["hx-get"] == "/views/pinned"
    ann.get("/views/pinned", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    dutch = house.one("SELECT count(*) FROM shop.customers WHERE country = 'NL'")
    assert ann.page.select_one("#pinned a span").get_text() == f"{dutch:,}"
    ann.get(f"{CUSTOMERS}?view={small}")
    assert ann.page.select_one("#pinned a[aria-current]").get_text(" ", strip=True) == f"Dutch {dutch:,}"
    ann.get("/people/me")
    ann.post(f"/views/{small}/pin", {"on": "0", "next": "/people/me"})
    ann.follow()
    assert [one.get_text(strip=True) for one in ann.page.select("#pinned-uncounted a")] == ["Everything"]


def test_a_list_with_views_costs_no_further_round_trip(house: Shelf) -> None:
    """P45: views and pins are known by a stamp that comes with the person."""
    ann = house.visit("ann")
    ann.get(ORDERS)
    ann.get(ORDERS)
    without = statements()
    number = house.save("ann", "f.status.is=shipped", "Shipped", pinned="1", opens="1")
    ann.get(f"{ORDERS}?view={number}")
    ann.get(f"{ORDERS}?view={number}")
    assert statements() <= without
    ann.get("/views/pinned")
    ann.get(ORDERS)
    assert len(ann.answer.data) <= 45_000
    house.save("oz", "", "Somebody else's")
    ann.get(f"{ORDERS}?view={number}")
    assert statements() <= without + 1, "the stamp moved: asked once more"


def test_p13_a_stranger_and_other_roles(house: Shelf) -> None:
    number = house.save("ann", "f.status.is=shipped", "Shipped", role="operator")
    dee = house.visit("dee")
    for path in (f"{ORDERS}views", f"{ORDERS}columns", f"{ORDERS}views/new", "/views/", f"/views/{number}"):
        assert dee.get(path).status_code == 403, path


def test_columns_are_chosen_moved_and_sized_by_a_form(house: Shelf) -> None:
    ann = house.visit("ann")
    ann.get(f"{ORDERS}columns?f.status.is=shipped")
    form = ann.page.select_one("#columns-form")
    names = [str(one["value"]) for one in form.select("input[name=col]")]
    assert names[:2] == ["number", "customer_id"] and form.select_one("input[name='f.status.is']")
    said = "&".join(["f.status.is=shipped", *(f"col={n}&keep={n}&width=" for n in names[:3])])
    ann.get(f"{ORDERS}columns?{said}&move=down.number&size=50&pin=0&density=")
    moved = [str(one["value"]) for one in ann.page.select("input[name=col]")]
    assert moved == ["customer_id", "number", "status"]
    assert ann.page.select_one("button[autofocus]")["value"] == "down.number"
    said = said.replace("is=shipped", "not=draft")
    ann.get(f"{ORDERS}columns?{said}&add=updated_at&size=100&pin=2&density=compact&show=1")
    assert ann.answer.status_code == 303
    ann.follow()
    assert house.heads("ann")[:3] == ["Number", "Customer", "Status"] and len(house.heads("ann")) == 4
    assert len(ann.page.select("table.records tbody tr")) > 50
    assert ann.page.select_one("table.records")["data-density"] == "compact"
    assert len(house.chips("ann")) == 1
    ann.get(f"{ORDERS}columns?col=nothing&keep=nothing&show=1")
    assert ann.follow().status_code == 200


def test_leavers_hand_their_shared_views_over(house: Shelf) -> None:
    number = house.save("ann", "f.status.is=shipped", "Shipped", role="operator")
    private = house.save("ann", "f.status.is=draft", "Mine alone")
    house.save("bo", "f.status.is=draft", "Shipped")
    oz, ann, bo = (house.actor(sub) for sub in ("oz", "ann", "bo"))
    with house.platform.db.transaction() as tx:
        left = offboarding.offboard(tx, oz, ann.person_id or 0, to=bo.person_id, reason="left")
    assert [(one.kind, one.fate) for one in left.belongings if one.kind == "view"] == [("view", "goes")]
    row = house.sql("SELECT owner_id, name, role FROM ops.saved_view WHERE id = :id", id=number)[0]
    assert (row.owner_id, row.name, row.role) == (bo.person_id, f"Shipped ({number})", "operator")
    assert house.one("SELECT owner_id FROM ops.saved_view WHERE id = :id", id=private) == ann.person_id
    assert house.events("view.handed_over") == 1
