"""What a row is called: templates such as `{number} · {customer}`, and a guess where nobody wrote one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal

from ops.catalog.labels import singular, split
from ops.catalog.model import ForeignKey, Relation
from ops.catalog.options import TitlePart

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
# In this order: the first that a table has, as text that people may see.
_NAMES = ("name", "title", "full_name", "display_name", "company_name")
_NUMBERS = (
    "number", "code", "label", "subject", "sku", "reference", "invoice_number", "email", "e_mail",
    "email_address", "username", "user_name", "login", "slug", "short_name", "description",
)  # fmt: skip
_PEOPLE = (("first_name", "last_name"), ("firstname", "lastname"), ("given_name", "family_name"))


class BadTemplate(ValueError):
    """A title template that cannot be read; the message says where."""


def parse(template: str) -> list[tuple[Literal["text", "field"], str]]:
    """The pieces of a title template: text as it stands, and fields in braces; `{{` and `}}` are braces.

    Raises BadTemplate for a brace without its partner or an empty field.
    """
    pieces: list[tuple[Literal["text", "field"], str]] = []
    text, end = "", 0
    for match in _FIELD.finditer(template):
        text += template[end : match.start()]
        end = match.end()
        if match[0] in ("{{", "}}"):
            text += match[0][0]
        elif match[1] is None:
            raise BadTemplate(
                f"a lone '{match[0]}' at position {match.start() + 1}; write '{match[0] * 2}' for one"
            )
        elif not match[1].strip():
            raise BadTemplate(f"an empty field at position {match.start() + 1}; name a column in the braces")
        else:
            if text:
                pieces.append(("text", text))
            pieces.append(("field", match[1].strip()))
            text = ""
    text += template[end:]
    if text:
        pieces.append(("text", text))
    if not any(kind == "field" for kind, _ in pieces):
        raise BadTemplate("no field: every row would be called the same; name a column in braces")
    return pieces


def find_reference(relation: Relation, role: str) -> ForeignKey | None:
    """The foreign key of `relation` called `role` (`customer` for `customer_id`), or None."""
    return next((foreign for foreign in relation.foreign_keys if foreign.role == role), None)


def guess(relation: Relation, key: tuple[str, ...], hidden: Collection[str]) -> tuple[TitlePart, ...]:
    """A title from names that mean one (first and last name, name, title, number …), else from the key."""
    texts = {
        "_".join(split(column.name)).lower(): column.name
        for column in relation.columns.values()
        if column.category in ("text", "enum") and column.name not in hidden
    }
    for candidate in _candidates(relation, texts):
        if candidate in texts:
            return (("column", texts[candidate]),)
        people = tuple(texts[part] for part in candidate.split(" ") if part in texts)
        if len(people) == 2:
            return (("column", people[0]), ("text", " "), ("column", people[1]))
    visible = [name for name in relation.columns if name not in hidden]
    return _joined(key or tuple(visible[:2]))


def _candidates(relation: Relation, texts: Collection[str]) -> Iterator[str]:
    table = "_".join(split(relation.name)).lower()
    one = "_".join(singular(table.replace("_", " ")).split(" "))
    for first, last in _PEOPLE:  # before "title", which for people is their post
        yield f"{first} {last}"
    yield from _NAMES
    for stem in (one, table):
        yield f"{stem}_name"
        yield f"{stem}_title"
        yield stem
    for stem in (one, table):
        yield f"{stem}_number"
        yield f"{stem}_description"
    yield from _NUMBERS
    yield one.rpartition("_")[2] + "_name"


def _joined(names: tuple[str, ...]) -> tuple[TitlePart, ...]:
    parts: list[TitlePart] = []
    for name in names:
        if parts:
            parts.append(("text", " · "))
        parts.append(("column", name))
    return tuple(parts)
