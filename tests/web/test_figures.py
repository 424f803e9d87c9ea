"""Quick figures say exactly what Babel says, in every locale it knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

import pytest
from babel import Locale, dates, localedata, numbers
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.web import figures
from ops.web.formats import Formats

LOCALES = ["en", "de", "fr", "de_CH", "es", "pl", "pt_PT", "hi", "en_IN", "ar", "fa", "sv", "he", "bn", "ja"]
TEXTS = [
    "0",
    "-0.00",
    "7",
    "999",
    "1000",
    "-1234567.10",
    "12345678901234567890.5",
    "1E+20",
    "0.000100",
    "-0.5",
]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("pattern", "least"), [(None, 0), ("#,##0.00", 2)])
def test_numbers_as_babel_says_them(locale: str, pattern: str | None, least: int) -> None:
    said = Formats("UTC", locale).money if pattern else Formats("UTC", locale).number
    for text in TEXTS:
        right = numbers.format_decimal(Decimal(text), pattern, locale=locale, decimal_quantization=False)
        assert said(text) == right, (locale, text)


@settings(max_examples=300, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.sampled_from(LOCALES))
def test_any_number_as_babel_says_it(value: Decimal, locale: str) -> None:
    with localcontext(prec=400):
        right = numbers.format_decimal(value, locale=locale, decimal_quantization=False)
    assert Formats("UTC", locale).number(f"{value:f}") == right


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1)),
    st.sampled_from(LOCALES),
    st.sampled_from(["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
)
def test_any_moment_as_babel_says_it(at: datetime, locale: str, zone: str) -> None:
    local = at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    one = Locale.parse(locale)
    assert figures.clock(one, local.hour, local.minute) == dates.format_time(local, "short", locale=one)
    assert figures.full_day(one, local.date()) == dates.format_date(local, "medium", locale=one)
    right = dates.format_skeleton("MMMd", local, locale=one)
    assert figures.day_of_year(one, local.month, local.day) == right
    exact = dates.format_datetime(local, "y-MM-dd HH:mm:ss zzz", locale=one)
    assert Formats(zone, locale).when(at.replace(tzinfo=UTC)).exact == exact


def test_most_locales_are_quick() -> None:
    names = localedata.locale_identifiers()[::10]
    quick = [figures.digits(Locale.parse(name), None, 0) for name in names]
    assert sum(one is not None for one in quick) > len(names) * 0.8


@pytest.mark.parametrize("locale", ["en", "hi"])
def test_long_numbers_keep_every_digit(locale: str) -> None:
    text = "9" * 60 + "." + "1234567890" * 4 + "1"
    for said in (Formats("UTC", locale).number(text), Formats("UTC", locale).money(text)):
        assert "".join(sign for sign in said if sign.isdigit()) == text.replace(".", "")
    assert Formats("UTC", locale).money("9" * 60, "EUR").count("9") == 60


def test_a_relative_moment_stays_relative() -> None:
    ago = datetime.now(UTC) - timedelta(minutes=5)
    assert Formats().when(ago, relative=True).text == "5 minutes ago"
