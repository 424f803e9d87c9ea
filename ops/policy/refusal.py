"""How policy says no: the three answers, and which page each becomes."""

from __future__ import annotations


class Forbidden(Exception):
    """The person may see that this exists, but not do it: 403. The message is for people.

    `recorded`: whoever refused has written it to the trail; the page that answers need not do so again (P35).
    """

    recorded = False


class NotVisible(LookupError):
    """For this person it does not exist: a table, a row, a column. Answered as 404."""


class Masked(Exception):
    """The person sees only a mask of the column, so it cannot be filtered, sorted or searched."""

    def __init__(self, column: str) -> None:
        super().__init__(f"{column} is masked for you, so it cannot be filtered, sorted or searched")
        self.column = column
