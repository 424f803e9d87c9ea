"""Why the door did not do what was asked. Nothing was written, and everything typed is still the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class Invalid(Exception):
    """Some values cannot be stored. `fields` has a sentence by column, `general` one for the whole form.

    `position` tells which of several operations is meant, from 0.
    """

    def __init__(self, fields: Mapping[str, str], general: str | None = None, *, position: int = 0) -> None:
        super().__init__(general or "; ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = dict(fields)
        self.general = general
        self.position = position

    @property
    def said(self) -> str:
        """What is wrong as one text, where there is no field to say it beside."""
        return self.general or " ".join(self.fields.values())


class Reshaped(Invalid):
    """The company changed the shape of the table since the operation was made. Nothing was written."""

    def __init__(self, text: str, *, position: int = 0) -> None:
        super().__init__({}, text, position=position)


@dataclass(frozen=True, slots=True)
class ConflictField:
    """One column that somebody else changed too: as it was read, as it was to be, as it is now."""

    column: str
    original: str | None
    proposed: str | None
    current: str | None


class Conflict(Exception):
    """Somebody changed the same columns of the row meanwhile, or the row is gone."""

    def __init__(
        self,
        fields: Sequence[ConflictField],
        *,
        row_gone: bool = False,
        position: int = 0,
        kind: str = "update",
    ) -> None:
        super().__init__("the row is gone" if row_gone else ", ".join(field.column for field in fields))
        self.fields = list(fields)
        self.row_gone = row_gone
        self.position = position
        self.kind = kind


class Stale(Exception):
    """The change is not what was on the screen, or waits no more: show it again. `state` is today's."""

    def __init__(self, text: str, state: str) -> None:
        super().__init__(text)
        self.text = text
        self.state = state


class Unproved(Exception):
    """Whoever says yes to a change of rights must have proved lately who they are (P11). Nothing was decided."""


class SentBefore(Exception):
    """The form's token was taken: what was written is to be undone, and what the form led to is its result (P30)."""


class Overtaken(Exception):
    """Roles, rules or who has which changed since they were read, while a row was waited for (P16).

    All is undone and judged anew (`refusals.retried`).
    """


class Rejected(Exception):
    """Inside the room: operation `position` was refused; `cause` is why, to be put into words."""

    def __init__(self, position: int, cause: Exception) -> None:
        super().__init__(position)
        self.position = position
        self.cause = cause


class Unfit(Exception):
    """Inside the room: a value was seen not to fit before the database was asked."""
