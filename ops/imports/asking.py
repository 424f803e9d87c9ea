"""What a person does with an upload: choose how it is read, ask for its dry run, take the wish back, throw it away."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor
from ops.catalog import Table
from ops.identity import current_actor
from ops.imports import mapping, source
from ops.imports.dry_run import subject
from ops.imports.errors import Broken, ImportRefused, Unfit
from ops.imports.plan import Plan, Reading, reading_from
from ops.imports.plan_check import wrong_with
from ops.imports.runs import Run, show
from ops.imports.upload import importable, planned
from ops.platform import Platform
from ops.policy import View
from ops.words import t

MOST_WAITING = 5  # of one person: one impatient finger must not fill the queue for everybody

_PLAN = sa.text(
    """
    UPDATE ops.import_run SET plan = CAST(:plan AS jsonb), state = 'uploaded', error = NULL
    WHERE id = :id AND state IN ('uploaded', 'checked', 'failed', 'cancelled') RETURNING id
    """
)
_ASK = sa.text(
    """
    UPDATE ops.import_run SET plan = CAST(:plan AS jsonb), state = 'waiting', round = round + 1, error = NULL,
           progress = NULL, read = 0, read_bytes = 0, position = 0, new = 0, changed = 0, same = 0, bad = 0,
           table_digest = NULL, rights = NULL, checked_at = NULL, finished_at = NULL
    WHERE id = :id AND state IN ('uploaded', 'checked', 'failed', 'cancelled') RETURNING round
    """
)
_WAITING = sa.text(
    "SELECT count(*) FROM ops.import_run WHERE person_id = :person_id AND state IN ('waiting', 'running')"
)
_CANCEL = sa.text(
    """
    UPDATE ops.import_run SET state = 'cancelled', progress = NULL, finished_at = clock_timestamp()
    WHERE id = :id AND state IN ('waiting', 'running') RETURNING round
    """
)
_DISCARD = sa.text(
    """
    UPDATE ops.import_run SET file = NULL, state = CASE WHEN state = 'proposed' THEN state ELSE 'cancelled' END,
           finished_at = coalesce(finished_at, clock_timestamp())
    WHERE id = :id AND state NOT IN ('waiting', 'running') AND progress IS NULL RETURNING id
    """
)


def read_as(platform: Platform, actor: Actor, run_id: UUID, reading: Reading) -> Plan:
    """Read the file in another way; where its header is another then, columns are guessed anew.

    Raises NoSuchImport, ImportRefused (Broken where the file cannot be read so), NotVisible, Forbidden.
    """
    with platform.db.reading() as tx:
        run, seen = _mine(platform, tx, actor, run_id)
    spool = source.spool_of(platform.settings)
    if reading.kind == "xlsx" and reading.sheet != run.plan.reading.sheet:
        plan = planned(spool, _file(run), reading, seen, afresh=True)
    else:
        header, _ = source.split(source.first_rows(spool, _file(run), reading), reading)
        if header == run.plan.header:
            plan = replace(run.plan, reading=reading)
        else:
            guessed = planned(spool, _file(run), reading, seen, afresh=False)
            plan = replace(guessed, reading=reading)
    with platform.db.transaction() as tx:
        run, _ = _mine(platform, tx, actor, run_id, held=True)
        if tx.scalar(_PLAN, {"id": run.id, "plan": json.dumps(plan.to_json())}) is None:
            raise ImportRefused(t("imports.busy"))
    return plan


def check(platform: Platform, actor: Actor, run_id: UUID, plan: Plan) -> None:
    """Ask for a dry run by this plan; the same one asked for twice is done once.

    Raises NoSuchImport, Unfit (a sentence per field), ImportRefused, NotVisible, Forbidden.
    """
    unsure = _unsure(platform, actor, run_id, plan)
    with platform.db.transaction() as tx:
        run, seen = _mine(platform, tx, actor, run_id, held=True)
        if run.busy:
            return
        if len(plan.columns) != len(run.plan.header):
            raise ImportRefused(t("imports.other_header"))
        plan = replace(plan, header=run.plan.header)
        if unsure:  # kept, so that whoever answers is not asked again
            plan = replace(plan, reading=reading_from(dict.fromkeys(unsure, ""), plan.reading))
            tx.execute(_PLAN, {"id": run.id, "plan": json.dumps(plan.to_json())})
        wrong = wrong_with(seen, plan)
        work_id = None if wrong else _asked(tx, seen, run, plan)
    if work_id is None:
        raise Unfit(wrong, plan)
    work.dispatch(platform.redis, [work_id])


def _asked(tx: Session, seen: View, run: Run, plan: Plan) -> UUID:
    if int(tx.scalar(_WAITING, {"person_id": run.person_id}) or 0) >= MOST_WAITING:
        raise ImportRefused(t("imports.too_many_waiting", count=MOST_WAITING))
    round_ = tx.scalar(_ASK, {"id": run.id, "plan": json.dumps(plan.to_json())})
    if round_ is None:
        raise ImportRefused(t("imports.busy"))
    mapping.remember(tx, seen.actor, seen.table, plan)
    return work.add(tx, "import", subject(run.id, int(round_)))


def _unsure(platform: Platform, actor: Actor, run_id: UUID, plan: Plan) -> list[str]:
    """The habits to be asked for because a column was chosen that nobody guessed: its cells were not looked at yet."""
    with platform.db.reading() as tx:
        run, seen = _mine(platform, tx, actor, run_id)
    before = run.plan
    if run.busy or len(plan.columns) != len(before.columns):
        return []
    pairs = enumerate(zip(plan.columns, before.columns, strict=True))
    chosen = [(n, name) for n, (name, was) in pairs if name != was and name in seen.table.columns]
    if not chosen:
        return []
    kinds = [(n, source.category_of(seen.table, name)) for n, name in chosen if name]
    _, rows = source.split(
        source.first_rows(source.spool_of(platform.settings), _file(run), before.reading), before.reading
    )
    found = source.doubts(kinds, rows, plan.reading)
    return [name for name in found if getattr(plan.reading, name) == getattr(before.reading, name)]


def cancel(platform: Platform, actor: Actor, run_id: UUID) -> bool:
    """End the dry run; the worker stops within a thousand rows. False where it was over. Raises NoSuchImport."""
    with platform.db.transaction() as tx:
        run = show(tx, actor, run_id, held=True)
        round_ = tx.scalar(_CANCEL, {"id": run_id})
        if round_ is None:
            return False
        work.cancel(tx, work.add(tx, "import", subject(run_id, int(round_))))
        audit.record(tx, actor, [_entry("import.cancelled", run)])
    return True


def discard(platform: Platform, actor: Actor, run_id: UUID) -> bool:
    """Delete the upload now; False while a worker reads it. Raises NoSuchImport."""
    with platform.db.transaction() as tx:
        run = show(tx, actor, run_id, held=True)
        if tx.scalar(_DISCARD, {"id": run_id}) is None:
            return False
        audit.record(tx, actor, [_entry("import.discarded", run)])
    if run.file is not None:
        source.spool_of(platform.settings).delete(run.file)
    return True


def view_of(platform: Platform, tx: Session, actor: Actor, run: Run) -> View:
    """The person's view of the import's table, as they may import into it today."""
    table: Table = platform.catalog.by_name(run.schema, run.table)
    return importable(platform, actor, table)


def _mine(
    platform: Platform, tx: Session, actor: Actor, run_id: UUID, *, held: bool = False
) -> tuple[Run, View]:
    actor = current_actor(tx, actor)
    run = show(tx, actor, run_id, held=held)
    seen = view_of(platform, tx, actor, run)
    if run.file is None:
        raise ImportRefused(t("imports.gone"))
    if run.state == "proposed":
        raise ImportRefused(t("imports.proposed_already"))
    return run, seen


def _file(run: Run) -> str:
    if run.file is None:
        raise Broken(t("imports.gone"))
    return run.file


def _entry(action: str, run: Run) -> audit.Entry:
    return audit.Entry(action, table=(run.schema, run.table), facts={"import": str(run.id)})
