"""Imports by pages: bring, look, check, propose; the ladder of works, 403, 404, 422, audited, without JavaScript."""

from __future__ import annotations

import csv
import io
from uuid import UUID

import pytest

from ops import imports, work
from tests.web.shop_house import House
from tests.web.visiting import Visitor

NEW = "name,city,country\nNobody yet,Oslo,NO\n"


def bring(
    visitor: Visitor, data: str, table: str = "shop.customers", token: str = "t" * 22, name: str = "a.csv"
) -> str:
    """Open the form, send the file, and return the import's address."""
    visitor.get(f"/imports/new?table={table}")
    file = (io.BytesIO(data.encode()), name)
    answer = visitor.post("/imports/", {"table": table, "form_token": token, "file": file})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def do(house: House, address: str) -> None:
    """What a worker does with it."""
    run_id = UUID(address.rpartition("/")[2])
    work_id = house.one("SELECT id FROM ops.work WHERE subject LIKE :s AND state = 'due'", s=f"{run_id}:%")
    claim = work.claim(house.platform.db, work_id, "test")
    assert claim is not None
    imports.run(house.platform, claim)


def choices(visitor: Visitor, address: str, **more: str) -> dict[str, str]:
    """What the form of the choices holds, as a browser would send it."""
    visitor.get(f"{address}?choices=1")
    form = visitor.page.select_one("form#choices")
    assert form is not None, visitor.page.get_text()
    held = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]")
        held[str(select["name"])] = str(chosen["value"]) if chosen else ""
    return {**held, **more}


def check(house: House, visitor: Visitor, address: str, **more: str) -> None:
    """Ask for the dry run by the form, and do it."""
    answer = visitor.post(f"{address}/check", choices(visitor, address, **more))
    assert answer.status_code == 303, visitor.page.get_text()
    do(house, address)


def test_bring_look_check_propose(house: House) -> None:
    """The whole way by plain forms."""
    ann = house.visit("ann")
    first = house.one("SELECT min(id) FROM shop.customers WHERE country <> 'IS'")
    address = bring(ann, f"id;name;city\n{first};A new name;Bergen\nx;Broken;=1+1\n")
    ann.get(address)
    text = ann.page.get_text()
    assert "A new name" in text and "How the file is read" in text
    answer = ann.post(f"{address}/check", choices(ann, address))
    assert answer.status_code == 303, answer.text
    ann.follow()
    part = ann.page.select_one("#run")
    assert part is not None and part["hx-get"] == f"{address}/progress"
    assert ann.page.select_one("noscript a[href]") is not None  # without JavaScript: look again
    do(house, address)
    ann.get(f"{address}/progress", **{"HX-Request-Type": "partial"})
    part = ann.page.select_one("#run")
    assert part is not None and part["hx-get"] == address, "it leads to the result"
    ann.get(f"{address}?tab=changed")
    assert [one.get_text() for one in ann.page.select("#result ins")] == ["A new name", "Bergen"]
    ann.get(f"{address}?tab=bad")
    assert "whole number" in ann.page.get_text()
    answer = ann.post(f"{address}/proposal", {"reason": "the yearly list", "how": "chunks"})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith("/changes/CH-")
    do(house, address)
    ann.follow()
    assert ann.answer is not None and ann.answer.status_code == 200
    assert house.one("SELECT reason FROM ops.change_set WHERE source = 'import'") == "the yearly list"
    ann.get(address)
    assert "CH-" in ann.page.get_text()


