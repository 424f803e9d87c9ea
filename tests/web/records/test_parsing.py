"""A form says what a person changed and nothing else: line ends, NULL, empty text, digests, forged names."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.catalog import Column, Table
from ops.changes import fold
from ops.web.json_text import laid_out
from ops.web.records.parsing import Torn, control_text, created, edited, rendered

TEXT = Column(
    "note",
    "text",
    "text",
    "text",
    "text",
    True,
    None,
    None,
    None,
    None,
    None,
    None,
    (),
    None,
    True,
    True,
    True,
    None,
)
NUMBER = replace(TEXT, name="total", type="numeric", base="numeric", cast_type="numeric", category="number")
BINARY_JSON = replace(TEXT, name="data", type="jsonb", base="jsonb", cast_type="jsonb", category="json")
CHOICE = replace(TEXT, name="status", type="status", base="status", category="enum", enum_values=("a", "b"))
COLUMNS = {one.name: one for one in (TEXT, NUMBER, BINARY_JSON, CHOICE)}
TABLE = cast(Table, SimpleNamespace(columns=COLUMNS))


def form(
    column: Column, was: str | None, now: str | None, *, null: bool = False, **more: str
) -> dict[str, str]:
    """What a browser posts for one column that was rendered with `was`."""
    posted = {f"b.{column.name}": rendered(column, was), **more}
    if now is not None:
        posted[f"v.{column.name}"] = now
    if null:
        posted[f"v.{column.name}--null"] = "1"
    return posted


def browser(text: str) -> str:
    """A textarea's value as a browser sends it: every line end becomes CRLF."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@pytest.mark.parametrize(
    "was",
    ["", "one", "a\nb", "a\r\nb", "a\rb", "a\r\nb\nc", "\n\nleading", "trailing \n",
     "x" * 9000, "y\n" * 6000, "é\r\n" * 5000],
    ids=repr,
)  # fmt: skip
def test_what_comes_back_as_it_was_is_not_touched(was: str) -> None:
    assert edited(TABLE, form(TEXT, was, browser(was))).after == {}


@pytest.mark.parametrize(
    ("was", "now", "after"),
    [
        ("a\nb", "a\r\nb!", "a\nb!"),
        ("a\r\nb", "a\r\nb!", "a\r\nb!"),
        ("x" * 9000, "x" * 8999, "x" * 8999),
        ("line\n" * 3000, "line\r\n" * 2999, "line\n" * 2999),
        ("one", "", ""),
        ("", "one", "one"),
        (None, "one", "one"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_touched_text_keeps_its_own_line_ends(was: str | None, now: str, after: str) -> None:
    posted = edited(TABLE, form(TEXT, was, now))
    assert posted.after == {"note": after}
    assert posted.base == {"note": fold(was)}


def test_the_box_tells_null_from_empty_text() -> None:
    assert edited(TABLE, form(TEXT, None, "", null=True)).after == {}
    assert edited(TABLE, form(TEXT, None, "")).after == {"note": ""}
    assert edited(TABLE, form(TEXT, "", "", null=True)).after == {"note": None}
    assert edited(TABLE, form(TEXT, "kept", "kept", null=True)).after == {"note": None}


def test_typing_over_null_counts_though_the_box_was_left_ticked() -> None:
    assert edited(TABLE, form(TEXT, None, "typed", null=True)).after == {"note": "typed"}
    assert edited(TABLE, form(TEXT, "old", "typed", null=True)).after == {"note": None}


@pytest.mark.parametrize("column", [NUMBER, CHOICE], ids=["number", "enum"])
def test_an_emptied_control_of_a_type_without_empty_text_means_no_value(column: Column) -> None:
    assert edited(TABLE, form(column, "a", "")).after == {column.name: None}
    assert edited(TABLE, form(column, None, "")).after == {}


def test_a_radio_nobody_chose_touches_nothing() -> None:
    assert edited(TABLE, form(CHOICE, "a", None)).after == {}


def test_jsonb_is_laid_out_and_comes_back_untouched() -> None:
    stored = '{"a": 1.10000000000000000001, "b": [1, 2, {"c": "x, {y}: \\"z\\""}], "d": [], "e": {}}'
    shown = control_text(BINARY_JSON, stored) or ""
    assert "\n" in shown and "1.10000000000000000001" in shown
    assert json.loads(shown) == json.loads(stored)
    assert edited(TABLE, form(BINARY_JSON, stored, browser(shown))).after == {}
    long = json.dumps([stored] * 200)
    assert edited(TABLE, form(BINARY_JSON, long, browser(laid_out(long)))).after == {}


@pytest.mark.parametrize("text", ["[1,2", "no json", '"open', '{"a" "b"}', "", "tru e", "[1,,2]", '{"\\'])
def test_laying_out_loses_no_sign_of_what_is_no_json(text: str) -> None:
    assert "".join(laid_out(text).split()) == "".join(text.split())


def test_names_that_are_no_control_of_ours_are_handed_on_for_the_door_to_refuse() -> None:
    """P15."""
    posted = edited(TABLE, {"v.secret": "x", "v.note--null": "1", "b.note": rendered(TEXT, "old")})
    assert posted.after == {"secret": "x", "note": None}


@pytest.mark.parametrize(
    "hidden",
    [None, "", "{", "[]", "12", '{"fold": "x"}', pytest.param("[" * 100_000, id="brackets without end")],
)
def test_a_control_without_what_it_was_filled_with_is_torn(hidden: str | None) -> None:
    posted: dict[str, Any] = {"v.note": "x"} if hidden is None else {"v.note": "x", "b.note": hidden}
    with pytest.raises(Torn):
        edited(TABLE, posted)


def test_a_conflict_carries_todays_value_as_the_new_base() -> None:
    mine = form(TEXT, "old", "mine", **{"keep.note": "mine", "c.note": rendered(TEXT, "theirs")})
    posted = edited(TABLE, mine)
    assert (posted.after, posted.base) == ({"note": "mine"}, {"note": "theirs"})
    assert edited(TABLE, {**mine, "keep.note": "theirs"}).after == {}
    undecided = edited(TABLE, {name: value for name, value in mine.items() if name != "keep.note"})
    assert undecided.base == {"note": "old"}, "without a choice it must be a conflict again"


def test_a_new_record_leaves_out_what_was_left_empty() -> None:
    counted = replace(TEXT, name="total", default="0")
    table = cast(Table, SimpleNamespace(columns={"note": TEXT, "total": counted}))
    assert created(table, {"v.note": "", "v.note--null": "1", "v.total": ""}).after == {"note": None}
    assert created(table, {"v.note": "typed", "v.note--null": "1"}).after == {"note": "typed"}
    assert created(table, {"v.note": "", "v.total": "7"}).after == {"note": "", "total": "7"}
    assert created(table, {"v.total": "7", "v.total--null": "1"}).after == {"total": None}


def test_a_column_may_be_called_like_a_box() -> None:
    odd = replace(TEXT, name="x--null")
    table = cast(Table, SimpleNamespace(columns={"x": replace(TEXT, name="x"), "x--null": odd}))
    posted = edited(table, {"v.x--null": "1", "b.x--null": rendered(odd, "0")})
    assert posted.after == {"x--null": "1"}


def test_a_deep_document_does_not_grow_when_laid_out() -> None:
    deep = "[" * 2000 + "1" + "]" * 2000
    said = laid_out(deep)
    assert len(said) < 200_000
    assert "".join(said.split()) == deep
