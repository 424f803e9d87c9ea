"""Statements of lists worked out once, then sent with other values: building one takes longer than PostgreSQL's answer.

What a statement looks like follows from the plan of the page, from the person's shape of the table, with which it is
kept, and from its conditions. Of these only values differ from one request to the next. SQLAlchemy's own cache key
tells a condition from its values: two with the same key are the same SQL. An arm of a search has a sign that does so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from ops import direct

if TYPE_CHECKING:
    from ops.records.fetching import Plan

MOST = 500  # what one shape remembers, this and all else
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # as the engine has it
Select = sa.Select[Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A statement's text, the values that never differ, and the names of those that do, in their order."""

    text: str
    values: dict[str, Any]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What tells a part of a statement from another, the values in it, and, once it is made, what stands for them."""

    key: Hashable
    values: Sequence[Any]
    binds: Callable[[], Sequence[sa.BindParameter[Any]]]


def told(one: sa.ClauseElement) -> Told | None:
    """The same of any condition; None where SQLAlchemy cannot tell it."""
    key = one._generate_cache_key()  # none of them changes what it is made of afterwards
    if key is None:
        return None
    return Told(key.key, [bind.effective_value for bind in key.bindparams], lambda: key.bindparams)


def sent(
    tx: Session,
    plan: Plan,
    what: str,
    varying: Sequence[sa.ColumnElement[Any] | Told | None],
    make: Callable[[], Select],
) -> list[Any]:
    """The rows of what `make` gives; made only where it is not known yet.

    It must follow from `what`, the plan but for its filters, search and position, and `varying`, whose parts it holds.
    None among them is a part that nothing tells from others.
    """
    each = [one if one is None or isinstance(one, Told) else told(one) for one in varying]
    parts = [one for one in each if one is not None]
    memory = plan.view.shape.memory
    remembered = (
        "finished", what, plan.query.columns, plan.order, plan.size, plan.backwards, plan.titled,
        plan.named, plan.also, id(plan.view.catalog), *(one.key for one in parts),
    )  # fmt: skip
    known = len(parts) == len(each)
    found: Finished | None = memory.get(remembered) if known else None
    if found is None:
        select = make()
        found = finished(select, [bind for one in parts for bind in one.binds()]) if known else None
        if found is None:
            return list(tx.execute(select))
        if len(memory) < MOST:
            memory[remembered] = found
    values = (value for one in parts for value in one.values)
    return direct.rows(tx, found.text, {**found.values, **dict(zip(found.names, values, strict=True))})


def finished(
    select: Select | sa.CompoundSelect[Any], binds: Sequence[sa.BindParameter[Any]] = ()
) -> Finished | None:
    """The statement as it is sent, with `binds` as what differs.

    None where a value would have to be put into another form first, or does not stand in the statement itself.
    """
    compiled: Any = select.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    if compiled._bind_processors or any(bind not in compiled.bind_names for bind in binds):
        return None
    names = tuple(compiled.bind_names[bind] for bind in binds)
    return Finished(str(compiled), dict(compiled.params), names)
