"""Arrays of texts in PostgreSQL's own form: as rows of rights and rules carry them."""

from __future__ import annotations

from collections.abc import Iterable

_BLANK = " \t\n\r\v\f"  # what PostgreSQL takes for blank around items


def array_items(text: str) -> list[str]:
    """The items of a one-dimensional array of texts in PostgreSQL's form (manual, 8.15.6)."""
    items, current, quoted, escaped, was_quoted = [], "", False, False, False
    for letter in text.strip()[1:-1]:
        if escaped:
            current, escaped = current + letter, False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted, was_quoted = not quoted, True
        elif letter == "," and not quoted:
            items.append(current if was_quoted else current.strip(_BLANK))
            current, was_quoted = "", False
        else:
            current += letter
    return [*items, current if was_quoted else current.strip(_BLANK)] if text.strip() != "{}" else []


def array_text(items: Iterable[str]) -> str:
    """A PostgreSQL array of texts (manual, 8.15.6), quoted where PostgreSQL itself would."""
    return "{" + ",".join(_item(one) for one in items) + "}"


def _item(text: str) -> str:
    plain = text and text.upper() != "NULL" and not any(sign in text for sign in '{}",\\ \t\n\r\v\f')
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
