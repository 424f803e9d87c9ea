"""Looking as a role: what its people see, and never more than one sees oneself; the rest of policy needs not know.

A role is narrowed by the person's own rights into a role of the same name, in a book of its own: verbs both give,
rows where the conditions of both hold, columns both show, under the stricter mask. So everything that asks policy,
pages and lists and searches, is answered for the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from ops.actor import Actor
from ops.catalog import Catalog, Table
from ops.policy.columns import stricter
from ops.policy.plan import Plan, plan_of
from ops.roles import Book, Role, TableRule, book_of

_MOST = 64
_books: dict[tuple[str, frozenset[str], str, int], tuple[Catalog, Book]] = {}


def looking_as(actor: Actor, role: str, catalog: Catalog) -> Actor | None:
    """The person with what `role` allows within their own rights; None where there is no such role (any more)."""
    own = book_of(actor)
    if role not in own.roles:
        return None
    key = (own.stamp, actor.roles, role, id(catalog))
    found = _books.get(key)
    if found is None or found[0] is not catalog:
        if len(_books) >= _MOST:
            _books.clear()
        found = _books[key] = (catalog, _book(actor, own, own.roles[role], catalog))
    return replace(actor, roles=frozenset((role,)), book=found[1])


def _book(actor: Actor, own: Book, role: Role, catalog: Catalog) -> Book:
    rules = {(table.schema, table.name): _rule(table, actor, own, role) for table in catalog}
    given = role.given & own.permissions(actor.roles)
    narrowed = Role(role.name, role.label, role.description, role.built_in, given, MappingProxyType(rules))
    roles = MappingProxyType({**own.roles, role.name: narrowed})
    stamp = f"{own.stamp} as {role.name} by {','.join(sorted(actor.roles))}"
    return Book(stamp, roles, own.mask_key)


def _rule(table: Table, actor: Actor, own: Book, role: Role) -> TableRule:
    """The role's rule for the table, with what the person's own rights leave of it."""
    mine, theirs = plan_of(table, actor.roles, own), plan_of(table, frozenset((role.name,)), own)
    said = role.rule(table.schema, table.name) or TableRule(role.name, table.schema, table.name)
    verbs, rows = mine.verbs & theirs.verbs, _rows(mine)
    if "see" not in verbs or rows is None:
        return replace(said, schema=table.schema, table=table.name, verbs=frozenset(), rows="")
    unseen = (name for name in table.columns if name not in mine.by_name)
    return replace(
        said,
        schema=table.schema,
        table=table.name,
        verbs=verbs,
        rows=" and ".join(f"({text})" for text in (said.rows, rows) if text),
        hidden=said.hidden.union(unseen),
        masked=MappingProxyType({**said.masked, **dict(_masks(mine, said))}),
    )


def _rows(mine: Plan) -> str | None:
    """The rows the person sees by their roles, as a condition: "" for every row, None for none."""
    seeing = mine.giving("see")
    if any(voice.every_row for voice in seeing):
        return ""
    each = []
    for voice in seeing:
        limits = mine.limits(voice.rule)
        if all(limit.condition is not None for limit in limits):
            each.append(" and ".join(f"({limit.text})" for limit in limits))
    return " or ".join(f"({text})" for text in each) or None


def _masks(mine: Plan, said: TableRule) -> Iterator[tuple[str, str]]:
    for one in mine.columns:
        if one.pattern is not None:
            both = [one.pattern, *([said.masked[one.name]] if one.name in said.masked else [])]
            yield one.name, stricter(both)
