"""What people call things: `order_lines` is "Order lines", `customer_id` "Customer", `vat` "VAT"."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

_ACRONYMS = """
    api bic crm csv ean erp eta eu gtin html http https iban id imei ip isbn iso json mac nda oauth pdf pin po
    qr sepa sftp sku sla sms smtp sql ssn sso uk ui uri url us utc uuid vat vin xml
"""
ACRONYMS = frozenset(_ACRONYMS.split())
# A reference is called by what it points at, a moment by what happened then.
_TAILS = ("id", "at", "on")
_LEAVE_ALONE = frozenset({"movies", "cookies", "series", "species", "news", "status", "address", "analysis"})


def label(name: str, *, whole: bool = False) -> str:
    """What to call a column or table; with `whole` the endings `_id`, `_at` and `_on` stay."""
    words = split(name)
    if not words:
        return name
    if not whole and len(words) > 1 and words[-1].lower() in _TAILS:
        words = words[:-1]
    spoken = [_word(word) for word in words]
    first = spoken[0]
    return " ".join([first[:1].upper() + first[1:], *spoken[1:]])


def labels(names: Iterable[str], *, whole: Container[str] = ()) -> dict[str, str]:
    """A label for each name of one table; those in `whole`, and those called the same, keep their ending."""
    wanted = list(names)
    short = {name: label(name, whole=name in whole) for name in wanted}
    taken = list(short.values())
    return {n: short[n] if taken.count(short[n]) == 1 else label(n, whole=True) for n in wanted}


def singular(text: str) -> str:
    """One of them: "Order lines" is "Order line", "Categories" is "Category"; unknown plurals stay."""
    head, space, last = text.rpartition(" ")
    lower = last.lower()
    if lower in _LEAVE_ALONE or not lower.endswith("s") or lower.endswith(("ss", "us", "is")):
        if lower in ("movies", "cookies"):
            return head + space + last[:-1]
        return text
    if lower.endswith("ies") and len(lower) > 4:
        last = last[:-3] + "y"
    elif lower.endswith(("sses", "xes", "ches", "shes", "tuses", "zzes")):
        last = last[:-2]
    else:
        last = last[:-1]
    return head + space + last


def split(name: str) -> list[str]:
    """The words of a name: at underscores, spaces, dots and dashes, and where small letters turn large."""
    spaced = re.sub(r"(?<=[a-zß-öø-ÿ0-9])(?=[A-ZÀ-ÖØ-Þ])", " ", name)
    spaced = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", " ", spaced)
    return [word for word in re.split(r"[\s_.\-]+", spaced) if word]


def _word(word: str) -> str:
    if word.lower() in ACRONYMS:
        return word.upper()
    if len(word) > 1 and word.isupper():  # "EUR" in Price.EUR was meant that way
        return word
    return word.lower()
