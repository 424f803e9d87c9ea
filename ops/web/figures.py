"""Numbers, days and times of one locale, quickly: Babel is asked once for what it would always say again.

A list shows hundreds of values, and Babel reads the locale's patterns anew for each. What is remembered here
depends on nothing but the locale, so it can never be stale; memory is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, localcontext
from functools import lru_cache

from babel import Locale, dates, numbers

_PLAIN = re.compile(r"(-?)(0|[1-9]\d{0,99})(?:\.(\d{1,100}))?", re.ASCII)
_SAMPLE = Decimal("1234567.25")
_SHAPE = re.compile(r"(?P<before>\D*)1(?P<group>\D+)234(?P=group)567(?P<point>\D+)25(?P<after>\D*)", re.ASCII)

Digits = Callable[[str], "str | None"]


@lru_cache(maxsize=256)
def digits(locale: Locale, pattern: str | None, least: int) -> Digits | None:
    """A function from PostgreSQL's text of a number to what Babel makes of it with `pattern`.

    `least` is how many decimals it shows at least. The function gives None for a text it does not know
    (exponents, very long numbers). None instead of a function: the locale groups its digits by another rule.
    """
    up, down = (str(_babel(value, locale, pattern)) for value in (_SAMPLE, -_SAMPLE))
    plus, minus = _SHAPE.fullmatch(up), _SHAPE.fullmatch(down)
    if plus is None or minus is None or plus["before"] or plus["after"]:
        return None
    group, point, before, after = minus["group"], minus["point"], minus["before"], minus["after"]

    def said(text: str) -> str | None:
        found = _PLAIN.fullmatch(text)
        if found is None:
            return None
        sign, whole, fraction = found.groups()
        if len(whole) > 3:
            whole = f"{int(whole):,}".replace(",", group)
        fraction = (fraction or "").rstrip("0").ljust(least, "0")
        number = whole + point + fraction if fraction else whole
        return before + number + after if sign else number

    return said


def slowly(value: Decimal, locale: Locale, pattern: str | None) -> str:
    """The same by Babel itself, for what `digits` does not know."""
    return str(_babel(value, locale, pattern))


@lru_cache(maxsize=4096)
def clock(locale: Locale, hour: int, minute: int) -> str:
    """A time of day, such as 2:05 PM."""
    return str(dates.format_time(time(hour, minute), "short", locale=locale))


@lru_cache(maxsize=4096)
def day_of_year(locale: Locale, month: int, day: int) -> str:
    """A day of this year, such as Oct 3."""
    return str(dates.format_skeleton("MMMd", date(2024, month, day), locale=locale))


@lru_cache(maxsize=16_384)
def full_day(locale: Locale, day: date) -> str:
    """A day of any year, such as Mar 4, 2020."""
    return str(dates.format_date(day, "medium", locale=locale))


_zones: dict[tuple[object, ...], str] = {}


def zone_name(locale: Locale, local: datetime, where: str) -> str:
    """The zone of a moment, such as CEST; `where` names zone and locale."""
    # What a zone is called depends on nothing of the moment but whether it is summer there.
    known = (where, local.utcoffset(), local.dst(), local.tzname())
    found = _zones.get(known)
    if found is None:
        if len(_zones) > 4096:
            _zones.clear()
        found = _zones[known] = str(dates.get_timezone_name(local, width="short", locale=locale))
    return found


def _babel(value: Decimal, locale: Locale, pattern: str | None) -> str:
    with localcontext(prec=400):  # Babel rounds, or gives up, at the 28 digits that are usual
        return numbers.format_decimal(value, pattern, locale=locale, decimal_quantization=False)
