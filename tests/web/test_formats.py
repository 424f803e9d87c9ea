"""Moments as people read them: today's, this year's, older ones, relative ones, in any locale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops.web.formats import Formats

LOCALES = ["en", "en_GB", "de", "nl", "fr", "ja", "ar", "pt_BR", "zh_Hans", "xx"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("days", [0, 1, 40, 400, 40_000])
def test_any_day_in_any_locale(locale: str, days: int) -> None:
    at = datetime.now(UTC) - timedelta(days=days)
    moment = Formats("Europe/Amsterdam", locale).when(at)
    assert moment.text
    assert moment.iso == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert Formats("Europe/Amsterdam", locale).when(at, relative=True).text


def test_the_year_is_told_where_it_is_another() -> None:
    now = datetime.now(UTC)
    formats = Formats("UTC", "en")
    other_day = now.replace(month=1 if now.month != 1 else 2, day=3, hour=14, minute=5)
    assert formats.when(other_day).text.replace("\u202f", " ") == f"{other_day:%b} 3, 2:05 PM"
    assert formats.when(now.replace(year=2020, month=3, day=4)).text == "Mar 4, 2020"


@pytest.mark.parametrize("text", ["infinity", "-infinity", "0044-03-15 00:00:00+00 BC", "24:00"])
def test_what_python_cannot_hold_is_shown_as_it_is(text: str) -> None:
    assert Formats().when(text).text == text
