"""Values in the format a Resource declares for their column; what does not read as one is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from ops.catalog import Column, Format
from ops.web.formats import Formats
from ops.web.tones import spoken, tone
from ops.words import t


class Shown(NamedTuple):
    """A value ready for a template.

    `kind`: "text", "null", "empty", "masked", "badge", "time", "json", "link", "lines", "code". `title` is the exact
    text where the shown one differs; `more` is the badge's tone, the time's machine form or the link's address.
    """

    kind: str
    text: str
    title: str | None = None
    more: str | None = None


Show = Callable[[str], Shown]
_STEPS = ("B", "KB", "MB", "GB", "TB", "PB")
_INTERVAL = re.compile(
    r"^(?:(-?\d+) days? ?)?(?:(-)?(\d+):(\d\d):(\d\d)(\.\d+)?)?$"
)  # as `intervalstyle postgres` writes it, without years and months, which no number of seconds is
_PHONE = re.compile(r"^\+?[0-9 ()./-]{3,40}$")
_MAIL = re.compile(r"^[^@\s]+@[^@\s]+$")


def formatted(one: Format, column: Column, formats: Formats) -> Show:
    """The function that shows a value of the column in its declared format."""
    match one.kind:
        case "money":
            return lambda text: _exact(formats.money(text), text)
        case "percent":
            return lambda text: (
                _exact(formats.number(text) + "%", text) if _number(text) is not None else _as_is(text)
            )
        case "bytes":
            return lambda text: _size(text, formats)
        case "duration":
            return _length
        case "phone" | "email" | "url":
            return {"phone": _phone, "email": _mail, "url": _page}[one.kind]
        case "relative":
            return lambda text: _since(text, column, formats)
        case "code":
            return lambda text: Shown("code", text)
        case "multiline":
            return lambda text: Shown("lines", text) if text else Shown("empty", "")
        case "badge":
            return lambda text: _badge(one, text)
    return _as_is


def money(text: str, currency: str | None, formats: Formats) -> Shown:
    """An amount with the sign of its currency, where that is the code of one."""
    known = currency is not None and re.fullmatch(r"[A-Z]{3}", currency.strip())
    return _exact(formats.money(text, currency.strip() if known and currency else ""), text)


def _as_is(text: str) -> Shown:
    return Shown("text", text) if text else Shown("empty", "")


def _exact(said: str, text: str) -> Shown:
    return Shown("text", said, text if said != text else None)


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal("1e15") else None


def _size(text: str, formats: Formats) -> Shown:
    size = _number(text)
    if size is None:
        return _as_is(text)
    step = 0
    while abs(size) >= 1024 and step < len(_STEPS) - 1:
        size, step = size / 1024, step + 1
    shown = size if step == 0 else size.quantize(Decimal("0.1"))
    return _exact(
        f"{formats.number(str(shown.normalize() if shown else 0))} {_STEPS[step]}".replace("E+", "e"), text
    )


def _length(text: str) -> Shown:
    seconds = _number(text)
    if seconds is None:
        seconds = _seconds(text)
    if seconds is None:
        return _as_is(text)
    sign, whole = "-" if seconds < 0 else "", int(abs(seconds))
    parts = (
        (whole // 86_400, "d"),
        (whole % 86_400 // 3600, "h"),
        (whole % 3600 // 60, "min"),
        (whole % 60, "s"),
    )
    said = [f"{count} {t(f'records.unit.{unit}')}" for count, unit in parts if count][:2]
    return _exact(sign + (" ".join(said) or f"0 {t('records.unit.s')}"), text)


def _seconds(text: str) -> Decimal | None:
    found = _INTERVAL.match(text)
    if not found or not text:
        return None
    days, minus, hours, minutes, seconds, part = found.groups()
    clock = int(hours or 0) * 3600 + int(minutes or 0) * 60 + Decimal((seconds or "0") + (part or ""))
    return Decimal(int(days or 0) * 86_400) + (-clock if minus else clock)


def _phone(text: str) -> Shown:
    number = re.sub(r"[^0-9+]", "", text)
    return Shown("link", text, None, f"tel:{number}") if _PHONE.match(text) else _as_is(text)


def _mail(text: str) -> Shown:
    return (
        Shown("link", text, None, "mailto:" + quote(text, safe="@.+-_"))
        if _MAIL.match(text)
        else _as_is(text)
    )


def _page(text: str) -> Shown:
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return _as_is(text)
    plain = (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not re.search(r"[\s\\\x00-\x1f]", text.strip())
    )
    return Shown("link", text, None, text.strip()) if plain else _as_is(text)


def _since(text: str, column: Column, formats: Formats) -> Shown:
    if column.category == "date" or "without time zone" in column.base:
        return _exact(formats.day(text), text) if column.category == "date" else _as_is(text)
    moment = formats.when(text, relative=True)
    return Shown("time", moment.text, moment.exact, moment.iso) if moment.iso else _as_is(text)


def _badge(one: Format, text: str) -> Shown:
    said = {"true": t("frame.yes"), "false": t("frame.no")}.get(text, spoken(text))
    return Shown("badge", said, text if said != text else None, one.tones.get(text) or tone(text))
