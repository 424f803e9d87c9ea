"""Who may use an action: the verb "act" on its table, and the permission it asks for (docs/decisions/0011)."""

from __future__ import annotations

from dataclasses import replace

from ops.actor import Actor
from ops.catalog import Action, Catalog, Table
from ops.policy.plan import plan_of
from ops.policy.refusal import NotVisible
from ops.policy.view import View, view
from ops.roles import book_of


def may_act(actor: Actor, table: Table, action: Action) -> bool:
    """Whether the person may use the action, in some row at least."""
    return bool(_acting_roles(actor, table, action))


def acting_view(actor: Actor, table: Table, action: Action, catalog: Catalog | None = None) -> View | None:
    """The rows to which the person may do it, and what they see of them; None where they may not at all.

    Only the roles that hold its permission count: another role's rows are not theirs to act on.
    """
    roles = _acting_roles(actor, table, action)
    if not roles:
        return None
    try:
        return view(replace(actor, roles=roles), table, catalog).under("act")
    except NotVisible:
        return None


def actions_of(actor: Actor, table: Table) -> list[Action]:
    """The actions of a table that the person may use, as they were declared."""
    return [one for one in table.resource.deeds if may_act(actor, table, one)]


def _acting_roles(actor: Actor, table: Table, action: Action) -> frozenset[str]:
    if table.house or not table.writable:
        return frozenset()
    book = book_of(actor)
    giving = {voice.rule.role for voice in plan_of(table, actor.roles, book).giving("act")}
    return frozenset(
        name for name in giving if name in book.roles and book.roles[name].holds(action.permission)
    )