def test_p22_the_bad_rows_are_a_harmless_file(house: House) -> None:
    """P22, P35: formulas are neutral, plain numbers stay; the download stands in the trail first."""
    ann = house.visit("ann")
    address = bring(ann, 'id,name,credit_limit\nx,=1+1,-5\ny,"@a, b",+1\n')
    check(house, ann, address)
    answer = ann.get(f"{address}/bad-rows.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["id", "name", "credit_limit", "Line in the file", "What is wrong"]
    assert rows[1][:4] == ["x", "'=1+1", "-5", "2"] and rows[2][:4] == ["y", "'@a, b", "+1", "3"]
    assert all(row[4] for row in rows)
    assert house.events("import.bad_rows_downloaded") == 1
    # Put right, the same file can be brought again.
    again = bring(ann, answer.text, token="u" * 22)
    assert choices(ann, again)["c.0"] == "id" and choices(ann, again)["c.3"] == ""


def test_read_in_another_way(house: House) -> None:
    ann = house.visit("ann")
    address = bring(ann, "id|name\n1|Å\n")
    ann.get(address)
    assert ann.page.select_one("select[name=separator] option[selected]")["value"] == "|"
    answer = ann.post(f"{address}/reading", {"separator": ";", "header": "1", "encoding": "cp1252"})
    assert answer.status_code == 303
    ann.follow()
    assert "Ã…" in ann.page.get_text()
    assert ann.page.select_one("select[name=separator] option[selected]")["value"] == ";"


def test_422_says_what_needs_somebody_and_keeps_the_choices(house: House) -> None:
    ann = house.visit("ann")
    address = bring(ann, NEW)
    posted = choices(ann, address, **{"c.0": "city", "mode": "update", "match": "", "zone": "Nowhere"})
    answer = ann.post(f"{address}/check", posted)
    assert answer.status_code == 422
    errors = ann.page.select_one("#errors")
    assert errors is not None
    assert {str(link["href"]) for link in errors.select("a")} >= {"#f-match", "#f-zone"}
    assert ann.page.select_one("input[name=zone]")["value"] == "Nowhere"
    assert house.one("SELECT count(*) FROM ops.work WHERE kind = 'import'") == 0


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "empty"), (b"%PDF-1", "neither"), (b"PK\x03\x04x", "damaged")]
)
def test_422_files_that_are_none(house: House, data: bytes, said: str) -> None:
    ann = house.visit("ann")
    ann.get("/imports/new?table=shop.customers")
    answer = ann.post("/imports/", {"table": "shop.customers", "file": (io.BytesIO(data), "a.csv")})
    assert answer.status_code == 422
    assert said in ann.page.select_one("#problem").get_text()
    assert house.one("SELECT count(*) FROM ops.import_run") == 0


def test_403_and_404(house: House) -> None:
    """Whoever may not import is told so; another's import is not there."""
    ann, bo, oz = house.visit("ann"), house.visit("bo"), house.visit("oz")
    address = bring(ann, NEW)
    assert bo.get("/imports/").status_code == 403
    bo.get("/")
    file = (io.BytesIO(NEW.encode()), "a.csv")
    assert bo.post("/imports/", {"table": "shop.customers", "file": file}).status_code == 403
    assert bo.get("/tables/shop.customers/").status_code == 200
    assert bo.page.select_one("a[href^='/imports/new']") is None
    assert oz.get(address).status_code == 404
    oz.get("/imports/")
    for part in ("reading", "check", "cancellation", "deletion", "proposal"):
        assert oz.post(f"{address}/{part}", {"reason": "x"}).status_code == 404
    assert house.one("SELECT count(*) FROM ops.import_run") == 1
    assert ann.get("/imports/new?table=shop.nothing").status_code == 404
    ann.get("/tables/shop.customers/")
    assert ann.page.select_one("a[href='/imports/new?table=shop.customers']") is not None


def test_p24_413_and_nobody_sends_what_they_may_not(house: House, app) -> None:
    """P24: more than the setting is refused; of a stranger's file nothing is taken in."""
    from dataclasses import replace

    house.platform.settings = replace(house.platform.settings, import_bytes=100_000)
    ann, bo = house.visit("ann"), house.visit("bo")
    large = b"x," * 200_000
    ann.get("/imports/new?table=shop.customers")
    answer = ann.post("/imports/", {"table": "shop.customers", "file": (io.BytesIO(large), "a.csv")})
    assert answer.status_code == 413
    bo.get("/")
    answer = bo.post("/imports/", {"table": "shop.customers", "file": (io.BytesIO(large[:90_000]), "a.csv")})
    assert answer.status_code in (403, 413)
    stranger = Visitor(app)
    stranger.get("/sign-in")
    answer = stranger.post("/imports/", {"table": "shop.customers", "file": (io.BytesIO(b"a"), "a.csv")})
    assert answer.status_code == 303 and "/sign-in" in answer.headers["Location"]
    assert house.one("SELECT count(*) FROM ops.import_run") == 0


def test_p30_the_same_form_twice(house: House) -> None:
    """P30: sent again it leads to the same import."""
    ann = house.visit("ann")
    assert bring(ann, NEW) == bring(ann, NEW)
    assert house.one("SELECT count(*) FROM ops.import_run") == 1
    assert house.events("import.uploaded") == 1


