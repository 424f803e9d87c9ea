"""JSON laid out for reading, on its text alone: no number loses a digit, no key its place."""

from __future__ import annotations

import json

INDENT = "  "
DEEPEST = 20  # levels that are indented; a document nested 2,000 deep would grow by the square of that
_PARTNER = {"[": "]", "{": "}"}


def laid_out(text: str) -> str:
    """The JSON document `text` over several lines; white space outside strings is the only thing that changes.

    Works on any text, valid or not: what is no JSON comes out with its own signs in their own order.
    """
    out: list[str] = []
    depth = at = 0
    while at < len(text):
        sign = text[at]
        after = at + 1
        if sign == '"':
            after = _end_of_string(text, at)
            out.append(text[at:after])
        elif sign in "[{":
            close = _next_sign(text, after)
            if text[close : close + 1] == _PARTNER[sign]:
                out.append(sign + _PARTNER[sign])
                after = close + 1
            else:
                depth += 1
                out.append(sign + "\n" + INDENT * min(depth, DEEPEST))
        elif sign in "]}":
            depth = max(depth - 1, 0)
            out.append("\n" + INDENT * min(depth, DEEPEST) + sign)
        elif sign == ",":
            out.append(",\n" + INDENT * min(depth, DEEPEST))
        elif sign == ":":
            out.append(": ")
        elif not sign.isspace():
            out.append(sign)
        else:
            after = _next_sign(text, at)
            if out and not out[-1][-1].isspace() and text[after : after + 1] not in ("", *"}],:"):
                out.append(" ")  # two words side by side: no JSON, but they must not grow together
        at = after
    return "".join(out)


def place_of_error(text: str) -> tuple[int, int] | None:
    """Line and column, from 1, at which the text stops being JSON (RFC 8259); None where it is some."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno
    except (ValueError, RecursionError):
        return None
    return None


def _no_constant(name: str) -> float:
    raise ValueError(name)  # Python reads NaN, which is none


def _next_sign(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _end_of_string(text: str, at: int) -> int:
    at += 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == '"':
            return at + 1
        else:
            at += 1
    return len(text)
