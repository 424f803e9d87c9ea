"""Addresses of roles and of their rights on tables."""

from __future__ import annotations

from urllib.parse import quote

from ops.catalog import BadAddress, parse_table_ref, table_ref
from ops.policy import NotVisible
from ops.roles import ANY


def role_href(name: str, *more: str) -> str:
    """A role's page, and what lies below it."""
    return "/".join(("/people/roles", quote(name, safe=""), *more))


def right_href(role: str, schema: str, table: str, *more: str) -> str:
    """The form of a right: `/people/roles/finance/tables/shop.orders`, `…/shop.*`, `…/*`."""
    return role_href(role, "tables", quote(place_ref(schema, table), safe="*"), *more)


def place_ref(schema: str, table: str) -> str:
    """The place a right is about, as it stands in an address."""
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
