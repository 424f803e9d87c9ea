"""Exports by pages: ask, watch, download; the ladder of works, 403, 404, audited, without JavaScript."""

from __future__ import annotations

import csv
import io
from uuid import UUID

from ops import exports, work
from tests.web.shop_house import House
from tests.web.visiting import Visitor


def ask(visitor: Visitor, table: str = "shop.orders", list_: str = "f.status.is=shipped") -> str:
    """Open the exports' page for its token, ask, and return the run's address."""
    visitor.get("/exports/")
    answer = visitor.post("/exports/", {"table": table, "list": list_, "form_token": "t" * 22 + table[-4:]})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def write(house: House, address: str) -> None:
    run_id = UUID(address.rpartition("/")[2])
    work_id = house.one("SELECT id FROM ops.work WHERE subject = :id", id=str(run_id))
    claim = work.claim(house.platform.db, work_id, "test")
    assert claim is not None
    exports.run(house.platform, claim)


def test_ask_watch_download(house: House) -> None:
    ann = house.visit("ann")
    address = ask(ann)
    ann.get(address)
    assert "Waiting" in ann.page.get_text()
    part = ann.page.select_one("#run")
    assert part is not None
    assert part["hx-get"] == f"{address}/progress"
    assert ann.page.select_one("noscript a[href]") is not None  # without JavaScript: look again
    write(house, address)
    ann.get(f"{address}/progress", **{"HX-Request-Type": "partial"})
    part = ann.page.select_one("#run")
    assert part is not None
    assert "hx-get" not in part.attrs  # nothing more will happen: it asks no more
    link = ann.page.select_one(f"a[href='{address}/file']")
    assert link is not None
    answer = ann.get(str(link["href"]))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=orders-2")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == house.one("SELECT count(*) FROM shop.orders WHERE status = 'shipped'")


def test_p35_the_download_is_in_the_trail(house: House) -> None:
    """P35: asking and each download, by whom, from where."""
    ann = house.visit("ann")
    address = ask(ann)
    write(house, address)
    for _ in range(2):
        ann.get(f"{address}/file")
    rows = house.sql(
        "SELECT action, person_id, request_id FROM ops.event WHERE action LIKE 'export.%' ORDER BY id"
    )
    assert [row.action for row in rows] == [
        "export.requested", "export.written", "export.downloaded", "export.downloaded",
    ]  # fmt: skip
    assert len({row.person_id for row in rows}) == 1


def test_p30_the_same_form_twice(house: House) -> None:
    """P30: sent again it leads to the same export."""
    ann = house.visit("ann")
    assert ask(ann) == ask(ann)
    assert house.one("SELECT count(*) FROM ops.export_run") == 1


def test_not_allowed(house: House) -> None:
    for sub in ("cy", "dee"):
        visitor = house.visit(sub)
        assert visitor.get("/exports/").status_code == 403
        visitor.get("/")
        answer = visitor.post("/exports/", {"table": "shop.orders", "list": ""})
        assert answer.status_code == 403
    assert house.one("SELECT count(*) FROM ops.export_run") == 0


def test_not_there(house: House) -> None:
    ann, bo = house.visit("ann"), house.visit("bo")
    address = ask(ann)
    write(house, address)
    bo.get("/exports/")
    for path in (address, f"{address}/progress", f"{address}/file"):
        assert bo.get(path).status_code == 404
    bo.get("/exports/")
    assert bo.post(f"{address}/cancellation").status_code == 404
    assert house.one("SELECT count(*) FROM ops.event WHERE action = 'export.downloaded'") == 0
    ann.get("/exports/")
    assert ann.post("/exports/", {"table": "shop.no_such", "list": ""}).status_code == 404
    ann.get("/exports/")
    assert (
        ann.post("/exports/", {"table": "shop.customers", "list": "sort=internal_risk_score"}).status_code
        == 404
    )


def test_a_list_that_cannot_be_read_leads_back_to_it(house: House) -> None:
    ann = house.visit("ann")
    address = ask(ann, "shop.orders", "f.total.gt=abc")
    assert address == "/tables/shop.orders/?f.total.gt=abc"
    assert house.one("SELECT count(*) FROM ops.export_run") == 0


def test_cancel(house: House) -> None:
    ann = house.visit("ann")
    address = ask(ann)
    ann.get(address)
    ann.post(f"{address}/cancellation")
    ann.follow()
    assert "Export cancelled" in ann.page.get_text()
    assert ann.get(f"{address}/file").status_code == 303
    ann.follow()
    assert "not ready" in ann.page.get_text()


def test_what_went_wrong_is_said(house: House) -> None:
    ann = house.visit("ann")
    address = ask(ann)
    house.sql("DELETE FROM ops.person_role WHERE role = 'operator'")
    write(house, address)
    house.gives_role("ann", "operator")
    ann.get(address)
    assert "your roles do not let you export" in ann.page.get_text()


def test_p19_names_are_only_text(house: House) -> None:
    """P19: a table's name becomes neither markup nor a header."""
    house.sql('CREATE TABLE public."<b>x\r\ny"";é</b>" (id int PRIMARY KEY)')
    house.platform.reload()
    bo = house.visit("bo")
    table = next(table for table in house.platform.catalog if table.name.startswith("<b>"))
    address = ask(bo, table.ref, "")
    write(house, address)
    assert "<b>x" not in bo.get(address).text
    answer = bo.get(f"{address}/file")
    assert answer.status_code == 200
    assert "\n" not in answer.headers["Content-Disposition"]


def test_the_list_of_ones_own(house: House) -> None:
    ann = house.visit("ann")
    ann.get("/exports/")
    assert "No exports yet" in ann.page.get_text()
    address = ask(ann)
    ann.get("/exports/")
    assert [link["href"] for link in ann.page.select("a[data-row]")] == [address]


def test_a_refused_list_leads_back_within_our_pages(house: House) -> None:
    """P24, P25: a form that was tampered with is answered in words, whatever characters it holds."""
    ann = house.visit("ann")
    for odd in ("a\x00b", "f.status.is=%00", "f.status.xx=\r\nSet-Cookie: a=b", "a=1&" * 300):
        ann.get("/exports/")
        answer = ann.post("/exports/", {"table": "shop.orders", "list": odd, "form_token": "t" * 22})
        assert answer.status_code == 303, odd
        assert answer.headers["Location"].startswith("/tables/shop.orders/")
        assert "Set-Cookie: a=b" not in str(answer.headers)
        ann.get("/exports/")
        assert ann.page.select_one(".flash, [data-tone=bad]") is not None
