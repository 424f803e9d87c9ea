"""What can be wrong with a list's query, in words, with what is left of it when the bad part is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.policy import NotVisible

if TYPE_CHECKING:
    from ops.records.query import ListQuery


class QueryError(Exception):
    """The list's query cannot be answered as it stands."""


class UnknownColumn(QueryError, NotVisible):
    """The query names a column that does not exist for this person: 404."""


class BadFilter(QueryError):
    """A filter, sort or search that cannot be meant: `problems` in words, `query` without what was wrong.

    A page shows the problems beside the list of `query`, keeps what was typed, and answers 422.
    """

    def __init__(self, problems: Sequence[str], query: ListQuery) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)
        self.query = query
