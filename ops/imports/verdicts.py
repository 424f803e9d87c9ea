"""What becomes of each row of a file: new, changed, same or bad, with reasons; a thousand at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from ops.catalog import key_text
from ops.changes import fold
from ops.changes.validating import misfits
from ops.changes.values import unreadable
from ops.imports.cells import Bad, ColumnReader, Doubtful
from ops.imports.csv_file import Cell, Row
from ops.imports.judging import Found, Judge
from ops.imports.plan import Plan
from ops.imports.plan_check import needed
from ops.imports.sight import Going, Sight
from ops.imports.source import shown
from ops.policy import View
from ops.words import t

Problem = tuple[str | None, str]  # column, sentence


@dataclass(slots=True)
class Verdict:
    """One row of the file, as it is staged."""

    position: int
    line: int
    cells: list[Cell]
    state: str = "bad"
    key: Sequence[str] | None = None
    base: dict[str, str | None] | None = None
    after: dict[str, str | None] | None = None
    twins: list[str | None] | None = None
    problems: list[Problem] = field(default_factory=list)

    def blame(self, column: str | None, sentence: str) -> None:
        """The row is bad, and this is why."""
        self.state = "bad"
        self.problems.append((column, sentence))


class Verdicts:
    """Judges the rows of one file by one plan, for one person."""

    def __init__(self, seen: View, plan: Plan) -> None:
        self.judge = Judge(seen, plan)
        self._sight = Sight(seen)
        self._seen, self._plan = seen, plan
        table = seen.table
        self._readers = [
            (place, name, ColumnReader(table, table.columns[name], plan.reading))
            for name, place in plan.mapped.items()
        ]
        self._by_name = {name: reader for _, name, reader in self._readers}
        self._places = {name: n for n, name in enumerate(self.judge.names)}
        self._width = len(plan.header)
        self._edit = seen.settable("edit") if seen.may("edit") else frozenset()
        self._create = seen.settable("create") if seen.may("create") else frozenset()
        self._needed = [name for name in needed(seen) if name in plan.mapped]
        self._match = frozenset(plan.match)
        # What a validator says of values the person cannot see must not be told: the door asks it again anyway.
        looked_at = {name for one in table.resource.validators for name in one.columns}
        self._validates = bool(looked_at) and all(map(seen.sees, looked_at))

    def of(self, tx: Session, rows: Sequence[tuple[int, Row]]) -> list[Verdict]:
        """A verdict for each (position, row); `tx` reads."""
        verdicts: list[Verdict] = []
        asked: list[tuple[Verdict, dict[str, str | None]]] = []
        doubts: dict[tuple[str, str], list[Verdict]] = {}
        for position, row in rows:
            verdict, values = self._read(position, row, doubts)
            verdicts.append(verdict)
            if not verdict.problems:
                asked.append((verdict, values))
        self._settle(tx, doubts)
        asked = [one for one in asked if not one[0].problems]
        if asked:
            answers = self.judge.ask(tx, [values for _, values in asked])
            for (verdict, values), found in zip(asked, answers, strict=True):
                self._decide(verdict, values, found)
        self._lose(tx, verdicts)
        return verdicts

    def _lose(self, tx: Session, verdicts: Sequence[Verdict]) -> None:
        """A row that would be out of the person's own sight is refused by the door; it is said here already."""
        going = [one for one in verdicts if one.after is not None]
        for place in self._sight.outside(tx, [Going(one.key, one.after or {}) for one in going]):
            lost = going[place]
            lost.blame(None, t("imports.row.out_of_sight" if lost.key is None else "imports.row.loses_sight"))
            lost.base = lost.after = lost.twins = None

    def _read(
        self, position: int, row: Row, doubts: dict[tuple[str, str], list[Verdict]]
    ) -> tuple[Verdict, dict[str, str | None]]:
        """The row's values, as far as its cells alone tell; a value that is not given is not in them."""
        line, cells, wrong = row
        verdict = Verdict(position, line, cells)
        values: dict[str, str | None] = {}
        wrong = wrong or self._shape(cells)
        if wrong is not None:
            verdict.blame(None, wrong)
            return verdict, values
        count = len(cells)
        for place, name, reader in self._readers:
            meaning = reader.read(cells[place] if place < count else "")
            if meaning is None or isinstance(meaning, str):
                values[name] = meaning
            elif isinstance(meaning, Bad):
                verdict.blame(name, meaning.sentence)
            elif isinstance(meaning, Doubtful):
                doubts.setdefault((name, meaning.text), []).append(verdict)
                values[name] = meaning.text
        return verdict, values

    def _shape(self, cells: Sequence[Cell]) -> str | None:
        count = len(cells)
        if count == self._width:
            return None
        if count > self._width:
            if any(shown(cell).strip() for cell in cells[self._width :]):
                return t("imports.row.more", cells=count, columns=self._width)
            return None
        # A workbook keeps no empty cells at a row's end; a CSV file that leaves cells out has lost them.
        if self._plan.reading.kind == "csv":
            return t("imports.row.fewer", cells=count, columns=self._width)
        return None

    def _settle(self, tx: Session, doubts: dict[tuple[str, str], list[Verdict]]) -> None:
        """What only PostgreSQL can read is asked of it, each text once."""
        if not doubts:
            return
        for (name, text), state in zip(doubts, self.judge.refusals(tx, list(doubts)), strict=True):
            reader = self._by_name[name]
            if state is None:
                if len(text) < 200:
                    reader.settle(text, text)
                continue
            sentence = unreadable(reader.column, state)
            reader.settle(text, Bad(sentence))
            for verdict in doubts[name, text]:
                verdict.blame(name, sentence)

    def _decide(self, verdict: Verdict, values: dict[str, str | None], found: Found) -> None:
        written = {name: found.written[self._places[name]] for name in values}
        unnamed = all(values.get(name) is None for name in self._plan.match)
        if found.key is not None:
            self._matched(verdict, written, found)
        elif self._plan.mode == "update":
            verdict.blame(None, t("imports.row.unnamed" if unnamed else "imports.row.no_such"))
        elif not unnamed and any(values.get(name) is None for name in self._plan.match):
            verdict.blame(None, t("imports.row.unnamed"))
        else:
            self._new(verdict, written)
        for foreign, there in zip(self.judge.foreign, found.targets, strict=True):
            if not there and set(foreign.columns) & set(verdict.after or {}):
                verdict.blame(foreign.columns[-1], t("imports.row.no_target"))
        self._unlike(verdict, written, found)
        if self._validates and verdict.after and not verdict.problems:
            self._validate(verdict, written, found)
        if verdict.problems:
            verdict.base = verdict.after = verdict.twins = None

    def _matched(self, verdict: Verdict, written: dict[str, str | None], found: Found) -> None:
        verdict.key = found.key
        if self._plan.mode == "create":
            verdict.blame(None, t("imports.row.exists"))
            return
        was = {name: found.was[self._places[name]] for name in written}
        moved = [n for n, text in written.items() if text != was[n] and n not in self._match]
        if not moved:
            verdict.state = "same"
        elif not found.editable:
            verdict.blame(None, t("imports.row.may_not"))
        else:
            verdict.state = "changed"
            for name in moved:
                if name not in self._edit:
                    verdict.blame(name, t("imports.row.may_not_set"))
            verdict.base = {name: fold(was[name]) for name in moved}
            verdict.after = {name: written[name] for name in moved}

    def _new(self, verdict: Verdict, written: dict[str, str | None]) -> None:
        # A key left empty is one the database shall give.
        after = {n: text for n, text in written.items() if text is not None or n not in self._match}
        verdict.state, verdict.after = "new", after
        for name in after:
            if name not in self._create:
                verdict.blame(name, t("imports.row.may_not_give"))
        for name in self._needed:
            if after.get(name) is None:
                verdict.blame(name, t("door.needed"))

    def _validate(self, verdict: Verdict, written: dict[str, str | None], found: Found) -> None:
        """What the company's own validators say of the row, as the door will ask them."""
        before = None
        if found.key is not None:
            before = dict(zip(self.judge.names, found.was, strict=True))
            before |= dict(zip(self.judge.beside, found.beside, strict=True))
        kind = "create" if before is None else "update"
        for name, text in misfits(self._seen.table, kind, before, verdict.after or {}).items():
            verdict.blame(name, text)

    def _unlike(self, verdict: Verdict, written: dict[str, str | None], found: Found) -> None:
        """What must be the only one: in the table as far as the person sees it, and in the file (`twins`)."""
        own = None if found.key is None else list(found.key)
        for names, owner in zip(self.judge.uniques, found.others, strict=True):
            if owner is not None and list(owner) != own and set(names) & set(verdict.after or {}):
                verdict.blame(names[-1], t("imports.row.taken"))
        sets = ([self._plan.match] if self._plan.match else []) + list(self.judge.uniques)
        verdict.twins = [_together(written, names) for names in sets]


def _together(written: dict[str, str | None], names: Sequence[str]) -> str | None:
    """The values as one text; None where one is nothing, for nothing is the twin of nothing."""
    texts = [written.get(name) for name in names]
    return None if None in texts else key_text([text or "" for text in texts])
