"""Judged rows as a page shows them, and the bad ones as a file: read under the rights they were judged with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.catalog import key_text
from ops.identity import current_actor
from ops.imports.asking import view_of
from ops.imports.errors import ImportRefused
from ops.imports.runs import KEPT_DAYS, Run, by_id, rights, show
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible
from ops.words import t

PAGE = 50
_PIECE = 1000

_ROWS = sa.text(
    """
    SELECT position, line, state, cells, row_key, base, after, problems FROM ops.import_row
    WHERE run_id = :id AND round = :round AND state = :state AND position > :after ORDER BY position LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Staged:
    """One judged row. `key` in address form, `problems` as (column or None, sentence)."""

    position: int
    line: int
    state: str
    cells: Sequence[str]
    key: str | None
    base: Mapping[str, str | None]
    after: Mapping[str, str | None]
    problems: Sequence[tuple[str | None, str]]


def same_rights(platform: Platform, tx: Session, actor: Actor, run: Run) -> bool:
    """Whether the person's rights on the table are those the rows were judged with."""
    try:
        seen = view_of(platform, tx, actor, run)
    except (Forbidden, NotVisible):
        return False
    return rights(seen, platform.db.engine.dialect) == run.rights


def page(tx: Session, run: Run, state: str, *, after: int = 0, limit: int = PAGE) -> list[Staged]:
    """The rows of one state behind position `after`, in the file's order."""
    values: dict[str, Any] = {
        "id": run.id, "round": run.round, "state": state, "after": after, "limit": limit,
    }  # fmt: skip
    return [_staged(row) for row in tx.execute(_ROWS, values)]


def bad_rows(platform: Platform, actor: Actor, run_id: UUID) -> tuple[Run, Iterator[Sequence[str]]]:
    """The bad rows, header first: the file's own cells, then the line and what is wrong; as many as there are.

    The download stands in the trail before the first is read (P35). Raises NoSuchImport, ImportRefused.
    """
    with platform.db.transaction() as tx:
        actor = current_actor(tx, actor)
        run = show(tx, actor, run_id)
        if run.state not in ("checked", "proposed") or not run.bad:
            raise ImportRefused(t("imports.no_bad"))
        if run.file is None:
            raise ImportRefused(t("imports.expired", days=KEPT_DAYS))
        facts = {"import": str(run.id), "rows": str(run.bad)}
        entry = audit.Entry("import.bad_rows_downloaded", table=(run.schema, run.table), facts=facts)
        audit.record(tx, actor, [entry])
    return run, _bad(platform, run)


def _bad(platform: Platform, run: Run) -> Iterator[Sequence[str]]:
    labels = _labels(platform, run)
    width = len(run.plan.header)
    yield [*run.plan.header, t("imports.bad.line"), t("imports.bad.reason")]
    after = 0
    while True:
        # A transaction per thousand: whoever downloads slowly holds none open (P44).
        with platform.db.reading() as tx:
            now = by_id(tx, run.id)
            rows = page(tx, run, "bad", after=after, limit=_PIECE) if now and now.round == run.round else []
        for row in rows:
            cells = [*row.cells[:width], *[""] * (width - len(row.cells))]
            yield [*cells, str(row.line), reasons(row, labels)]
        if len(rows) < _PIECE:
            return
        after = rows[-1].position


def reasons(row: Staged, labels: Mapping[str, str]) -> str:
    """What is wrong with a row, in one text."""
    return " ".join(
        text if column is None else f"{labels.get(column, column)}: {text}" for column, text in row.problems
    )


def _labels(platform: Platform, run: Run) -> dict[str, str]:
    table = platform.catalog.by_name(run.schema, run.table)
    return {name: column.label or name for name, column in table.columns.items()}


def _staged(row: Any) -> Staged:
    return Staged(
        row.position, row.line, row.state, row.cells,
        None if row.row_key is None else key_text(row.row_key),
        row.base or {}, row.after or {},
        [(column, text) for column, text in row.problems or ()],
    )  # fmt: skip
