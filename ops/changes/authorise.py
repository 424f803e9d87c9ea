"""May this person do this today: verb by verb, column by column, in the writing transaction (P15, P16)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from ops.actor import Actor
from ops.catalog import Table
from ops.changes import acts
from ops.changes.errors import Invalid
from ops.changes.links import in_order
from ops.changes.operation import Operation
from ops.changes.own_rights import own_rights
from ops.changes.values import sendable
from ops.policy import Forbidden, NotVisible, Permission, View, require, view
from ops.words import t

VERBS = {"create": "create", "update": "edit", "delete": "delete"}


def authorise(actor: Actor, operations: Sequence[Operation], *, form: bool = True) -> list[View]:
    """The view of each operation's table, if the person may do all of them.

    Raises NotVisible for a table that does not exist for them, Forbidden for a verb or column that is not
    theirs (a form that was tampered with); with `form` Invalid too, for one that lacks what its operation
    needs.
    """
    if operations:
        view(actor, operations[0].table)  # who may see nothing is not told that proposing is what they lack
    require(actor, Permission.CHANGES_PROPOSE)
    views = [_authorise(actor, one) for one in operations]
    for position in range(len(operations)):
        if not in_order(position, operations, views):
            raise Invalid({}, t("door.general.incomplete"), position=position)
    if form:
        for position, (seen, one) in enumerate(zip(views, operations, strict=True)):
            _complete(seen, one, position)
    return views


def settable(seen: View, kind: str) -> frozenset[str]:
    """The columns a person may give in such an operation: never a masked, computed or read-only one."""
    return seen.settable(VERBS[kind])


def sees(actor: Actor, table: Table) -> bool:
    """Whether the table exists for the person."""
    try:
        view(actor, table)
    except NotVisible:
        return False
    return True


def in_full(seen: View, names: frozenset[str]) -> bool:
    """Whether the person sees every one of the columns, unmasked (P34)."""
    return names <= {one.column.name for one in seen.columns if not one.masked}


def _authorise(actor: Actor, one: Operation) -> View:
    seen = view(actor, one.table)
    if one.act is not None:
        return _acting(actor, seen, one)
    if not one.table.writable:
        raise Forbidden(t("door.refused.table", table=one.table.label))
    if not seen.may(VERBS[one.kind]):
        raise Forbidden(t(f"door.refused.verb.{one.kind}", table=one.table.label))
    if (own := own_rights(actor, one)) is not None:
        raise Forbidden(own)
    allowed = settable(seen, one.kind) if one.kind != "delete" else frozenset()
    for name in one.touched:
        # One sentence for all: whether a hidden column is there must not be learnt here.
        if name not in allowed:
            raise Forbidden(t("door.refused.column", table=one.table.label, column=name[:60]))
    return seen


def _acting(actor: Actor, seen: View, one: Operation) -> View:
    """What an action does is asked about the action; its columns are those its own code may set."""
    assert one.act is not None
    action, _ = acts.authorised(actor, one.table, one.act)
    kind = "create" if action.scope == "none" else "update"
    if one.kind != kind or not one.touched <= acts.settable(one.table, kind):
        raise Forbidden(t("door.refused.action", action=one.act.label, table=one.table.label))
    return seen


def sight(actor: Actor, one: Operation) -> sa.ColumnElement[bool] | None:
    """The condition of the rows in which the person may do this; None: every row."""
    if one.act is not None:
        return acts.authorised(actor, one.table, one.act)[1].rows("act")
    return view(actor, one.table).rows(VERBS[one.kind])


def _complete(seen: View, one: Operation, position: int) -> None:
    needed = set(one.touched) if one.kind == "update" else set()
    if one.kind == "delete":
        needed = {shown.column.name for shown in seen.columns if not shown.masked}
    known = {shown.column.name for shown in seen.columns if not shown.masked}
    whole = all(text is None or (isinstance(text, str) and sendable(text)) for text in one.base.values())
    # A base is what a page showed: texts of a database, in columns the person sees. All else is made up.
    seen_all = one.act is not None or set(one.base) <= known  # an action was shown the row by its own code
    if not whole or not needed <= set(one.base) or not seen_all:
        raise Invalid({}, t("door.general.incomplete"), position=position)
