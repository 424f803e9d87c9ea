"""The filter language: what it reads, where it stumbles, how it speaks."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.conditions import GROUPS, ParseError, check, parse, to_words


@dataclass(frozen=True)
class Column:
    name: str
    base: str
    category: str
    comparable: bool = True
    enum_values: tuple[str, ...] = ()


COLUMNS = {
    column.name: column
    for column in (
        Column("credit_limit", "numeric(12,2)", "number"),
        Column("total", "integer", "integer"),
        Column("status", "shop.status", "enum", True, ("open", "held")),
        Column("notes", "text", "text"),
        Column("placed_at", "timestamp with time zone", "timestamp"),
        Column("due", "date", "date"),
        Column("payload", "json", "json", False),
        Column("Item No", "text", "text"),
        Column("old", "text", "text"),
        Column("paid", "boolean", "boolean"),
    )
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("credit_limit > 10000 and (status in ('open','held') or notes is empty)",
         "credit_limit is over 10000 and (status is one of open, held or notes is empty)"),
        ("not (total = 1 or total <> 2)", "not (total is 1 or total is not 2)"),
        ("10 <= total", "total is at least 10"),
        ("total between -1.5e3 and 2", "total is from -1.5e3 to 2"),
        ("notes not in ('a', '')", "notes is none of a, “”"),
        ("notes is not empty and notes is not null", "notes is filled and notes has a value"),
        ("notes contains 'O''Hara'", "notes contains O'Hara"),
        ("NOTES starts with 'x' OR \"Item No\" = '1'", "NOTES starts with x or Item No is 1"),
        ("paid is true", "paid is yes"),
        ("due < placed_at", "due is under placed_at"),
        ("old = 'x'", "old is x"),
        ("new.total > old.total", "the new total is over the old total"),
        ("notes = me", "notes is one’s own e-mail address"),
        ("me.id < total", "total is over one’s own number"),
        ("notes != me.\"cost centre\"", "notes is not one’s own cost centre"),
        ("notes = ME.email", "notes is one’s own e-mail address"),
        ("notes in my groups", "notes is one of one’s own groups"),
        ("notes not in my groups", "notes is none of one’s own groups"),
        ("\"me\" = 'x'", "me is x"),
        ("changed(notes) and new.\"Item No\" is empty", "notes changes and the new Item No is empty"),
    ],
)  # fmt: skip
def test_reads_and_says(text, words):
    assert to_words(parse(text), lambda name: name) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "total > 10000 or total between 1000 and 2500",
            "total is over 10'000 or total is from 1'000 to 2'500",
        ),
        ("total = 10000 and notes < '20000'", "total is 10000 and notes is under 20000"),
    ],
)
def test_quantities_are_told_as_people_read_them(text, words):
    """What a column equals may be the name of a row, and stays as it was written; so does a text."""
    assert (
        to_words(parse(text), lambda name: name, lambda number: f"{int(number):,}".replace(",", "'")) == words
    )


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("", 0, "expected a column, found the end"),
        ("   ", 0, "found the end"),
        ("total >", 7, "expected a value"),
        ("total > 1 total", 10, "“and”, “or” or the end"),
        ("total in 1", 9, "“(”"),
        ("total in (1", 11, "“)”"),
        ("notes = 'abc", 8, "no closing quote"),
        ("1 = 1", 4, "expected a column"),
        ("in = 1", 0, 'written "in"'),
        ("total = 12abc", 8, "neither a number"),
        ("total ; drop", 6, "has no meaning"),
        ("changed(new.total)", 8, "changed(total)"),
        ("new.= 1", 4, "a column"),
        ("total is 1", 9, "“empty”"),
        ("(" * 60 + "total = 1", 41, "brackets"),
        ("a" * 5000, 4000, "at most 4000"),
        ("notes = '\x00'", 9, "NUL"),
        ("notes = me.", 11, "what of the person"),
        ("notes = me.'x'", 11, "what of the person"),
        ("notes in (me)", 10, "me stands only after"),
        ("notes contains me", 15, "me stands only after"),
        ("notes between me and 'x'", 14, "me stands only after"),
        ("notes in my friends", 12, "“groups”"),
        ("me = me", 5, "expected a column"),
        ("me", 2, "a comparison"),
    ],
)
def test_errors_say_where(text, position, part):
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.position == position, caught.value
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "rule", "part"),
    [
        ("statsu = 'open'", False, "did you mean status?"),
        ("status = 'opne'", False, "none of them"),
        ("total = 'abc'", False, "whole number"),
        ("total = 99999999999", False, "out of range"),
        ("payload = '{}'", False, "cannot compare"),
        ("notes = total", False, "do not compare"),
        ("new.total = 1", False, "only rules"),
        ("changed(total)", False, "only has a meaning in rules"),
        ("total = 1", True, "write new.total or old.total"),
        ("changed(nothing)", True, "no column"),
        ("notes = me", False, "only has a meaning in row conditions"),
        ("notes in my groups", False, "only has a meaning in row conditions"),
        ("new.notes = me.id", True, "me.id only has a meaning in row conditions"),
    ],
)
def test_check_finds(text, rule, part):
    problems = check(parse(text), COLUMNS, rule=rule)
    assert len(problems) == 1 and part in problems[0]


def test_check_passes():
    for text in ("due < placed_at", "credit_limit > total", "payload is empty", "payload contains 'x'"):
        assert check(parse(text), COLUMNS) == []
    assert check(parse("new.total > old.credit_limit and changed(payload)"), COLUMNS, rule=True) == []


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused_with_a_place(text):
    """P24: no text makes the parser do anything else."""
    try:
        parse(text)
    except ParseError as error:
        assert 0 <= error.position <= len(text)


@pytest.mark.parametrize("text", ["notes = me", "total = me.id", "status = me.state", "notes in my groups"])
def test_where_somebody_asks_me_means_them(text):
    assert check(parse(text), COLUMNS, person=True) == []


@pytest.mark.parametrize("text", ["due = me.day", "paid = me.x", "payload = me", "placed_at in my groups"])
def test_me_compares_with_what_can_be_judged_without_an_error(text):
    (problem,) = check(parse(text), COLUMNS, person=True)
    assert "compare" in problem


def test_what_a_condition_asks_of_the_person():
    text = "notes = me or (not total = me.id and notes in my groups) or notes = me.team or total = 1"
    assert parse(text).asks_of_person() == {"", "id", "team", GROUPS}
    assert parse("notes = 'me' and \"me\" = 1").asks_of_person() == frozenset()
