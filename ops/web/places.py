"""What a right or a rule is about, as it stands in addresses and forms: `shop.orders`, `shop.*`, `*`."""

from __future__ import annotations

from collections.abc import Sequence

from ops.catalog import BadAddress, Catalog, parse_table_ref, table_ref
from ops.policy import NotVisible
from ops.roles import ANY
from ops.web.right_words import place_words


def place_ref(schema: str, table: str) -> str:
    """The place as it stands in an address."""
    if schema == ANY:
        return ANY
    return f"{table_ref(schema, 'x')[:-1] or 'public.'}*" if table == ANY else table_ref(schema, table)


def parse_place(text: str) -> tuple[str, str]:
    """(schema, table) of a place. Raises NotVisible for what is none."""
    if text == ANY:
        return ANY, ANY
    try:
        if text.endswith(".*"):
            return parse_table_ref(text[:-1] + "x")[0], ANY
        return parse_table_ref(text)
    except BadAddress as error:
        raise NotVisible(text) from error


def place_choices(catalog: Catalog) -> Sequence[tuple[str, str]]:
    """(place, words) for a choice: every table, every table of a schema, each table of the company by group."""
    schemas = sorted({table.schema for table in catalog})
    general = [(ANY, ANY), *((schema, ANY) for schema in schemas)]
    many = [(place_ref(*one), place_words(catalog, *one)) for one in general]
    each = [
        (place_ref(table.schema, table.name), f"{group.label} · {table.label}")
        for group in catalog.groups
        for table in group.tables
    ]
    return [*many, *each]
