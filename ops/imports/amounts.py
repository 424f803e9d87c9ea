"""Numbers as people write them: decimal commas, thousands marks, accountants' brackets; into PostgreSQL's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

# Spaces that are set between thousands: the plain one, without a break, narrow without a break, thin.
_SPACES = " \u00a0\u202f\u2009"
_MINUS = "\u2212"
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?[\d.,' \u00a0\u202f\u2009]*\d[\d.,' \u00a0\u202f\u2009]*(?:[eE][+-]?\d{1,4})?", re.ASCII
)


def amount(text: str, decimal: str, thousands: str) -> str | None:
    """The number in digits and a point, or None where it is none in this habit.

    Marks between thousands must stand where thousands end: `1.23` is no 123. What the habit does not know
    (NaN, Infinity) is passed on for PostgreSQL to judge only where it is a word.
    """
    plain = text.strip()
    if plain.startswith("(") and plain.endswith(")"):
        inner = amount(plain[1:-1], decimal, thousands)
        return None if inner is None or inner[:1] in "+-" else f"-{inner}"
    plain = plain.replace(_MINUS, "-")
    sign, digits = (plain[0], plain[1:].lstrip()) if plain[:1] in ("+", "-") else ("", plain)
    whole, mark, fraction = digits.partition(decimal)
    if thousands:
        found = _without(whole, thousands)
        if found is None:
            return None
        whole = found
    if decimal != "." and "." in f"{whole}{fraction}":
        return None  # a point is no decimal mark where a comma is one
    joined = f"{'-' if sign == '-' else ''}{whole}{'.' if mark else ''}{fraction}"
    if _PLAIN.fullmatch(joined):
        return joined
    return joined if joined.lower().lstrip("-") in ("nan", "infinity", "inf") else None


def percentage(text: str) -> str | None:
    """What stands before the percent sign; None where there is none."""
    plain = text.strip()
    return plain[:-1].rstrip() if plain.endswith("%") else None


def hundredth(number: str) -> str:
    """A hundredth of a number in digits and a point: 0.125 of 12.5."""
    return format(Decimal(number).scaleb(-2), "f")


def hundredfold(number: str) -> str:
    """A hundred times a number in digits and a point: 12.5 of 0.125."""
    return format((Decimal(number) * 100).normalize(), "f")


def _without(whole: str, thousands: str) -> str | None:
    marks = _SPACES if thousands == " " else "'\u2019" if thousands == "'" else thousands
    groups = re.split(f"[{re.escape(marks)}]", whole)
    if len(groups) == 1:
        return whole
    first, rest = groups[0], groups[1:]
    if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in rest):
        return None
    return "".join(groups)


def habit(samples: Iterable[str]) -> tuple[str, str] | None:
    """(decimal mark, thousands mark) of these texts; None where they can be read in two ways that differ.

    `1,234` alone could be a thousand or one and a bit: nobody guesses that for anybody.
    """
    numbers = _numbers(samples)
    found = [
        (decimal, thousands)
        for decimal in (".", ",")
        for thousands in ("", ",", ".", " ", "'")
        if thousands != decimal and fits(numbers, decimal, thousands)
    ]
    if not found:
        return None if numbers else (".", "")
    meanings = {tuple(amount(text, *fit) for text in numbers) for fit in found}
    return found[0] if len(meanings) == 1 else None


def fits(samples: Iterable[str], decimal: str, thousands: str) -> bool:
    """Whether all of these texts that look like numbers are some in this habit."""
    return all(amount(text, decimal, thousands) is not None for text in _numbers(samples))


def _numbers(samples: Iterable[str]) -> list[str]:
    return [text.strip() for text in samples if _NUMBER.fullmatch(text.strip().strip("()"))]
