"""An action on many rows: worked out for each from the row as it is frozen, written and told chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.approvals import Stage
from ops.catalog import Refuse, Table
from ops.changes import acting, acts, sentences
from ops.changes.acts import Act
from ops.changes.apply import Done
from ops.changes.authorise import VERBS
from ops.changes.bulk.each import MAKERS, Made
from ops.changes.errors import Invalid
from ops.policy import View
from ops.words import t

MAKER = "action"


def spec(act: Act) -> dict[str, Any]:
    """What a Wish carries as `each`, so that any worker can go on."""
    return {"maker": MAKER, "name": act.name, "label": act.label, "arguments": dict(act.arguments)}


def act_of(said: Mapping[str, Any] | None) -> Act | None:
    """The act of such a spec; None of any other."""
    if said is None or said.get("maker") != MAKER:
        return None
    return Act(str(said["name"]), str(said["label"]), dict(said["arguments"]))


def allowed(seen: View, kind: str, act: Act | None) -> sa.ColumnElement[bool] | None:
    """The condition of the rows in which the person may do it; None: every row. Raises Forbidden."""
    if act is None:
        return seen.rows(VERBS[kind])
    return acts.authorised(seen.actor, seen.table, act)[1].rows("act")


def stages(table: Table, act: Act | None) -> list[Stage]:
    """Whom the declaration of the action asks each time, as it is now."""
    action = None if act is None else table.resource.actions.get(act.name)
    if act is None or action is None:
        return []
    return Act(act.name, act.label, asks=action.asks).stages


def make(
    tx: Session, seen: View, said: Mapping[str, Any], rows: Sequence[Mapping[str, str | None]]
) -> list[Made]:
    """Every row's new values, or the sentence that says why there are none.

    Raises Invalid where a parameter names a row that is not there for the person.
    """
    act = act_of(said)
    assert act is not None
    action, _ = acts.authorised(seen.actor, seen.table, act)
    typed = {name: text or "" for name, text in act.arguments.items()}
    acting.refer(tx, seen, action, typed)
    known: dict[tuple[tuple[str, str | None], ...], Made] = {}
    made: list[Made] = []
    for row in rows:
        try:
            after, _ = acting.run(action, seen.table, row, acting.read(action, typed))
        except (Refuse, acting.Broken, Invalid) as error:
            made.append(str(error))
            continue
        key = tuple(sorted(after.items()))
        if key not in known:  # many rows get the same values: PostgreSQL reads them once
            known[key] = _written(tx, seen.table, after)
        made.append(known[key])
    return made


def _written(tx: Session, table: Table, after: Mapping[str, str | None]) -> Made:
    written = sentences.as_written(tx, table, after)
    if written is not None:
        return written
    wrong = sentences.misread(tx, table, after)
    labels = (f"{table.columns[name].label}: {text}" for name, text in wrong.items())
    return " ".join(labels) or t("door.general.other", code="22000")


def tell(tx: Session, change_id: int, table: Table, act: Act | None, done: Sequence[Done]) -> None:
    """Leave word of the rows that were written, in the transaction that writes them.

    The messages are worked out from the row as it stood under the lock, by the same code with the same arguments.
    """
    action = None if act is None else table.resource.actions.get(act.name)
    if act is None or action is None:
        return
    typed = {name: text or "" for name, text in act.arguments.items()}
    for one in done:
        try:
            _, messages = acting.run(action, table, one.before or {}, acting.read(action, typed))
        except (Refuse, acting.Broken, Invalid):
            continue  # it says now that there is nothing to be done; what was agreed to is written all the same
        acts.tell(tx, change_id, Act(act.name, act.label, act.arguments, messages))


MAKERS[MAKER] = make
