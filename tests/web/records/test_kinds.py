"""Every type: its form opened and sent untouched changes nothing; what is typed into it comes out as it was meant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ops.web import inputs
from tests.conftest import Databases
from tests.web.records.conftest import bare_settings, standing
from tests.web.records.forms import House, posted

HERE = Path(__file__).parent


@pytest.fixture
def kinds(make_database: Databases, redis_url: str, provider: str, tmp_path: Path) -> Iterator[House]:
    """A table with a column of every kind."""
    url = make_database("ops")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((HERE / "kinds.sql").read_bytes())
        with suppress(psycopg.errors.FeatureNotSupported):  # a server built without libxml
            connection.execute("UPDATE kinds SET x = '<a> <b/>\n</a>' WHERE id IN (2, 4)")
    with standing(bare_settings(url, redis_url, provider, str(tmp_path))) as house:
        yield house


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/New_York"])
def test_a_form_sent_untouched_changes_nothing(kinds: House, zone: str) -> None:
    """Issue 4: infinity, years before Christ, 24:00, huge numbers, arrays of NULLs and of arrays, whatever the zone."""
    oz = kinds.visit("oz")
    kinds.sql("UPDATE ops.person SET timezone = :zone", zone=zone)
    before = kinds.sql("SELECT kinds::text FROM kinds ORDER BY id")
    for key in range(1, 7):
        kinds.fill("oz", f"/tables/kinds/~{key}/edit")
        assert oz.answer.status_code == 303, (
            key,
            oz.page.select_one("#main").get_text(" ", strip=True)[:1500],
        )
        oz.follow()
        assert "Nothing changed" in oz.page.select_one("#flashes").text, key
    assert kinds.sql("SELECT kinds::text FROM kinds ORDER BY id") == before
    assert kinds.changes() == 0


TYPED = {
    "v.texts": ('one\r\n\r\n two words \r\na,b "c" {d}\r\n', "texts", '{one,"two words","a,b \\"c\\" {d}"}'),
    "v.nums": ("1.10\r\n2", "nums", "{1.10,2}"),
    "v.js": ('{"a": 1}\r\n[1, 2]', "js", '{"{\\"a\\": 1}","[1, 2]"}'),
    "v.ms": ("z last\r\na%b", "ms", '{"z last",a%b}'),
    "v.ts": ("2026-11-21T09:30", "ts", "2026-11-21 09:30:00"),
    "v.ti": ("07:05", "ti", "07:05:00"),
    "v.iv": ("2 days 03:30", "iv", "2 days 03:30:00"),
    "v.cash": ("12.50", "cash", "$12.50"),
    "v.tr": ("[2026-01-01,2026-02-01)", "tr", '["2026-01-01 00:00:00+00","2026-02-01 00:00:00+00")'),
    "v.dim": ('(4,5,"x")', "dim", "(4,5,x)"),
    "v.ip": ("10.0.0.1", "ip", "10.0.0.1/32"),
    "v.jb": ('{"a": 1.10}', "jb", '{"a": 1.10}'),
}


@pytest.mark.parametrize("field", TYPED)
def test_what_is_typed_is_what_is_stored(kinds: House, field: str) -> None:
    typed, column, stored = TYPED[field]
    oz = kinds.fill("oz", "/tables/kinds/~1/edit", {field: typed, f"{field}--null": None})
    assert oz.answer.status_code == 303, oz.page.select_one("#main").get_text(" ", strip=True)[:1500]
    kinds.sql("SET TIME ZONE 'UTC'")
    assert kinds.one(f"SELECT {column}::text FROM kinds WHERE id = 1") == stored


def test_a_moment_is_read_on_the_clocks_of_the_chosen_zone(kinds: House) -> None:
    said = {"v.tsz": "2026-07-01T09:30", "z.tsz": "Europe/Amsterdam"}
    oz = kinds.fill("oz", "/tables/kinds/~1/edit", said)
    assert oz.answer.status_code == 303
    assert (
        kinds.one("SELECT extract(epoch FROM tsz - '2026-07-01 07:30:00+00')::int FROM kinds WHERE id = 1")
        == 0
    )
    # Only the zone chosen anew: the same clock elsewhere is another moment.
    kinds.fill("oz", "/tables/kinds/~1/edit", {"z.tsz": "America/New_York"})
    zone = posted(kinds.visit("oz").get("/tables/kinds/~1/edit") and kinds.visit("oz").page)["k.tsz"].split()[
        1
    ]
    assert zone
    kinds.fill("oz", "/tables/kinds/~1/edit", {"v.tsz": "2026-03-29T02:30", "z.tsz": "Europe/Amsterdam"})
    oz = kinds.visit("oz")
    assert oz.answer.status_code == 422
    assert "the clocks skip it" in oz.page.select_one("#errors").text
    assert posted(oz.page)["v.tsz"] == "2026-03-29T02:30"


def test_an_emptied_list_is_an_empty_list_and_no_value_is_none(kinds: House) -> None:
    kinds.fill("oz", "/tables/kinds/~5/edit", {"v.texts": ""})
    assert kinds.one("SELECT texts::text FROM kinds WHERE id = 5") == "{}"
    kinds.fill("oz", "/tables/kinds/~5/edit", {"v.texts--null": "1"})
    assert kinds.one("SELECT texts FROM kinds WHERE id = 5") is None


def test_json_says_where_it_stops_making_sense(kinds: House) -> None:
    oz = kinds.fill("oz", "/tables/kinds/~5/edit", {"v.jb": '{\r\n  "a": 1,\r\n  b\r\n}'})
    assert oz.answer.status_code == 422
    assert "line 3, column 3" in oz.page.select_one("[id='f-v.jb-error']").text


def test_a_file_is_sent_downloaded_replaced_and_taken_away(kinds: House) -> None:
    """P24, P35: bounded, never shown, the download in the trail before the first byte."""
    content = bytes(range(256)) * 800
    oz = kinds.visit("oz")
    oz.get("/tables/kinds/~1/edit")
    fields = posted(oz.page)
    assert oz.page.select_one("#record-form")["enctype"] == "multipart/form-data"
    oz.post(
        "/tables/kinds/~1/edit",
        {**fields, "u.b": (io.BytesIO(content), "photo.bin")},
        csrf=fields["csrf_token"],
    )
    assert oz.answer.status_code == 303, oz.page.select_one("#main").get_text(" ", strip=True)[:800]
    assert bytes(kinds.one("SELECT b FROM kinds WHERE id = 1")) == content
    oz.get("/tables/kinds/~1/edit")
    assert content.hex()[:64] not in oz.answer.text
    oz.get("/tables/kinds/~1")
    assert content.hex()[:64] not in oz.answer.text
    assert "Download (204800 bytes)" in oz.page.select_one("#main").text
    oz.get("/tables/kinds/~1/edit")
    href = oz.page.select_one("a[download]")["href"]
    answer = oz.get(href)
    assert answer.data == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert kinds.events("file.downloaded") == 1
    kinds.fill("oz", "/tables/kinds/~1/edit", {})
    assert bytes(kinds.one("SELECT b FROM kinds WHERE id = 1")) == content
    oz.get("/tables/kinds/~1/edit")
    fields = posted(oz.page)
    large = {**fields, "v.t": "kept", "u.b": (io.BytesIO(b"x" * (3 * 1024 * 1024 + 1)), "x.bin")}
    oz.post("/tables/kinds/~1/edit", large, csrf=fields["csrf_token"])
    assert oz.answer.status_code == 422
    assert "3 MB at most" in oz.page.select_one("#errors").text
    assert posted(oz.page)["v.t"] == "kept"
    kinds.fill("oz", "/tables/kinds/~1/edit", {"v.b--null": "1"})
    assert kinds.one("SELECT b FROM kinds WHERE id = 1") is None
    assert oz.get(href).status_code == 404


def test_whom_the_file_is_not_for_finds_none(kinds: House) -> None:
    """P14."""
    assert kinds.visit("dee").get("/tables/kinds/~4/file/b").status_code in (403, 404)
    assert kinds.visit("oz").get("/tables/kinds/~4/file/t").status_code == 404
    assert kinds.visit("oz").get("/tables/kinds/~4/file/nothing").status_code == 404


def test_any_array_of_texts_survives_its_lines(kinds: House) -> None:
    """What a list of lines can hold comes back as PostgreSQL wrote it; what it cannot is not offered as one."""
    import random

    random.seed(11)
    signs = ["a", "B", " ", ",", '"', "\\", "{", "}", "NULL", "é", "日", "'", "\t", "\n", ""]
    found = [
        ["".join(random.choices(signs, k=random.randrange(0, 4))) for _ in range(random.randrange(0, 5))]
        for _ in range(400)
    ]
    told = [kinds.one("SELECT CAST(:a AS text[])::text", a=one) for one in found[:150]]
    lists = 0
    for one, text in zip(found, told, strict=False):
        kind = inputs.Kind("list")
        lines = inputs.written(kind, text)
        if lines is None:
            continue
        lists += 1
        assert (
            kinds.one("SELECT CAST(CAST(:t AS text) AS text[])::text", t=inputs.read(kind, lines)) == text
        ), one
        assert inputs.same(kind, text, lines.replace("\n", "\r\n"))
    assert lists > 20
