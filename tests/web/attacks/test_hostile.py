"""Hostile names, values and files: no script, no SQL, no header, no page that breaks (P19, P20, P22, P24, P26)."""

from __future__ import annotations

import io
import re
from urllib.parse import quote

from bs4 import BeautifulSoup

from tests.web.bulk.conftest import ManyHouse

EVIL = "\"><script>alert(1)</script>'`{{7*7}}%s%(x)s:name\\"
NAME = "we\"ird <b>%s.:x'y"
TABLE = NAME.replace('"', '""')
DEEP = '{"<script>": "</script><script>alert(4)</script>", "deep": ' + "[" * 900 + "]" * 900 + "}"
WORLD = f"""
CREATE TABLE public."{TABLE}" (
    "{TABLE}" text PRIMARY KEY, "a.b" jsonb, "100%" numeric, "select" text, "x:y" bytea, "é\u202e" timestamptz,
    "par ent" text CONSTRAINT "fk'{TABLE}" REFERENCES public."{TABLE}", "many" text[]);
CREATE INDEX ON public."{TABLE}" ("select");
COMMENT ON TABLE public."{TABLE}" IS '<script>alert(2)</script>';
COMMENT ON COLUMN public."{TABLE}"."select" IS '</textarea><img src=x onerror=alert(3)>';
CREATE TYPE public."mo""od<i>" AS ENUM ('<b>x</b>', 'o''k');
ALTER TABLE public."{TABLE}" ADD COLUMN mood public."mo""od<i>";
"""


def build(house: ManyHouse) -> str:
    with house.platform.db.transaction() as tx:
        tx.connection().execution_options(no_parameters=True).exec_driver_sql(WORLD)
    house.platform.refresh()
    catalog = house.platform.catalog
    table = catalog.by_name("public", NAME)
    with house.platform.db.transaction() as tx:
        tx.execute(
            table.core.insert(),
            [
                {NAME: EVIL, "a.b": DEEP,
                 "100%": "NaN", "select": EVIL, "x:y": b"<script>alert(5)</script>", "é\u202e": "infinity",
                 "par ent": None, "many": '{"<script>alert(6)</script>",NULL}', "mood": "<b>x</b>"},
                {NAME: "=1+1|cmd", "a.b": "null", "100%": "1" * 300, "select": "javascript:alert(1)", "x:y": b"",
                 "é\u202e": "0044-03-15 BC", "par ent": EVIL, "many": "{}", "mood": "o'k"},
            ],
        )  # fmt: skip
    return table.ref


