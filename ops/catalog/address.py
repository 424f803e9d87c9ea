"""Names of tables and rows as they stand in addresses, in the trail and in change sets.

`table_ref` names a table: `orders` for a table in `public`, else `shop.orders`. `key_text` names a row: `~`
and the parts of its key, joined by commas. Every part is percent-encoded (RFC 3986: all but letters, digits
and `- . _ ~`; in table names the dot too), so nothing can be mistaken for another name, a folder or `new`.

Both are opaque text: build URLs with `url_for`, which quotes them once more; WSGI takes that layer off again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import quote, unquote

DEFAULT_SCHEMA = "public"


class BadAddress(ValueError):
    """The text is no table reference or no key; a page answers 404."""


@lru_cache(maxsize=16_384)  # every look-up of a table by its name goes through it
def table_ref(schema: str, name: str) -> str:
    """The reference of a table, such as `orders` or `shop.orders`; the other way is `parse_table_ref`."""
    encoded = _encode(name).replace(".", "%2E")
    if schema == DEFAULT_SCHEMA:
        return encoded
    return _encode(schema).replace(".", "%2E") + "." + encoded


def parse_table_ref(ref: str) -> tuple[str, str]:
    """(schema, name) of a reference; raises BadAddress for anything that cannot name a table."""
    parts = ref.split(".")
    if len(parts) > 2 or not all(parts):
        raise BadAddress(f"no table reference: {ref!r}")
    decoded = [_decode(part) for part in parts]
    return (DEFAULT_SCHEMA, decoded[0]) if len(decoded) == 1 else (decoded[0], decoded[1])


def key_text(parts: Sequence[str]) -> str:
    """The address form of a key, such as `~42` or `~EUR,2026-01-01`, from its parts as PostgreSQL's text."""
    if len(parts) == 1:  # most keys
        return f"~{_encode(parts[0])}"
    return "~" + ",".join(map(_encode, parts))


def key_texts(texts: Iterable[str]) -> list[str]:
    """`key_text` of many keys of one part each."""
    return [f"~{text if text.isalnum() and text.isascii() else _encode(text)}" for text in texts]


def parse_key(text: str, arity: int) -> tuple[str, ...]:
    """The `arity` parts of a key in address form; raises BadAddress for another number, or text that is none.

    `key_text(parse_key(text, n))` is the one canonical form: use it before comparing or storing.
    """
    if not text.startswith("~"):
        raise BadAddress("a key starts with ~")
    parts = tuple(_decode(part) for part in text[1:].split(","))
    if len(parts) != arity:
        raise BadAddress(f"a key of this table has {arity} parts, not {len(parts)}")
    return parts


def _encode(text: str) -> str:
    return text if text.isalnum() and text.isascii() else quote(text, safe="")


def _decode(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise BadAddress("not UTF-8") from error
    if "\x00" in decoded:  # PostgreSQL has no such text, so nothing is named by it
        raise BadAddress("a NUL character names nothing")
    return decoded
