"""The form that takes a change up again has the controls of the record's form: moments with a zone, lists, files."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.web.records.forms import House, posted
from tests.web.records.test_kinds import kinds

__all__ = ["kinds"]
FORM = "revise-form"


@pytest.fixture
def asking(kinds: House) -> House:
    """Whatever is asked of the table waits."""
    kinds.visit("oz")
    kinds.rule("all", tables=["kinds", "public.kinds"], kinds=["update", "create"])
    return kinds


def waits(house: House, key: int, **said: str) -> str:
    """A change of the row that waits; where it is revised."""
    oz = house.fill("oz", f"/tables/kinds/~{key}/edit", {f"v.{name}": text for name, text in said.items()})
    assert oz.answer.status_code == 303, oz.page.select_one("#main").get_text(" ", strip=True)[:800]
    assert "/changes/CH-" in oz.answer.location, oz.answer.location
    return str(oz.answer.location) + "/edit"


def asked(house: House) -> dict[str, Any]:
    """What the newest change asks for."""
    return dict(house.one("SELECT after FROM ops.operation ORDER BY change_id DESC LIMIT 1") or {})


def told(house: House) -> str:
    main = house.visit("oz").page.select_one("#main")
    return main.get_text(" ", strip=True)[:1500] if main else house.visit("oz").answer.text[:1500]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_sent_untouched_it_asks_for_the_same(asking: House, zone: str) -> None:
    """Infinity, years before Christ, 24:00, arrays of NULLs, files: of every odd row, whatever the zone."""
    asking.sql("UPDATE ops.person SET timezone = :zone", zone=zone)
    for key in range(1, 7):
        path = waits(asking, key, num="12345")
        oz = asking.fill("oz", path, {"reason": "once more"}, FORM)
        assert oz.answer.status_code == 303, (key, told(asking))
        assert asked(asking) == {"num": "12345"}, key
        assert asking.one("SELECT revision FROM ops.change_set ORDER BY id DESC LIMIT 1") == 2


def test_moments_are_typed_on_the_clocks_of_a_zone(asking: House) -> None:
    """Also those the change is about: shown on one's own clocks, and another zone may be chosen."""
    asking.sql("UPDATE ops.person SET timezone = 'America/New_York'")
    path = waits(asking, 6, tsz="2026-07-01T09:30")
    assert asked(asking) == {"tsz": "2026-07-01 13:30:00+00"}
    oz = asking.visit("oz")
    oz.get(path)
    field = oz.page.select_one("input[name='v.0.tsz']")
    assert (field["type"], field["value"]) == ("datetime-local", "2026-07-01T09:30")
    assert posted(oz.page, FORM)["z.0.tsz"] == "America/New_York"
    asking.send(
        oz, path, {"z.0.tsz": "Europe/Amsterdam", "v.0.ts": "2026-05-05T05:05", "v.0.ti": "07:05"}, FORM
    )
    assert oz.answer.status_code == 303, told(asking)
    assert asked(asking) == {"tsz": "2026-07-01 07:30:00+00", "ts": "2026-05-05 05:05:00", "ti": "07:05:00"}
    oz.get(path)
    asking.send(oz, path, {"v.0.tsz": "2026-03-08T02:30", "v.0.t": "kept"}, FORM)
    assert oz.answer.status_code == 422, "an hour that the clocks skip is none"
    again = posted(oz.page, FORM)
    assert (again["v.0.tsz"], again["v.0.t"]) == ("2026-03-08T02:30", "kept")
    assert oz.page.select_one("input[name='v.0.tsz']")["aria-invalid"] == "true"
    assert asked(asking)["tsz"] == "2026-07-01 07:30:00+00"


def test_lists_have_one_item_a_line(asking: House) -> None:
    path = waits(asking, 5, texts="one\r\ntwo")
    oz = asking.visit("oz")
    oz.get(path)
    assert posted(oz.page, FORM)["v.0.texts"].split() == ["one", "two"]
    asking.send(oz, path, {"v.0.texts": "one\r\n\r\ntwo words\r\n"}, FORM)
    assert asked(asking) == {"texts": '{"one","two words"}'}


def test_p24_files_are_sent_bounded_kept_and_taken_away(asking: House) -> None:
    """P24: the file that was asked for stays where none is sent; it is never shown, nor sent back."""
    oz = asking.visit("oz")
    oz.get("/tables/kinds/~4/edit")
    fields = posted(oz.page)
    oz.post("/tables/kinds/~4/edit", {**fields, "u.b": (io.BytesIO(b"first file"), "a.bin")},
            csrf=fields["csrf_token"])  # fmt: skip
    path = oz.answer.location + "/edit"
    first = {"b": "\\x" + b"first file".hex()}
    assert asked(asking) == first
    oz.get(path)
    assert oz.page.select_one(f"#{FORM}")["enctype"] == "multipart/form-data"
    assert "10 bytes" in oz.page.select_one("#main").text and b"first file".hex() not in oz.answer.text
    asking.send(oz, path, {"reason": "the same file"}, FORM)
    assert oz.answer.status_code == 303 and asked(asking) == first
    oz.get(path)
    fields = posted(oz.page, FORM)
    large = {**fields, "v.0.t": "kept", "u.0.b": (io.BytesIO(b"x" * (3 * 1024 * 1024 + 1)), "x.bin")}
    oz.post(path, large, csrf=fields["csrf_token"])
    assert oz.answer.status_code == 422 and "3 MB at most" in oz.page.select_one("#errors").text
    assert posted(oz.page, FORM)["v.0.t"] == "kept" and asked(asking) == first
    fields = posted(oz.page, FORM)
    other = {**fields, "v.0.t": fields["v.0.t"], "u.0.b": (io.BytesIO(b"other"), "b.bin")}
    oz.post(path, other, csrf=fields["csrf_token"])
    assert oz.answer.status_code == 303, told(asking)
    assert asked(asking) == {"b": "\\x" + b"other".hex(), "t": "kept"}
    asking.fill("oz", path, {"v.0.b--null": "1"}, FORM)
    assert asked(asking)["b"] is None


def test_a_file_that_is_there_stays_and_is_downloaded(asking: House) -> None:
    path = waits(asking, 4, v="another")
    oz = asking.visit("oz")
    oz.get(path)
    href = oz.page.select_one("a[download]")["href"]
    assert oz.get(href).data == bytes.fromhex("00ff" * 5000)
    asking.fill("oz", path, {"reason": "again"}, FORM)
    assert json.dumps(asked(asking)) == '{"v": "another"}'
