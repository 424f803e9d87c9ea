"""Rows of a chunk, locked: which are there, the person's, and still as they were frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.approvals import UNKNOWN, ApprovalRule, Circumstances, Stage
from ops.approvals.each import read_columns
from ops.catalog import Catalog, Table
from ops.changes import apply
from ops.changes.acts import Act
from ops.changes.bulk import writing
from ops.changes.bulk.acting import allowed
from ops.changes.bulk.targets import Result, Target
from ops.changes.errors import Invalid
from ops.changes.operation import fold
from ops.changes.validating import misfits
from ops.changes.values import problems
from ops.changes.writing import Row, Seen, Sight, key_of
from ops.policy import view
from ops.words import t


@dataclass(frozen=True)
class Terms:
    """On what a chunk is applied: in whose rights, by which rules, with which stages already agreed."""

    catalog: Catalog
    actor: Actor
    table: Table
    rules: Sequence[ApprovalRule]
    agreed: Sequence[Stage] = ()
    act: Act | None = None
    about: Circumstances = UNKNOWN

    def sight(self, kind: str) -> Sight:
        """The condition of the rows in which the person may do that."""
        return allowed(view(self.actor, self.table), kind, self.act)


@dataclass
class Chunk:
    """What became of the rows: a result for each, those written, and what rules further ask for."""

    results: list[Result] = field(default_factory=list)
    done: list[apply.Done] = field(default_factory=list)
    further: list[Stage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Going:
    """A target whose row is locked and still as it was frozen; `before` is None for a new row."""

    target: Target
    before: Row | None
    key: str | None

    @property
    def after(self) -> Mapping[str, str | None]:
        """What it shall be."""
        return self.target.after or {}

    @property
    def proposed(self) -> tuple[str, Row | None, Row | None, frozenset[str]]:
        """Kind, old, new and touched columns, for rules."""
        gone = self.target.kind == "delete"
        new = None if gone else {**(self.before or {}), **self.after}
        return self.target.kind, self.before, new, frozenset() if gone else frozenset(self.after)


def hold(
    tx: Session, terms: Terms, targets: Sequence[Target], chunk: Chunk, held: Mapping[int, Seen] | None
) -> list[Going]:
    """Lock the rows and keep those that are there, the person's, and as they were frozen."""
    going = [Going(one, None, None) for one in targets if one.kind == "create"]
    for kind in ("update", "delete"):
        some = [one for one in targets if one.kind == kind]
        if not some:
            continue
        seen = held if held is not None else _locked(tx, terms, kind, some)
        judge = _Judge(terms.table)
        for one in some:
            found = seen.get(one.position)
            result = judge.stands_in_the_way(one, found)
            if result is not None:
                chunk.results.append(result)
            elif found is not None:
                going.append(Going(one, found.row, key_of(terms.table, found.row)))
    return going


def _locked(tx: Session, terms: Terms, kind: str, some: Sequence[Target]) -> dict[int, Seen]:
    # What a rule reads it reads whole: a digest contains no word.
    touched = {name for one in some for name in one.after or ()}
    full = None if kind == "delete" else touched | read_columns(terms.table, terms.rules)
    keys = [one.parts or () for one in some]
    found = writing.read(tx, terms.table, keys, full=full, locked=True, sight=terms.sight(kind))
    return {some[place].position: row for place, row in found.items()}


class _Judge:
    """Says what stands in the way of rows; what many of them have in common is judged once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._wrong: dict[int, dict[str, str]] = {}  # by the new values, which the targets hold on to

    def stands_in_the_way(self, one: Target, found: Seen | None) -> Result | None:
        """The result of a row that is not to be written; None for one that is."""
        if found is None:
            return Result(one.position, "gone", t("bulk.gone"))
        if not found.in_sight:
            return Result(one.position, "unseen", t("bulk.unseen"))
        table, row, after = self._table, found.row, one.after or {}
        moved = [n for n, text in one.base.items() if row.get(n) != text and fold(row.get(n)) != text]
        if moved:
            labels = ", ".join(table.columns[name].label or name for name in moved)
            return Result(one.position, "moved", t("bulk.moved", columns=labels))
        if one.kind == "update" and all(
            row[n] == text or fold(row[n]) == fold(text) for n, text in after.items()
        ):
            return Result(one.position, "same")
        wrong = self._problems(after) or misfits(table, one.kind, row, after)
        return Result(one.position, "failed", said(table, Invalid(wrong))) if wrong else None

    def _problems(self, after: Mapping[str, str | None]) -> dict[str, str]:
        known = self._wrong.get(id(after))
        if known is None:
            known = self._wrong[id(after)] = problems(self._table, "update", after)
        return known


def said(table: Table, invalid: Invalid) -> str:
    """What is wrong with a row, as one text: each sentence after its column's name."""
    labels = {name: column.label or name for name, column in table.columns.items()}
    return invalid.general or " ".join(f"{labels[name]}: {text}" for name, text in invalid.fields.items())
