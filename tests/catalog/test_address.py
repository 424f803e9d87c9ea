"""Names of tables and rows in addresses: any text goes in and comes out, nothing is mistaken for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.catalog import BadAddress, key_text, parse_key, parse_table_ref, table_ref

# PostgreSQL has no NUL and no lone surrogates; everything else may be in a name or key.
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))
NAMES = TEXTS.filter(bool)


def test_examples() -> None:
    assert table_ref("public", "orders") == "orders"
    assert table_ref("shop", "orders") == "shop.orders"
    assert table_ref("public", "shop.orders") == "shop%2Eorders"
    assert table_ref("we.ird", "a/b") == "we%2Eird.a%2Fb"
    assert key_text(["42"]) == "~42"
    assert key_text(["a/b", "1,5", ""]) == "~a%2Fb,1%2C5,"
    assert key_text(["new"]) == "~new"
    assert key_text([""]) == "~" and parse_key("~", 1) == ("",)


@given(NAMES, NAMES)
def test_any_table_name_comes_back(schema: str, name: str) -> None:
    ref = table_ref(schema, name)
    assert parse_table_ref(ref) == (schema, name)
    assert ref.isascii() and not set(ref) & set("/?#, \n\\")


@given(st.tuples(NAMES, NAMES), st.tuples(NAMES, NAMES))
def test_two_tables_never_share_a_reference(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (table_ref(*one) == table_ref(*other)) == (one == other)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_any_key_comes_back(parts: list[str]) -> None:
    text = key_text(parts)
    assert parse_key(text, len(parts)) == tuple(parts)
    assert text.isascii() and not set(text) & set("/?# \n\\%") - {"%"}


@given(st.text(), st.integers(1, 4))
def test_anything_else_is_refused_or_canonical(text: str, arity: int) -> None:
    try:
        parts = parse_key(text, arity)
    except BadAddress:
        return
    assert parse_key(key_text(parts), arity) == parts


@pytest.mark.parametrize("text", ["", "42", "a~b", "~1,2", "~%FF", "~%00"])
def test_no_key(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_key(text, 1)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a.b.c", "%FF", "%00"])
def test_no_table(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_table_ref(text)
