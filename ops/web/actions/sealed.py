"""What was shown as an action's effect, carried by the form and sealed: what is agreed to is what was on the screen.

Worked out a second time it could be another: the row may have moved, and code may ask what time it is. An action sees
whole rows, and sets columns that the person may not see: so what it worked out is encrypted, not only signed (P14).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from ops.catalog import Message, Table
from ops.changes import Operation
from ops.changes.acts import Act
from ops.keys import Unsealable
from ops.web.gate import actor, platform

SECONDS = 3600  # as long as somebody may look at an effect before it must be worked out anew
_PURPOSE = "web.action"


def seal(operations: Sequence[Operation], about: Sequence[str], typed: dict[str, str]) -> str:
    """The operations of one action as a text for a hidden field; `about`: table, key, action."""
    act = operations[0].act
    assert act is not None
    said = {
        "until": int(time.time()) + SECONDS,
        "about": list(about),
        "typed": typed,
        "act": [act.name, act.label, dict(act.arguments), act.asks],
        "messages": [[one.kind, one.body] for one in act.messages],
        "rows": [
            [one.kind, one.key, dict(one.base), dict(one.after), one.digest_of_table] for one in operations
        ],
    }
    # Not packed: how long it came out would tell whether what was typed is in what is hidden.
    return platform().keys.seal(_PURPOSE, json.dumps(said).encode(), bound_to=_who())


def opened(text: str, table: Table, about: Sequence[str], typed: dict[str, str]) -> list[Operation] | None:
    """The operations again; None where it is not what this person was shown, for what is typed, lately enough."""
    try:
        said: Any = json.loads(platform().keys.unseal(_PURPOSE, text, bound_to=_who()))
    except Unsealable:
        return None
    if said["until"] < time.time() or (said["about"], said["typed"]) != (list(about), typed):
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


def _who() -> str:
    who = actor()
    return f"person {who.person_id} session {who.session}"
