"""Which rows of a file would leave the person's own sight: the door refuses these when it writes, the dry run before.

A row condition is asked of the row as it would be. What cannot be known beforehand (a sequence's next number, what a
trigger does) is not guessed: such a row is left to the door.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ops.catalog import Column
from ops.catalog.core import PgType
from ops.policy import View
from ops.policy.would_be import named_in, with_values

_TEXTS = ARRAY(sa.Text)
# Defaults that say the same whenever they are asked; running any other could take a number from a sequence.
_CONSTANT = re.compile(
    r"(?:NULL|true|false|-?\d+(?:\.\d+)?|'(?:[^']|'')*')(?:::[\w .\"\[\]()]+)?", re.IGNORECASE
)

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Going:
    """A row on its way in: its key where it is there already, and the values it gets."""

    key: Sequence[str] | None
    after: Values


class Sight:
    """Asks the row conditions under which the person may create and edit; none is asked where there is none."""

    def __init__(self, seen: View) -> None:
        self._seen, self._table = seen, seen.table
        self._new = seen.rows("create") if seen.may("create") else None
        self._old = seen.rows("edit") if seen.may("edit") else None
        self._named = {
            id(rows): named_in(rows, seen.table) for rows in (self._new, self._old) if rows is not None
        }

    def outside(self, tx: Session, rows: Sequence[Going]) -> set[int]:
        """The places of those rows that the person could not see, or not edit, once they are written."""
        found: set[int] = set()
        for new, touched, places in self._groups(rows):
            condition = self._new if new else self._old
            assert condition is not None
            statement = self._statement(condition, new, touched)
            if statement is None:
                continue
            given = [rows[place] for place in places]
            values: dict[str, Any] = {
                f"v{n}": [one.after[name] for one in given] for n, name in enumerate(touched)
            }
            values["places"] = places
            if not new:
                for n in range(len(self._table.key)):
                    values[f"k{n}"] = [(one.key or ())[n] for one in given]
            found.update(tx.scalars(statement, values))
        return found

    def _groups(self, rows: Sequence[Going]) -> Iterator[tuple[bool, tuple[str, ...], list[int]]]:
        """(new, columns of the condition that are given, places of such rows)."""
        groups: dict[tuple[bool, tuple[str, ...]], list[int]] = {}
        for place, one in enumerate(rows):
            new = one.key is None
            condition = self._new if new else self._old
            if condition is None:
                continue
            touched = tuple(name for name in self._named[id(condition)] if name in one.after)
            if new or touched:  # what none of its columns changes stays where it is
                groups.setdefault((new, touched), []).append(place)
        yield from ((new, touched, places) for (new, touched), places in groups.items())

    def _statement(
        self, condition: sa.ColumnElement[bool], new: bool, touched: Sequence[str]
    ) -> sa.Select[Any] | None:
        """The places of rows that do not meet the condition; None where that cannot be known."""
        columns = self._table.columns
        names = [f"v{n}" for n in range(len(touched))]
        keys = [] if new else [f"k{n}" for n in range(len(self._table.key))]
        lists: list[sa.ColumnElement[Any]] = [sa.cast(sa.bindparam("places"), PgType("integer[]"))]
        lists += [sa.cast(sa.bindparam(name), _TEXTS) for name in (*names, *keys)]
        shown: list[sa.ColumnElement[Any]] = [sa.column("place", sa.Integer)]
        shown += [sa.column(name, sa.Text) for name in (*names, *keys)]
        given = sa.func.unnest(*lists).table_valued(*shown).render_derived(name="going")
        will_be: dict[str, sa.ColumnElement[Any]] = {
            name: sa.cast(given.c[f"v{n}"], PgType(columns[name].cast_type)) for n, name in enumerate(touched)
        }
        if new:
            for name in self._named[id(condition)]:
                if name not in will_be:
                    default = _default(columns[name])
                    if default is None:
                        return None
                    will_be[name] = default
        within = sa.func.coalesce(with_values(condition, self._table, will_be), sa.false())
        if new:
            return sa.select(given.c.place).where(sa.not_(within))
        same = [
            self._seen.raw(name) == sa.cast(given.c[f"k{n}"], PgType(columns[name].cast_type))
            for n, name in enumerate(self._table.key)
        ]
        return self._seen.select(given.c.place).where(*same, sa.not_(within))


def _default(column: Column) -> sa.ColumnElement[Any] | None:
    """What a column holds that is not given, where that is the same each time."""
    if column.generated is not None or column.identity is not None:
        return None
    text = column.default if column.default is not None else "NULL"
    if not _CONSTANT.fullmatch(text):
        return None
    return sa.cast(sa.literal_column(text), PgType(column.cast_type))
