"""Addresses of roles and of their rights on tables."""

from __future__ import annotations

from urllib.parse import quote

from ops.web.places import place_ref


def role_href(name: str, *more: str) -> str:
    """A role's page, and what lies below it."""
    return "/".join(("/people/roles", quote(name, safe=""), *more))


def right_href(role: str, schema: str, table: str, *more: str) -> str:
    """The form of a right: `/people/roles/finance/tables/shop.orders`, `…/shop.*`, `…/*`."""
    return role_href(role, "tables", quote(place_ref(schema, table), safe="*"), *more)
