"""Statements of lists worked out once, then sent with other values: building one takes longer than PostgreSQL's answer.

What a statement looks like follows from the plan of the page, from the person's shape of the table, with which it is
kept, and from its conditions. Of these only values differ from one request to the next, and SQLAlchemy's own cache key
tells a condition from its values: two with the same key are the same SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def sent(
    tx: Session, plan: Plan, what: str, varying: Sequence[sa.ColumnElement[Any]], make: Callable[[], Select]
) -> list[Any]:
    """The rows of what `make` gives; made only where it is not known yet.

    It must follow from `what`, the plan but for its filters, search and position, and `varying`, whose parts it holds.
    """
    keys = [
        one._generate_cache_key() for one in varying
    ]  # none of them changes what it is made of afterwards
    told = [key.key for key in keys if key is not None]
    memory = plan.view.shape.memory
    remembered = (
        "finished", what, plan.query.columns, plan.order, plan.size, plan.backwards, plan.titled,
        plan.named, plan.also, id(plan.view.catalog), *told,
    )  # fmt: skip
    known = len(told) == len(keys)
    found: Finished | None = memory.get(remembered) if known else None
    if found is None:
        select = make()
        binds = [bind for key in keys if key is not None for bind in key.bindparams]
        found = finished(select, binds) if known else None
        if found is None:
            return list(tx.execute(select))
        if len(memory) < MOST:
            memory[remembered] = found
    values = (bind.effective_value for key in keys if key is not None for bind in key.bindparams)
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
