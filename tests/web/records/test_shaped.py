"""What a Resource shapes, as people see it: groups, formats, links, computed columns, filters, defaults, validators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask

from ops.app import create_app
from ops.platform import Platform, build
from ops.settings import Settings
from tests.web.records.forms import House, posted
from tests.web.shop_house import shop_settings
from tests.web.visiting import Visitor

SHAPED = """
from ops.catalog import Resource, validates


class Orders(Resource):
    table = "shop.orders"
    columns = ("number", "status", "total", "currency", "lines_")
    groups = {"First": ("number", "status"), "Money": ("total", "currency", "lines_")}
    formats = {"total": ("money", "currency"), "status": ("badge", {"draft": "bad"}), "lines_": "bytes",
               "delivery_note": "multiline", "placed_at": "relative"}
    links = {"Shop": "https://shop.example.com/o/{number}?q={sales_rep}",
             "Lines": "/tables/shop.order_lines/?f.order_id.is={id}"}
    computed = {"lines_": "SELECT count(*) * 1536 FROM shop.order_lines l WHERE l.order_id = orders.id"}
    labels = {"lines_": "Size"}
    filters = ("sales_rep", "total")
    named_filters = {"Drafts": "status.is=draft", "Norway": "customer.country.is=NO"}
    default_filter = ("status.not=cancelled", "total.gt=0")
    defaults = {"status": "confirmed", "currency": "NOK"}

    @validates("total")
    def sane(self, total):
        return "Never so much." if total > 1000000 else None
"""


@pytest.fixture
def settings(shop_url: str, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    file = tmp_path / "shaped.py"
    file.write_text(SHAPED, encoding="utf-8")
    from dataclasses import replace

    return replace(shop_settings(shop_url, redis_url, provider, str(tmp_path)), resources=str(file))


def text(visitor: Visitor, selector: str) -> str:
    found = visitor.page.select_one(selector)
    assert found is not None, selector
    return " ".join(found.text.split())


def test_the_record_is_grouped_formatted_and_linked(house: House) -> None:
    row = house.sql("SELECT * FROM shop.orders ORDER BY id LIMIT 1")[0]
    house.sql("UPDATE shop.orders SET status = 'draft', sales_rep = 'a b/c?&', total = 1234.5, currency = 'EUR', "
              "delivery_note = 'x\ny' "
              "WHERE id = :id", id=row.id)  # fmt: skip
    ann = house.visit("ann")
    assert ann.get(f"/tables/shop.orders/~{row.id}").status_code == 200
    assert [one.text for one in ann.page.select("section.panel[id^=facts] h2")] == ["First", "Money", "More"]
    facts = {
        one.dt.text: one.dd
        for one in ann.page.select("section[id^=facts] dl.fields > div")
        if one.dt and one.dd
    }
    assert "€1,234.50" in facts["Total"].text and "KB" in facts["Size"].text
    assert ann.page.select_one('main .badge[data-tone="bad"]') is not None, "the tone that was declared"
    links = {one.text: str(one["href"]) for one in ann.page.select("nav.links a")}
    assert links["Shop"] == f"https://shop.example.com/o/{row.number}?q={quote('a b/c?&', safe='')}"
    assert links["Lines"] == f"/tables/shop.order_lines/?f.order_id.is={row.id}"
    house.sql("UPDATE shop.orders SET sales_rep = NULL WHERE id = :id", id=row.id)
    ann.get(f"/tables/shop.orders/~{row.id}")
    assert [one.text for one in ann.page.select("nav.links a")] == ["Lines"], (
        "without a value there is no link"
    )


def test_the_list_opens_with_its_filter_which_can_be_taken_away(house: House) -> None:
    ann = house.visit("ann")
    house.sql("UPDATE shop.orders SET status = 'cancelled' WHERE id = (SELECT max(id) FROM shop.orders)")
    ann.get("/tables/shop.orders/")
    assert len(ann.page.select("li.chip")) == 2
    assert "Drafts" in text(ann, "div.filters") and "Norway" in text(ann, "div.filters")
    assert text(ann, "thead tr").endswith("Size"), "a computed column is one of the list's"
    first = ann.page.select_one("li.chip a[aria-label]")
    assert first is not None
    ann.get(str(first["href"]))
    assert len(ann.page.select("li.chip")) == 1
    last = ann.page.select_one("li.chip a[aria-label]")
    assert last is not None
    ann.get(str(last["href"]))
    assert not ann.page.select("li.chip"), "the table itself, not the default again"
    drafts = next(one for one in ann.page.select("div.filters a") if one.text == "Drafts")
    ann.get(str(drafts["href"]))
    assert len(ann.page.select("li.chip")) == 1 and "draft" in text(ann, "li.chip").lower()
    ann.get("/tables/shop.orders/filter")
    ways = [" ".join(one.text.split()) for one in ann.page.select("main a")]
    assert ways.index("Sales rep") < ways.index("Total") < ways.index("Number")


@pytest.mark.parametrize(
    "state",
    [
        "sort=-lines_",
        "f.lines_.gt=1",
        "f.lines_.empty=",
        "columns=lines_",
        "columns=number,lines_&sort=lines_&q=S",
    ],
)
def test_a_computed_column_is_sorted_filtered_and_chosen_like_any(house: House, state: str) -> None:
    ann = house.visit("ann")
    assert ann.get(f"/tables/shop.orders/?{state}").status_code == 200
    assert not ann.page.select(".note[data-tone=warn]")
    assert ann.get(f"/tables/shop.orders/filter?path=lines_&{state}").status_code in (200, 404)


def test_the_form_starts_with_the_defaults_and_stands_in_groups(house: House) -> None:
    ann = house.visit("ann")
    ann.get("/tables/shop.orders/new")
    fields = posted(ann.page)
    assert fields["v.currency"] == "NOK" and fields["v.status"] == "confirmed"
    assert [one.text for one in ann.page.select("form fieldset.panel header h2")][:2] == ["First", "Money"]
    assert "v.lines_" not in fields


def test_a_validator_speaks_beside_the_field(house: House) -> None:
    ann = house.visit("ann")
    key = house.one("SELECT min(id) FROM shop.orders")
    house.fill("ann", f"/tables/shop.orders/~{key}/edit", {"v.total": "1000001"})
    assert ann.answer is not None and ann.answer.status_code == 422
    assert "Never so much." in text(ann, "#f-v\\.total-error")


def test_p15_a_computed_column_cannot_be_written(house: House) -> None:
    key = house.one("SELECT min(id) FROM shop.orders")
    house.fill("ann", f"/tables/shop.orders/~{key}/edit", {"v.lines_": "5", "b.lines_": "null"})
    answer = house.visit("ann").answer
    assert answer is not None and answer.status_code == 403


def test_roles_offer_the_permissions_that_actions_ask_for(
    shop_url: str, redis_url: str, provider: str, tmp_path: Path, visit: Callable[..., Visitor]
) -> None:
    platform: Platform = build(shop_settings(shop_url, redis_url, provider, str(tmp_path)), "web")
    app: Flask = create_app(platform.settings, platform)
    oz = Visitor(app)
    oz.sign_in("oz")
    oz.get("/people/roles/new")
    offered = oz.page.select_one('input[name=permissions][value="payments.refund"]')
    assert (
        offered is not None
        and offered.parent is not None
        and "Use “Refund” on Payments" in offered.parent.text
    )
    platform.close()