def test_cancel_and_delete(house: House) -> None:
    ann = house.visit("ann")
    address = bring(ann, NEW)
    ann.post(f"{address}/check", choices(ann, address, match="", mode="create"))
    ann.get(address)
    ann.post(f"{address}/cancellation")
    ann.follow()
    assert "cancelled" in ann.page.get_text().lower()
    assert house.one("SELECT state FROM ops.work WHERE kind = 'import'") == "cancelled"
    ann.post(f"{address}/deletion")
    ann.follow()
    assert ann.get(address).status_code == 200
    assert "deleted" in ann.page.get_text()
    spool = house.platform.settings.home / "spool" / "imports"
    assert list(spool.iterdir()) == []
    ann.get("/imports/")
    answer = ann.post(f"{address}/check", {"mode": "create"})
    assert answer.status_code == 303, "a kind word, no crash"


def test_p19_names_and_cells_become_no_markup(house: House) -> None:
    """P19: a file's name, header, cells and sheets are text wherever they stand."""
    ann = house.visit("ann")
    evil = "<script>alert(1)</script>"
    address = bring(ann, f"id,{evil}\n1,{evil}\nx,{evil}\n", name=f"{evil}.csv")
    ann.get(address)
    assert "<script>alert" not in ann.answer.text
    check(house, ann, address, **{"c.1": "city"})
    for tab in imports.STATES:
        ann.get(f"{address}?tab={tab}")
        assert "<script>alert" not in ann.answer.text
    ann.get("/imports/")
    assert "<script>alert" not in ann.answer.text


def test_p16_rows_judged_with_other_rights_are_not_shown(house: House) -> None:
    """P14, P16: what was compared with rights since lost is shown no more."""
    ann = house.visit("ann")
    first = house.one("SELECT min(id) FROM shop.customers WHERE country <> 'IS'")
    address = bring(ann, f"id,city\n{first},Bergen\n")
    check(house, ann, address)
    city = house.one("SELECT city FROM shop.customers WHERE id = :id", id=first)
    ann.get(f"{address}?tab=changed")
    assert city in ann.page.get_text()
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows) VALUES "
        "('operator', 'shop', 'customers', '{see,edit,create}', 'city = ''Nowhere''')"
    )
    ann.get(f"{address}?tab=changed")
    assert city not in ann.page.get_text() and "other rights" in ann.page.get_text()


def test_p47_a_table_of_another_shape_is_told_as_such(house: House) -> None:
    """P47: columns that changed are not called rights that changed; the rows are judged again before they are shown."""
    ann = house.visit("ann")
    address = bring(ann, "id,city\n7,Bergen\n")
    check(house, ann, address)
    house.sql("ALTER TABLE shop.customers ALTER COLUMN city TYPE varchar(80)")
    house.platform.reload()
    ann.get(address)
    assert "changed its shape" in ann.page.get_text() and "Bergen" not in ann.page.get_text()
    assert "other rights" not in ann.page.get_text()
    check(house, ann, address)
    ann.get(f"{address}?tab=changed")
    assert "Bergen" in ann.page.get_text()


def test_who_decides_reads_how_often_which_value_comes(house: House) -> None:
    """Rows of a file get values of their own: those that come again are counted, the rarest are summed up."""
    ann, bo = house.visit("ann"), house.visit("bo")
    rows = house.sql("SELECT id FROM shop.customers WHERE country <> 'IS' ORDER BY id LIMIT 6")
    cities = ("Oslo", "Oslo", "Oslo", "Bergen", "Bergen", "Moss")
    lines = [f"{row.id},{city},{20000 + n}" for n, (row, city) in enumerate(zip(rows, cities, strict=True))]
    address = bring(ann, "\n".join(["id,city,credit_limit", *lines, ""]))
    check(house, ann, address)
    ann.get(address)
    ann.post(f"{address}/proposal", {"reason": "moved", "how": "chunks"})
    do(house, address)
    change = house.one("SELECT 'CH-' || max(id) FROM ops.change_set")
    bo.get(f"/changes/{change}")
    what = {one.th.text: one for one in bo.page.select("#what tbody tr")}
    assert "Oslo × 3, Bergen × 2, Moss × 1" in " ".join(what["City"].select("td")[1].text.split())
    assert "a value of its own" in what["Credit limit"].text
