"""P34: values on the approver's page as people read them, whole, told apart, and exact on hover."""

from __future__ import annotations

import pytest
from markupsafe import escape

from ops.web.formats import Formats
from ops.web.judged import Judged
from tests.web.shop_house import House

NBSP = "\u202f"


def judged(house: House, table: str, locale: str = "en") -> Judged:
    return Judged(house.platform.catalog.by_name("shop", table), Formats("Europe/Amsterdam", locale))


def said(house: House, table: str, column: str, *texts: str | None, locale: str = "en") -> list[str | None]:
    found = judged(house, table, locale).apart(column, texts)
    return [None if one is None else str(escape(one)).replace(NBSP, " ") for one in found]


def test_amounts_days_and_moments_as_the_person_reads_them(house: House) -> None:
    """The zone and the locale are the reader's; PostgreSQL's own text is what one reads on hover."""
    assert said(house, "customers", "credit_limit", "9000.00", "15500.00") == [
        "<span title=9000.00>9,000.00</span>",
        "<span title=15500.00>15,500.00</span>",
    ]
    assert said(house, "customers", "credit_limit", "15500.00", locale="de") == [
        "<span title=15500.00>15.500,00</span>"
    ]
    (moment,) = said(house, "customers", "created_at", "2026-11-20 10:00:00+00")
    assert moment is not None and ">Nov 20, 2026, 11:00 AM</time>" in moment
    assert 'title="2026-11-20 10:00:00+00"' in moment


def test_a_moment_is_whole_also_this_year_today_and_with_seconds(house: House) -> None:
    """P34: a list leaves out the year, the day, the seconds or the time; where one decides nothing is left out."""
    (old, exact) = said(
        house, "customers", "created_at", "2019-03-04 23:30:00+00", "2026-11-20 10:00:07.25+00"
    )
    assert old is not None and ">Mar 5, 2019, 12:30 AM<" in old
    assert exact is not None and ">Nov 20, 2026, 11:00:07.250000<" in exact


def test_what_differs_and_would_look_the_same_is_told_as_it_is(house: House) -> None:
    assert said(house, "customers", "credit_limit", "1.5", "1.50", "2.00") == [
        "1.5",
        "1.50",
        "2.00",
    ]
    same = said(house, "customers", "credit_limit", "15500.00", "15500.00")
    assert same == ["<span title=15500.00>15,500.00</span>"] * 2, "the same twice is nothing to tell apart"


@pytest.mark.parametrize("text", [None, ""])
def test_nothing_stays_nothing(house: House, text: str | None) -> None:
    assert said(house, "customers", "city", text) == [text]


def test_p34_what_hides_in_a_value_is_written_out(house: House) -> None:
    (city,) = said(house, "customers", "city", "Gou\u202eda")
    assert city is not None and "⟨U+202E⟩" in city and "\u202e" not in city
    (evil,) = said(house, "customers", "status", '<b onmouseover="x">')
    assert evil is not None and "<b" not in evil


def test_what_a_format_rounds_stands_beside_it_in_full(house: House) -> None:
    (long,) = said(house, "shipments", "transit_time", "2 days 04:02:03")
    assert long == '<span title="2 days 04:02:03">2 d 4 h</span> <span class=exact>2 days 04:02:03</span>'


def test_the_approvers_page_and_the_history_say_it_so(house: House) -> None:
    asked = house.edit("ann", "customers", "~7", {"credit_limit": "15500.00"})
    bo = house.visit("bo")
    bo.get(f"/changes/{asked.reference}")
    row = bo.page.select_one("#row-1 tbody tr")
    assert "15,500.00" in row.text and row.select_one("ins [title='15500.00']") is not None
    house.edit("ann", "customers", "~8", {"credit_limit": "9500.00"})
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/~8/history")
    assert ann.page.select_one(".edits ins").text == "9,500.00"
    assert ann.page.select_one(".edits ins span")["title"] == "9500.00"