def harmless(house: ManyHouse, address: str) -> None:
    oz = house.visit("oz")
    answer = oz.get(address)
    assert answer.status_code < 500, (address, answer.status_code)
    page = BeautifulSoup(answer.text, "html.parser")
    for one in page.find_all("script"):
        assert one.get("src", "").startswith("/static/") and not one.text.strip(), address
    assert not page.select("b > i, img[onerror], [onclick], [onload]"), address
    for one in page.find_all(href=True):
        assert not re.match(r"(?i)\s*(javascript|data|vbscript):", str(one["href"])), address
    assert "49" not in re.findall(r"alert\(1\)</script>'`(\d+)", answer.text), address
    assert "no-store" in answer.headers["Cache-Control"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_p19_p20_names_and_values_of_any_kind_are_words(house: ManyHouse) -> None:
    """P19, P20: identifiers, comments, enums, JSON, files and keys of a hostile table; every page of it stands."""
    ref = build(house)
    base, catalog = f"/tables/{quote(ref, safe='')}/", house.platform.catalog
    table = catalog.table(ref)
    from ops.records.query import filter_name
    from ops.web.addresses import row_href

    first, second = (
        row_href(table, "~" + quote(EVIL, safe="")),
        row_href(table, "~" + quote("=1+1|cmd", safe="")),
    )
    oz = house.visit("oz")
    text = oz.get(base).text
    links = [str(a["href"]) for a in BeautifulSoup(text, "html.parser").select("a[data-row]")]
    assert len(links) == 2, text[:2000]
    for link in links:
        for under in (
            "",
            "/edit",
            "/delete",
            "/history",
            "/raw",
            "/quick?in=list",
            f"/cell/{quote('select', safe='')}",
        ):
            harmless(house, link + under)
        assert oz.get(link).status_code == 200
        assert oz.get(f"{link}/edit").status_code == 200
    assert first in links or second in links or links
    for name in table.columns:
        said = quote(filter_name(name, "is"), safe="")
        for address in (
            f"{base}?sort={quote(name)}", f"{base}?sort=-{quote(name)}", f"{base}?{said}={quote(EVIL)}",
            f"{base}?columns={quote(quote(name, safe='').replace('.', '%2E'))}", f"{base}filter?col={quote(name)}",
            f"{base}?{quote(filter_name(name, 'empty'))}=",
            f"{base}?{quote(filter_name(name, 'contains'))}={quote(EVIL)}",
        ):  # fmt: skip
            harmless(house, address)
    for path in (
        ("deep",),
        ("<script>",),
        ("'); DROP TABLE client; --",),
        ("a", "0", "{", '"'),
        ("",),
        ("\\",),
    ):
        for op in ("is", "gt", "contains", "empty", "in"):
            harmless(house, f"{base}?{quote(filter_name('a.b', op, path), safe='')}={quote(EVIL)}")
            harmless(house, f"{base}?{quote(filter_name('a.b', op, path), safe='')}=1")
    for address in (
        f"{base}?q={quote(EVIL)}", f"{base}new", f"{base}pick?q={quote(EVIL)}", f"/search/results?q={quote(EVIL)}",
        f"/search?q={quote('alert')}", f"{base}columns", f"{base}many?all=1&do=delete", f"{base}views", f"{base}filter",
        f"{base}?at={quote(EVIL)}", f"{base}?after={quote(EVIL)}", f"{base}?view={quote(EVIL)}",
        f"{base}?widths={quote(EVIL)}",
        f"{base}many?k={quote(links[0].rpartition('/')[2])}&do=delete", "/imports/new?table=" + quote(ref),
        f"{base}?density={quote(EVIL)}&pin=9&size=1e9",
    ):  # fmt: skip
        harmless(house, address)
    assert house.one("SELECT count(*) FROM client") == 6


def test_p22_p26_files_have_harmless_names_and_formulas(house: ManyHouse) -> None:
    """P22, P26: a bytea as a file, a list as a file, rows of a change as a file: names and cells of no effect."""
    ref = build(house)
    oz = house.visit("oz")
    page = BeautifulSoup(oz.get(f"/tables/{quote(ref, safe='')}/").text, "html.parser")
    links = [str(a["href"]) for a in page.select("a[data-row]")]
    answer = oz.get(f"{links[-1]}/file/{quote('x:y', safe='')}")
    other = oz.get(f"{links[0]}/file/{quote('x:y', safe='')}")
    for one in (answer, other):
        if one.status_code == 200:
            assert one.headers["Content-Type"] == "application/octet-stream"
            assert re.fullmatch(r"attachment; filename=[\w.-]+", one.headers["Content-Disposition"])
            assert one.headers["X-Content-Type-Options"] == "nosniff"
            assert "no-store" in one.headers["Cache-Control"], one.headers["Cache-Control"]
    assert 200 in (answer.status_code, other.status_code)


def upload(house: ManyHouse, sub: str, table: str, name: str, content: bytes) -> str:
    visitor = house.visit(sub)
    visitor.get(f"/imports/new?table={table}")
    visitor.post("/imports/", {"table": table, "file": (io.BytesIO(content), name)})
    return visitor.answer.headers.get("Location", "")


def test_p19_p24_imports_of_hostile_files(house: ManyHouse) -> None:
    """P19, P24: file names, headers and cells that want to be something else; other people's imports are not there."""
    evil = EVIL.replace('"', "'")
    files = {
        f"../../etc/{EVIL}\r\nX-Evil: 1.csv": f"id,name,{evil}\n1,{evil},=cmd\n".encode(),
        "nul.csv": b"id,name\n1,a\x00b\n2,\xff\xfe\xed\xa0\x80\n",
        "quotes.csv": b'id,name\n1,"never ends\n' * 3,
        "one-line.csv": b"x" * 3_000_000,
        "wide.csv": b",".join([b"c"] * 5000) + b"\n",
        "bom16.csv": b"\xff\xfe" + "id;name\n1;\ud800x\n".encode("utf-16-le", "surrogatepass"),
        "empty.csv": b"\n\n\n",
        "digits.csv": b"id,name\n" + b"9" * 6000 + b",x\n",
    }
    ann, bo = house.visit("ann"), house.visit("oz")
    runs = []
    for name, content in files.items():
        where = upload(house, "ann", "client", name, content)
        assert ann.answer.status_code < 500, name
        assert "X-Evil" not in ann.answer.headers
        if "/imports/" in where:
            runs.append(where)
            page = ann.get(where)
            assert page.status_code == 200, (name, page.status_code)
            found = BeautifulSoup(page.text, "html.parser")
            assert all(str(one.get("src", "")).startswith("/static/") for one in found.find_all("script")), (
                name
            )
            assert ann.get("/imports/").status_code == 200
    assert runs
    for where in runs:
        for under in ("", "/progress", "/bad-rows.csv"):
            assert bo.get(where + under).status_code == 404
        bo.get("/tables/client/")
        csrf = bo.token()
        for under in ("/reading", "/check", "/cancellation", "/deletion", "/proposal"):
            assert bo.post(where + under, {"reason": "mine"}, csrf=csrf).status_code == 404, under
