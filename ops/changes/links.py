"""Values that an operation takes from rows which earlier operations of the same change make.

Only what a foreign key would take: a child's reference to the parent that is made with it. Nothing else may travel
this way, or a form could copy a column its sender does not see into one they do (P14, P15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ops.changes.operation import Link, Operation
from ops.policy import View


def in_order(position: int, operations: Sequence[Operation], views: Sequence[View]) -> bool:
    """Whether every link of operation `position` names a new row before it, by a foreign key, in sight."""
    one = operations[position]
    return not set(one.links) & set(one.after) and all(
        0 <= link.position < position
        and operations[link.position].kind == "create"
        and _refers(one, name, operations[link.position], link)
        and views[link.position].sees(link.column)
        for name, link in one.links.items()
    )


def resolved(one: Operation, rows: Sequence[Mapping[str, str | None] | None]) -> Operation:
    """The operation with its links' values in `after`; `rows` are those of the operations before it, as written."""
    if not one.links:
        return one
    given = {name: (rows[link.position] or {}).get(link.column) for name, link in one.links.items()}
    return replace(one, after={**one.after, **given}, links={})


def _refers(one: Operation, name: str, parent: Operation, link: Link) -> bool:
    return any(
        (foreign.target_schema, foreign.target_table) == (parent.table.schema, parent.table.name)
        and (name, link.column) in zip(foreign.columns, foreign.target_columns, strict=True)
        for foreign in one.table.foreign_keys
    )
