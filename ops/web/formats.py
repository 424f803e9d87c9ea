"""Numbers, money and moments as one person reads them, in their zone and locale; exact beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers

from ops.web import figures

QUARTER = 900  # seconds
_NUMBER, _MONEY = (None, 0), ("#,##0.00", 2)  # a locale's pattern, and decimals at least


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time for `m.moment`: `iso` for machines, `text` for the person, `exact` on hover."""

    iso: str
    text: str
    exact: str


@dataclass(frozen=True, slots=True)
class Formats:
    """One person's way to read values: PostgreSQL's text; what cannot be read is shown as it is."""

    timezone: str = "UTC"
    locale: str = "en"

    def when(self, value: datetime | str | None, *, relative: bool = False) -> Moment:
        """A moment: today's by its time, this year's without the year; `relative` says "5 minutes ago"."""
        if not relative and isinstance(value, str):
            return _said(self.timezone, self.locale, value, int(time.time()) // QUARTER)
        return _moment(self, value, relative=relative)

    def whole(self, value: str) -> Moment:
        """A moment with its day, year and time, and what there is of seconds: where people judge it."""
        return _whole(self, value)

    def day(self, value: str) -> str:
        """A date by itself; what no calendar here has stays as PostgreSQL writes it."""
        try:
            return figures.full_day(_locale(self.locale), date.fromisoformat(value))
        except ValueError:
            return value  # infinity, a year before Christ

    def number(self, value: int | str | Decimal | None) -> str:
        """A number with its thousands apart and every digit kept."""
        return self._figure(value, *_NUMBER)

    def money(self, value: int | str | Decimal | None, currency: str = "") -> str:
        """An amount with at least two decimals; with a currency's code, its sign."""
        if not currency:
            return self._figure(value, *_MONEY)
        exact = _decimal(value)
        if exact is None:
            return "" if value is None else str(value)
        locale = _locale(self.locale)
        with localcontext(prec=400):
            return str(numbers.format_currency(exact, currency, locale=locale, decimal_quantization=False))

    def digits(self, *, money: bool = False) -> figures.Digits | None:
        """What `number` or `money` makes of plain numbers as PostgreSQL writes them; None: not to be had quickly."""
        return _digits(self.locale, *(_MONEY if money else _NUMBER))

    def _figure(self, value: int | str | Decimal | None, pattern: str | None, least: int) -> str:
        quick = _digits(self.locale, pattern, least)
        said = quick(str(value)) if quick is not None else None
        if said is not None:
            return said
        exact = _decimal(value)
        if exact is None:
            return "" if value is None else str(value)
        return figures.slowly(exact, _locale(self.locale), pattern)

    def about(self, value: int) -> str:
        """A size at a glance, such as 12K; exact below a thousand."""
        if value < 1000:
            return self.number(value)
        return str(numbers.format_compact_decimal(value, locale=_locale(self.locale), fraction_digits=0))


def _moment(formats: Formats, value: datetime | str | None, *, relative: bool) -> Moment:
    at = _datetime(value)
    if at is None:
        return Moment("", "" if value is None else str(value), "")
    zone, locale = _zone(formats.timezone), _locale(formats.locale)
    try:
        local, now = at.astimezone(zone), datetime.now(zone)
    except OverflowError:  # the first and the last day of the calendar
        return Moment("", str(value), "")
    zone_name = figures.zone_name(locale, local, f"{formats.timezone} {formats.locale}")
    exact = f"{local.isoformat(' ', 'seconds')[:19]} {zone_name}"
    if relative and abs(now - local) < timedelta(hours=24):
        text = dates.format_timedelta(local - now, add_direction=True, locale=locale, threshold=1.2)
    elif local.date() == now.date():
        text = figures.clock(locale, local.hour, local.minute)
    elif local.year == now.year:
        day = figures.day_of_year(locale, local.month, local.day)
        text = f"{day}, {figures.clock(locale, local.hour, local.minute)}"
    else:
        text = figures.full_day(locale, local.date())
    return Moment(at.isoformat()[:19] + "Z", text, exact)


def _whole(formats: Formats, value: str) -> Moment:
    moment, at = _moment(formats, value, relative=False), _datetime(value)
    if at is None or not moment.iso:
        return moment
    local, locale = at.astimezone(_zone(formats.timezone)), _locale(formats.locale)
    clock = figures.clock(locale, local.hour, local.minute)
    if local.second or local.microsecond:
        clock = local.time().isoformat()
    return Moment(moment.iso, f"{figures.full_day(locale, local.date())}, {clock}", value)


@lru_cache(maxsize=16_384)
def _said(timezone: str, locale: str, text: str, _quarter: int) -> Moment:
    # Days begin at a full quarter of an hour in every zone: within one, the same text is said the same way.
    return _moment(Formats(timezone, locale), text, relative=False)


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (ValueError, LookupError, UnknownLocaleError):
        return Locale("en")


@lru_cache(maxsize=256)
def _digits(locale: str, pattern: str | None, least: int) -> figures.Digits | None:
    # By the locale's name: to compare locales themselves takes longer than to write a number.
    return figures.digits(_locale(locale), pattern, least)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _datetime(value: datetime | str | None) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None  # infinity, a year before Christ, a day of 24:00: shown as PostgreSQL writes it
    if value is None:
        return None
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None


def _decimal(value: int | str | Decimal | None) -> Decimal | None:
    if value is None:
        return None
    try:
        exact = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    # Longer than anyone reads, or not finite: the text itself says it best.
    return exact if exact.is_finite() and -100 < exact.adjusted() < 100 else None
