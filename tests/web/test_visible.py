"""P34: invisible and bidirectional characters are made visible to those who judge a value."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from ops.web.visible import marked, visible


@pytest.mark.parametrize(
    "sign",
    [
        "\u202e", "\u202a", "\u2066", "\u2069", "\u200f", "\u061c",  # bidirectional
        "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u00a0", "\u2003", "\u3000",  # width and none
        "\u3164", "\u115f", "\u2800", "\ufe0f", "\u034f", "\U000e0100", "\U000e0041",  # blank letters
        "\x00", "\x1b", "\r", "\t", "\x7f", "\x85", "\u2028", "\u2029", "\ue000", "\ud800",
    ],
)  # fmt: skip
def test_what_hides_is_written_out(sign: str) -> None:
    mark = f"⟨U+{ord(sign):04X}⟩"
    assert visible(f"a{sign}b") == f"a{mark}b"
    found = BeautifulSoup(str(marked(f"a{sign}b")), "html.parser").select_one(".sign")
    assert found is not None and found.text == mark and f"U+{ord(sign):04X} " in str(found["title"])


@pytest.mark.parametrize(
    "text", ["5.00", "Søren Ångström", "C-000123 · Moss & Barley", "日本語 テスト", "a b", "€", "x\u0301"]
)
def test_what_shows_stays_as_it_is(text: str) -> None:
    assert visible(text) == text
    assert marked(text) == text and not hasattr(marked(text), "__html__")


@pytest.mark.parametrize("text", [None, ""])
def test_nothing_stays_nothing(text: str | None) -> None:
    assert marked(text) == text


def test_a_value_is_never_markup() -> None:
    """P19."""
    page = str(marked("<script>alert(1)</script>\u202e&\"' "))
    assert "<script" not in page and "&lt;script&gt;" in page and "&amp;" in page and "&#34;" in page


def test_blanks_at_the_edges_and_line_ends_show() -> None:
    found = BeautifulSoup(str(marked("  one two \nthree\n")), "html.parser")
    assert found.text == "␣␣one two␣↵\nthree↵\n"
    assert marked(" ") is not None and "␣" in str(marked(" "))


def test_text_from_right_to_left_is_isolated() -> None:
    assert str(marked("שלום")) == "<bdi>שלום</bdi>"
    assert "<bdi>" in str(marked("\u202eمرحبا"))
