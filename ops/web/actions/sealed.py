"""What was shown as an action's effect, carried by the form and signed: what is agreed to is what was on the screen.

Worked out a second time it could be another: the row may have moved, and code may ask what time it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from ops.catalog import Message, Table
from ops.changes import Operation
from ops.changes.acts import Act
from ops.web.gate import actor

SECONDS = 3600  # as long as somebody may look at an effect before it must be worked out anew


def seal(operations: Sequence[Operation], about: Sequence[str], typed: dict[str, str]) -> str:
    """The operations of one action as a text for a hidden field; `about`: table, key, action."""
    act = operations[0].act
    assert act is not None
    said = {
        "who": _who(),
        "about": list(about),
        "typed": typed,
        "act": [act.name, act.label, dict(act.arguments), act.asks],
        "messages": [[one.kind, one.body] for one in act.messages],
        "rows": [
            [one.kind, one.key, dict(one.base), dict(one.after), one.digest_of_table] for one in operations
        ],
    }
    return _serializer().dumps(said)


def opened(text: str, table: Table, about: Sequence[str], typed: dict[str, str]) -> list[Operation] | None:
    """The operations again; None where it is not what this person was shown, for what is typed, lately enough."""
    try:
        said: Any = _serializer().loads(text, max_age=SECONDS)
    except BadData:
        return None
    if (said["who"], said["about"], said["typed"]) != (_who(), list(about), typed):
        return None
    name, label, arguments, asks = said["act"]
    messages = tuple(Message(kind, body) for kind, body in said["messages"])
    act = Act(name, label, arguments, messages, asks)
    if any(shape != table.digest for *_, shape in said["rows"]):
        return None  # the table is another since: it is worked out anew
    return [
        Operation(kind, table, key, base, after, shape, act=act)
        for kind, key, base, after, shape in said["rows"]
    ]


def _who() -> list[str | None]:
    who = actor()
    return [None if who.person_id is None else str(who.person_id), who.session]


def _serializer() -> URLSafeTimedSerializer:
    keys = [*reversed(current_app.config.get("SECRET_KEY_FALLBACKS") or []), current_app.secret_key]
    return URLSafeTimedSerializer(keys, salt="countersign action")
