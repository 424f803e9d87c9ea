"""Arrays of texts in PostgreSQL's own form: as rows of rights and rules carry them."""

from __future__ import annotations


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
            items.append(current if was_quoted else current.strip())
            current, was_quoted = "", False
        else:
            current += letter
    return [*items, current if was_quoted else current.strip()] if text.strip() != "{}" else []
