"""A change moves on: seat, state, whom it asks further, events and word of it, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops import audit, direct
from ops.actor import Actor
from ops.approvals import Stage, expires_in, stage_rows
from ops.changes import store
from ops.changes.errors import Overtaken
from ops.changes.operation import Outcome
from ops.changes.store import Written

_MOVE = (
    "SELECT m.*, ops.standing_of(%(id)s, %(actor_id)s) AS standing FROM ops.move_change(%(id)s, %(token)s, "
    "CAST(%(seat)s AS jsonb), CAST(%(came)s AS jsonb), %(told)s, CAST(%(entries)s AS json), "
    "%(actor_id)s, %(request_id)s) AS m"
)


@dataclass(frozen=True, slots=True)
class Transition:
    """A state that `states.walk` has allowed. `written`: what each operation left, once it is applied.

    `further`: stages that are asked from now on in the `revision`, behind position `after`.
    """

    state: str
    final: bool = False
    failure: str | None = None
    written: Sequence[Written] | None = None
    further: Sequence[Stage] = ()
    revision: int = 1
    after: int = 0

    @property
    def row(self) -> str:
        """As `ops.move_change` takes it."""
        row: dict[str, object] = {
            "state": self.state, "final": self.final, "failure": self.failure,
            "results": store.results(self.written),
        }  # fmt: skip
        if self.further:
            row |= {
                "stages": stage_rows(self.further, self.after), "first": self.after + 1,
                "hours": expires_in(self.further), "revision": self.revision,
            }  # fmt: skip
        return json.dumps(row)


def move(
    tx: Session, actor: Actor, change_id: int, came: Transition | None, told: str | None,
    entries: Sequence[audit.Entry], *, seat: str | None = None, token: str | None = None,
    standing: str | None = None,
) -> Outcome:  # fmt: skip
    """Write the state that the change came to, if it came to one, with the events; leave word of kind `told`.

    `seat`: one that is taken by it (`approvals.seat_row`): the database refuses a maker, a maker's seat and a second
    one (P27), whatever the caller checked. The form's `token` is linked. Returns what became of the change. Raises
    Overtaken where the `standing` (`overtaken.standing`) by which that was decided is another now: a rule may have
    come, or somebody's role gone, while a row was waited for.
    """
    row = direct.one(
        tx,
        _MOVE,
        {
            "id": change_id, "token": token if actor.person_id is not None else None, "seat": seat,
            "came": None if came is None else came.row, "told": told, **audit.values(actor, entries),
        },
    )  # fmt: skip
    if standing is not None and row.standing != standing:
        raise Overtaken
    return store.outcome_from(change_id, row)
