"""What an action was asked for, kept with its change: the name, what was typed, what is told once it is applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import outbox
from ops.actor import Actor
from ops.approvals import Stage
from ops.catalog import Action, Message, Table
from ops.policy import Forbidden, View, acting_view
from ops.words import t

_ADD = sa.text(
    "INSERT INTO ops.change_action (change_id, name, label, arguments, messages) "
    "VALUES (:change_id, :name, :label, CAST(:arguments AS jsonb), CAST(:messages AS jsonb))"
)


@dataclass(frozen=True)
class Act:
    """One use of an action. `arguments` are texts as they were typed; `asks` is the role that must always agree."""

    name: str
    label: str
    arguments: Mapping[str, str | None] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    asks: str | None = None

    @property
    def part_of_digest(self) -> dict[str, object]:
        """What a decision is bound to: also what is told to others once it is applied (P28)."""
        said = [json.dumps([one.kind, one.body], sort_keys=True, ensure_ascii=False) for one in self.messages]
        return {
            "act": {
                "name": self.name,
                "arguments": dict(self.arguments),
                "messages": dict(zip(map(str, range(len(said))), said, strict=True)),
            }
        }

    @property
    def stages(self) -> list[Stage]:
        """Who is asked by the declaration itself, whatever the rules say."""
        return [] if self.asks is None else [Stage(self.asks, 1, (t("door.action_asks", action=self.label),))]


def authorised(actor: Actor, table: Table, act: Act) -> tuple[Action, View]:
    """The action as it is declared now, and the rows the person may do it to. Raises Forbidden."""
    action = table.resource.actions.get(act.name)
    seen = None if action is None else acting_view(actor, table, action)
    if action is None or seen is None:
        raise Forbidden(t("door.refused.action", action=act.label, table=table.label))
    return action, seen


def settable(table: Table, kind: str) -> frozenset[str]:
    """The columns an action may set: the company's code decides, not what the person could edit; never the key."""
    creating = kind == "create"
    return frozenset(
        name
        for name, column in table.columns.items()
        if not column.computed
        and (column.insertable if creating else column.updatable and name not in table.key)
    )


def keep(tx: Session, change_id: int, act: Act, *, applied: bool) -> None:
    """Write down what was asked for; where it is applied already, tell what is to be told."""
    tx.execute(
        _ADD,
        {
            "change_id": change_id,
            "name": act.name,
            "label": act.label,
            "arguments": json.dumps(dict(act.arguments), ensure_ascii=False),
            "messages": json.dumps(
                [{"kind": m.kind, "body": m.body} for m in act.messages], ensure_ascii=False
            ),
        },
    )
    if applied:
        tell(tx, change_id, act)


def tell(tx: Session, change_id: int, act: Act) -> None:
    """Leave the action's messages in the outbox, in the transaction that applies the change."""
    for one in act.messages:
        body: dict[str, Any] = {**one.body, "change_id": str(change_id)}
        outbox.put(tx, one.kind, body)


def from_json(row: Any) -> Act | None:
    """An act out of its row as JSON; None where there is none."""
    if row is None:
        return None
    messages = tuple(Message(one["kind"], dict(one["body"])) for one in row["messages"])
    return Act(row["name"], row["label"], row["arguments"], messages)
