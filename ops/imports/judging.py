"""One statement for a thousand rows: their values as PostgreSQL writes them, and the rows they are found to be.

All reading goes through the person's views: a row out of sight is not found, here as anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from ops.catalog import Column, ForeignKey
from ops.catalog.core import PgType
from ops.imports.plan import Plan
from ops.policy import View

_TEXTS = ARRAY(sa.Text)


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says of one row of the file. `key` is None where it is nobody's the person sees."""

    written: Sequence[str | None]  # the mapped columns' values, as PostgreSQL writes them
    key: Sequence[str] | None
    was: Sequence[str | None]  # the same columns of the row that was found
    editable: bool
    targets: Sequence[bool]  # per foreign key: there is such a row
    beside: Sequence[str | None]  # further columns of the row that was found
    # per further unique index: the key of who has these values already
    others: Sequence[Sequence[str] | None]


class Judge:
    """The statement for one plan, person and table; built once, asked for every piece of the file."""

    def __init__(self, seen: View, plan: Plan) -> None:
        self.seen, self.table = seen, seen.table
        self.names = tuple(plan.mapped)
        self.match = plan.match
        self.foreign = tuple(one for one in self.table.foreign_keys if self._judged(one))
        self.uniques = tuple(self._uniques())
        # Columns the file does not fill, which a validator looks at beside those it does.
        self.beside = tuple(self._beside())
        self._given = self._values()
        self._statement = self._select()

    def ask(self, tx: Session, rows: Sequence[Mapping[str, str | None]]) -> list[Found]:
        """One answer for each row, which names its columns' values; a column it does not name stays as it is."""
        values = {f"v{n}": [row.get(name) for row in rows] for n, name in enumerate(self.names)}
        count, keys, targets = len(self.names), len(self.table.key), len(self.foreign)
        found = []
        for row in tx.execute(self._statement, values):
            written, was = row[1 : 1 + count], row[1 + count : 1 + 2 * count]
            rest = row[1 + 2 * count :]
            key = rest[:keys] if self.match and rest[0] is not None else None
            there = rest[keys + 1 : keys + 1 + targets]
            rest_, ends = rest[keys + 1 + targets :], len(self.beside)
            found.append(Found(written, key, was, bool(rest[keys]), there, rest_[:ends], rest_[ends:]))
        return found

    def refusals(self, tx: Session, doubtful: Sequence[tuple[str, str]]) -> list[str | None]:
        """For each (column, text): the SQLSTATE by which PostgreSQL refuses it, or None where it takes it."""
        types = [read_as(self.table.columns[name]) for name, _ in doubtful]
        texts = [text for _, text in doubtful]
        rows = tx.execute(_REFUSALS, {"texts": texts, "types": types})
        return [row[0] for row in rows]

    def _values(self) -> Any:
        """The rows of the file as a table of texts, a column each."""
        lists = [sa.cast(sa.bindparam(f"v{n}"), _TEXTS) for n in range(len(self.names))]
        columns = [sa.column(f"v{n}", sa.Text) for n in range(len(self.names))]
        return sa.func.unnest(*lists).table_valued(*columns, with_ordinality="n").render_derived(name="given")

    def _typed(self, name: str) -> sa.ColumnElement[Any]:
        place = self.names.index(name)
        return sa.cast(self._given.c[f"v{place}"], PgType(self.table.columns[name].cast_type))

    def _written(self, place: int, name: str) -> sa.ColumnElement[Any]:
        column = self.table.columns[name]
        given: sa.ColumnElement[Any] = self._given.c[f"v{place}"]
        if column.category == "text":
            return given  # what was written is what stands there, blanks at its end included
        return sa.cast(sa.cast(given, PgType(read_as(column))), sa.Text)

    def _select(self) -> sa.Select[Any]:
        written = [self._written(n, name).label(f"w{n}") for n, name in enumerate(self.names)]
        keys = [sa.cast(sa.null(), sa.Text).label(f"k{n}") for n in range(len(self.table.key))]
        was = [sa.cast(sa.null(), sa.Text).label(f"o{n}") for n in range(len(self.names))]
        beside = [sa.cast(sa.null(), sa.Text).label(f"b{n}") for n in range(len(self.beside))]
        may: sa.ColumnElement[Any] = sa.false().label("may")
        source: Any = self._given
        if self.match:
            row = self._row()
            source = self._given.outerjoin(row, sa.true())
            keys = [row.c[f"k{n}"] for n in range(len(self.table.key))]
            was, may = [row.c[f"o{n}"] for n in range(len(self.names))], row.c.may
            beside = [row.c[f"b{n}"] for n in range(len(self.beside))]
        targets = [self._target(one).label(f"f{n}") for n, one in enumerate(self.foreign)]
        others = [self._other(n, names).label(f"u{n}") for n, names in enumerate(self.uniques)]
        chosen = sa.select(self._given.c.n, *written, *was, *keys, may, *targets, *beside, *others)
        return chosen.select_from(source).order_by(self._given.c.n)

    def _row(self) -> Any:
        """The row the match's values name, as the person sees it, and whether they may edit it."""
        seen = self.seen
        edits = seen.rows("edit") if seen.may("edit") else sa.false()
        may: sa.ColumnElement[Any] = sa.true() if edits is None else sa.func.coalesce(edits, sa.false())
        items = [seen.text(name).label(f"k{n}") for n, name in enumerate(self.table.key)]
        items += [self._stands(name).label(f"o{n}") for n, name in enumerate(self.names)]
        items += [seen.text(name).label(f"b{n}") for n, name in enumerate(self.beside)]
        same = [seen.raw(name) == self._typed(name) for name in self.match]
        select = seen.select(*items, may.label("may")).where(*same).correlate(self._given)
        return select.limit(sa.literal_column("1")).lateral("found")

    def _stands(self, name: str) -> sa.ColumnElement[Any]:
        # A column the person may not read in full is none a file may fill; a key they read always.
        return self.seen.text(name)

    def _judged(self, foreign: ForeignKey) -> bool:
        """Whether the file holds the whole reference, and the person could see what it names."""
        target = self.seen.of(foreign.target_ref)
        whole = set(foreign.columns) <= set(self.names)
        return whole and target is not None and all(map(target.sees, foreign.target_columns))

    def _target(self, foreign: ForeignKey) -> sa.ColumnElement[Any]:
        target = self.seen.of(foreign.target_ref)
        assert target is not None
        other = target.alias(f"t_{foreign.name}")
        pairs = list(zip(foreign.columns, foreign.target_columns, strict=True))
        same = [other.raw(there) == self._typed(here) for here, there in pairs]
        given = [self._given.c[f"v{self.names.index(here)}"] for here, _ in pairs]
        there = other.select(sa.literal_column("1")).where(*same).correlate(self._given).exists()
        # A reference with a part that is nothing refers to nothing.
        return sa.or_(there, *(value.is_(None) for value in given))

    def _uniques(self) -> list[tuple[str, ...]]:
        found = []
        for index in self.table.indexes:
            names = tuple(column.name or "" for column in index.columns)
            whole = index.unique and not index.partial and set(names) <= set(self.names)
            if whole and set(names) != set(self.match) and all(map(self.seen.sees, names)):
                found.append(names)
        return found

    def _beside(self) -> list[str]:
        wanted = {name for one in self.table.resource.validators for name in one.columns}
        return [one.name for one in self.seen.columns if one.name in wanted - set(self.names)]

    def _other(self, place: int, names: Sequence[str]) -> sa.ColumnElement[Any]:
        other = self.seen.alias(f"u_{place}")
        same = [other.raw(name) == self._typed(name) for name in names]
        key = array([other.text(name) for name in self.table.key])
        found = other.select(key).where(*same).correlate(self._given).limit(sa.literal_column("1"))
        return sa.type_coerce(found.scalar_subquery(), _TEXTS)


def read_as(column: Column) -> str:
    """The type a text is read as: a domain as itself, so that its checks speak; else without a length that cuts."""
    domain = column.type.split("(")[0] != column.base.split("(")[0]
    exact = column.category in ("number", "money", "date", "time", "timestamp", "interval", "boolean", "uuid")
    return column.type if domain or exact else column.cast_type


_REFUSALS = sa.text(
    "SELECT ops.refusal_of(value, type) FROM unnest(CAST(:texts AS text[]), CAST(:types AS text[])) "
    "WITH ORDINALITY AS doubtful (value, type, n) ORDER BY n"
)
