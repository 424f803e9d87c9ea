"""Days and moments as people mean them, in their own zone, over clock changes; what is offered by type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.conditions import ARITY, PERIODS, Clock, Filter, filter_problem, joined, offered, stretch, with_zone
from ops.conditions.filter import split
from ops.conditions.moments import begins, period

PARIS = Clock(datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "Europe/Paris")


@dataclass(frozen=True)
class Column:
    """A column of some type."""

    name: str
    base: str
    category: str
    comparable: bool = True
    enum_values: tuple[str, ...] | None = None


def test_today_is_where_the_reader_is():
    assert PARIS.today == date(2026, 11, 22)
    assert Clock(PARIS.now, "America/New_York").today == date(2026, 11, 21)
    assert Clock(PARIS.now, "No/Such").today == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("name", "first", "beyond"),
    [
        ("today", "2026-11-22", "2026-11-23"),
        ("yesterday", "2026-11-21", "2026-11-22"),
        ("tomorrow", "2026-11-23", "2026-11-24"),
        ("this-week", "2026-11-16", "2026-11-23"),
        ("last-week", "2026-11-09", "2026-11-16"),
        ("next-week", "2026-11-23", "2026-11-30"),
        ("this-month", "2026-11-01", "2026-12-01"),
        ("last-month", "2026-10-01", "2026-11-01"),
        ("next-month", "2026-12-01", "2027-01-01"),
        ("this-quarter", "2026-10-01", "2027-01-01"),
        ("last-quarter", "2026-07-01", "2026-10-01"),
        ("this-year", "2026-01-01", "2027-01-01"),
        ("last-year", "2025-01-01", "2026-01-01"),
    ],
)
def test_periods(name, first, beyond):
    assert tuple(map(str, period(name, PARIS.today))) == (first, beyond)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.sampled_from(PERIODS))
def test_every_period_is_whole(day, name):
    first, beyond = period(name, day)
    assert first < beyond
    assert name.partition("-")[0] not in ("this", "today") or first <= day < beyond


def test_a_day_is_as_long_as_its_clocks_make_it():
    """23 hours where summer time begins, 25 where it ends."""
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)):
        found = stretch(day, PARIS, zoned=True)
        assert found.beyond is not None
        length = datetime.fromisoformat(found.beyond) - datetime.fromisoformat(found.first)
        assert length == timedelta(hours=hours), day
    assert begins(date(2026, 7, 1), PARIS, zoned=True) == "2026-06-30 22:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "first", "beyond"),
    [
        ("2026-07-01T10:15", "2026-07-01 08:15:00+00:00", "2026-07-01 08:16:00+00:00"),
        ("2026-07-01 10:15:30", "2026-07-01 08:15:30+00:00", None),
        ("2026-07-01T10:15Z", "2026-07-01 10:15:00+00:00", "2026-07-01 10:16:00+00:00"),
        ("2026-07-01 10:15:30.5-05", "2026-07-01 15:15:30.500000+00:00", None),
        ("infinity", "infinity", None),
        ("2026-02-30", "2026-02-30", None),
        ("9999-12-31", "9999-12-31", None),
    ],
)
def test_what_is_typed_stands_for_a_stretch(text, first, beyond):
    found = stretch(text, PARIS, zoned=True)
    assert (found.first, found.beyond) == (first, beyond)


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["Europe/Paris", "Asia/Kolkata"]),
)
def test_a_moment_with_its_zone_means_the_same_to_everybody(at, zone):
    typed = at.replace(second=0, microsecond=0, fold=0).isoformat("T", "minutes")
    here, there = Clock(PARIS.now, zone), Clock(PARIS.now, "America/New_York")
    said = with_zone(typed, here)
    if at.replace(tzinfo=ZoneInfo(zone)).utcoffset() % timedelta(minutes=1):
        return  # local mean time, before there were zones
    assert stretch(said, there, zoned=True) == stretch(typed, here, zoned=True)
    assert with_zone(said, there) == said


def test_what_is_offered_follows_from_the_type_and_is_taken():
    """Every operation a person is offered passes the check with a value of that type."""
    values = {
        "text": "x", "integer": "7", "number": "1.5", "date": "2026-01-01", "timestamp": "2026-01-01T10:00",
        "boolean": "", "uuid": "6a2f41a3-c54c-4d2b-8f33-3b1f6a5c0a01", "array": "x", "json": "x", "inside": "x",
        "enum": "a", "time": "10:00", "interval": "1 day", "money": "5", "network": "10.0.0.1", "xml": "x",
        "bytes": "", "range": "x", "geometry": "x", "other": "x",
    }  # fmt: skip
    own = {"last": "7", "next": "0", "during": "this-week"}
    for category, value in values.items():
        base = {"timestamp": "timestamp with time zone", "boolean": "boolean"}.get(category, category)
        column = Column("it", base, category, enum_values=("a", "b") if category == "enum" else None)
        for op in offered(column):
            typed = own.get(op) or {2: f"{value},{value}", 0: ""}.get(ARITY[op], value)
            assert filter_problem(Filter("it", op, typed), column) is None, (category, op)
        assert "empty" not in offered(column, nullable=False) or category in ("text", "inside", "bytes")
    assert offered(Column("it", "point", "geometry", comparable=False)) == ("contains", "empty", "filled")


@pytest.mark.parametrize(
    ("op", "value", "category"),
    [("last", "soon", "date"), ("last", "99999", "date"), ("last", "-1", "date"), ("next", "7", "text"),
     ("during", "someday", "date"), ("during", "today", "integer"), ("has", "x", "text"), ("true", "", "text")],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(op, value, category):
    assert filter_problem(Filter("it", op, value), Column("it", category, category))


@given(st.lists(st.text(), min_size=1))
def test_lists_come_apart_as_they_were_put_together(values):
    assert split(joined(values)) == values
