"""The worker's part: every row of a file is read and judged, and nothing of the company's is written.

Rows are staged a thousand at a time, each thousand in one transaction with how far the file was read: a worker
that dies is followed by one that goes on behind the last thousand, and no row is staged twice.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import sqlalchemy as sa

from ops import audit, work
from ops.actor import Actor, platform_actor
from ops.catalog import UnknownTable, digests_now
from ops.db import EXPORT, Busy, Limits, Unavailable, sqlstate
from ops.identity import Disabled, current_actor
from ops.imports import source, staging
from ops.imports.csv_file import Row
from ops.imports.errors import Broken, ImportRefused
from ops.imports.plan import Plan
from ops.imports.plan_check import wrong_with
from ops.imports.runs import MOST_ROWS, Run, by_id, rights
from ops.imports.upload import importable
from ops.imports.verdicts import Verdicts
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible, View
from ops.words import t
from ops.work import Claim, Fenced

log = logging.getLogger(__name__)

PIECE = 1000
_LIMITS = Limits(statement="60s", lock="2s", idle="60s")

_BEGIN = sa.text(
    """
    UPDATE ops.import_run SET state = 'running', progress = 'rows', error = NULL, fence = :fence
    WHERE id = :id AND round = :round AND state IN ('waiting', 'running') RETURNING id
    """
)
_STAND = sa.text(
    """
    UPDATE ops.import_run SET read = :read, read_bytes = :read_bytes, position = :position,
           new = new + :new, changed = changed + :changed, same = same + :same, bad = bad + :bad
    WHERE id = :id AND round = :round AND state = 'running' RETURNING id
    """
)
_FINISH = sa.text(
    """
    UPDATE ops.import_run SET state = 'checked', progress = NULL, new = :new, changed = :changed, same = :same,
           bad = :bad, table_digest = :table_digest, rights = :rights, read_bytes = bytes,
           checked_at = clock_timestamp()
    WHERE id = :id AND round = :round AND state = 'running' RETURNING id
    """
)
_FAIL = sa.text(
    """
    UPDATE ops.import_run SET state = :state, error = :error, progress = NULL,
           finished_at = CASE WHEN :state = 'failed' THEN clock_timestamp() END
    WHERE id = :id AND round = :round AND state IN ('waiting', 'running')
    """
)


class Stopping(Exception):
    """The process was asked to end: the work is given back."""


class _OldCatalog(Exception):
    """The table is not as this process knows it: it changed since it read it (P47)."""


@dataclass(frozen=True, slots=True)
class _Task:
    platform: Platform
    claim: Claim
    run: Run
    seen: View
    stop: Callable[[], bool]


def subject(run_id: UUID, round_: int) -> str:
    """What the work of one dry run is called."""
    return f"{run_id}:{round_}"


def parse(text: str) -> tuple[UUID, int]:
    """The other way."""
    run_id, _, round_ = text.partition(":")
    return UUID(run_id), int(round_)


def run(platform: Platform, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """Judge the rows of a claimed import, from where the last holder stood.

    `stop` says whether the process was asked to end: then the work is given back. Raises Fenced where another
    holds the work and Unavailable or Busy where the database is away.
    """
    run_id, round_ = parse(claim.subject)
    with platform.db.transaction() as tx:
        work.keep(tx, claim)
        if tx.scalar(_BEGIN, {"id": run_id, "round": round_, "fence": claim.fence}) is None:
            work.finish(tx, claim)  # cancelled, asked for anew, or done by one who died before saying so
            return
    try:
        try:
            _dry_run(_task(platform, claim, stop))
        except (_OldCatalog, UnknownTable):
            platform.reload()
            _dry_run(_task(platform, claim, stop, catalog_is_new=True))
    except Stopping:
        _end(platform, claim, "waiting", None)
    except ImportRefused as error:
        _fail(platform, claim, str(error), permanent=True)
    except (UnknownTable, NotVisible, Forbidden):
        _fail(platform, claim, t("imports.no_longer"), permanent=True)
    except Disabled:
        _fail(platform, claim, t("imports.disabled"), permanent=True)
    except (Fenced, Unavailable, Busy):
        raise
    except Exception as error:
        log.exception("import %s broke off: %s %s", run_id, type(error).__name__, sqlstate(error) or "")
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        _fail(platform, claim, t("imports.disk_full" if full else "imports.broke"), permanent=False)


def _task(
    platform: Platform, claim: Claim, stop: Callable[[], bool], *, catalog_is_new: bool = False
) -> _Task:
    """The import with the person's rights as they are now (P16). Raises ImportRefused, UnknownTable, NotVisible …"""
    run_id, _ = parse(claim.subject)
    with platform.db.reading() as tx:
        run = by_id(tx, run_id)
        if run is None or run.file is None:
            raise ImportRefused(t("imports.lost"))
        actor = current_actor(tx, Actor(run.person_id, "", source="worker", request_id=str(run_id)))
        table = platform.catalog.by_name(run.schema, run.table)
        seen = importable(platform, actor, table)
        if digests_now(tx, [table]).get(table.ref) != table.digest:
            raise ImportRefused(t("imports.moved")) if catalog_is_new else _OldCatalog
    if wrong := wrong_with(seen, run.plan):
        raise ImportRefused(t("imports.no_longer_fits", why=" ".join(wrong.values())))
    return _Task(platform, claim, run, seen, stop)


def _dry_run(task: _Task) -> None:
    plan, run = task.run.plan, task.run
    verdicts = Verdicts(task.seen, plan)
    spool = source.spool_of(task.platform.settings)
    assert run.file is not None
    try:
        with source.rows_of(spool, run.file, plan.reading) as (rows, at):
            position = run.position
            read = run.read
            if read:
                next(islice(rows, read - 1, read), None)
            else:
                read = _to_the_header(rows, plan)
            while True:
                if task.stop():
                    raise Stopping
                piece = list(islice(rows, PIECE))
                if not piece:
                    break
                read += len(piece)
                full = [row for row in piece if row[2] is not None or any(_filled(cell) for cell in row[1])]
                if position + len(full) > MOST_ROWS:
                    raise Broken(t("imports.too_many_rows", most=f"{MOST_ROWS:,}"))
                _piece(task, verdicts, list(enumerate(full, position + 1)), read, at())
                position += len(full)
    except Broken as error:
        raise ImportRefused(_kept_words(error, task)) from error
    _finish(task, verdicts)


def _kept_words(error: Broken, task: _Task) -> str:
    with task.platform.db.reading() as tx:
        run = by_id(tx, task.run.id)
    return f"{error} {t('imports.broken.kept', rows=f'{run.position if run else 0:,}')}"


def _filled(cell: object) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _to_the_header(rows: Iterator[Row], plan: Plan) -> int:
    """Take the rows up to the header and the header itself; how many that were. Raises Broken."""
    if not plan.reading.header:
        return 0
    read = 0
    for row in rows:
        read += 1
        place = row[0] if plan.reading.kind == "xlsx" else read
        if place < plan.reading.header:
            continue
        if source.header_texts(row[1]) != plan.header:
            raise Broken(t("imports.broken.header"), row[0])
        return read
    raise Broken(t("imports.broken.no_header"))


def _piece(task: _Task, verdicts: Verdicts, rows: list[tuple[int, Row]], read: int, read_bytes: int) -> None:
    with task.platform.db.reading(_LIMITS) as tx:
        judged = verdicts.of(tx, rows)
    tally = {state: sum(one.state == state for one in judged) for state in ("new", "changed", "same", "bad")}
    values = {
        "id": task.run.id, "round": task.run.round, "read": read, "read_bytes": read_bytes,
        "position": rows[-1][0] if rows else task.run.position, **tally,
    }  # fmt: skip
    with task.platform.db.transaction(_LIMITS) as tx:
        work.keep(tx, task.claim)  # first: raises Fenced, and then none of this is
        if not rows:
            return
        staging.stage(tx, task.run.id, task.run.round, judged)
        if tx.scalar(_STAND, values) is None:
            raise Fenced("the import was cancelled, or asked for anew")


def _finish(task: _Task, verdicts: Verdicts) -> None:
    run, seen = task.run, task.seen
    sets = ([run.plan.match] if run.plan.match else []) + list(verdicts.judge.uniques)
    with task.platform.db.transaction(EXPORT) as tx:
        work.finish(tx, task.claim)  # first: raises Fenced, and then none of this is
        staging.twins(tx, run.id, run.round, sets)
        found = staging.counts(tx, run.id, run.round)
        dialect = task.platform.db.engine.dialect
        values = {
            "id": run.id, "round": run.round, "table_digest": seen.table.digest, "rights": rights(seen, dialect),
            **found,
        }  # fmt: skip
        if tx.scalar(_FINISH, values) is None:
            raise Fenced("the import was cancelled, or asked for anew")
        actor = Actor(run.person_id, "", source="worker", request_id=str(run.id))
        facts = {"import": str(run.id), **{state: str(many) for state, many in found.items()}}
        audit.record(tx, actor, [audit.Entry("import.checked", table=(run.schema, run.table), facts=facts)])


def _end(platform: Platform, claim: Claim, state: str, error: str | None) -> None:
    run_id, round_ = parse(claim.subject)
    with platform.db.transaction() as tx:
        work.give_back(tx, claim)
        tx.execute(_FAIL, {"id": run_id, "round": round_, "state": state, "error": error})
    log.info("import %s: given back, another worker goes on with it", run_id)


def _fail(platform: Platform, claim: Claim, text: str, *, permanent: bool) -> None:
    run_id, round_ = parse(claim.subject)
    with platform.db.transaction() as tx:
        work.fail(tx, claim, text, permanent=permanent)
        over = tx.scalar(sa.text("SELECT state = 'failed' FROM ops.work WHERE id = :id"), {"id": claim.id})
        values = {"id": run_id, "round": round_, "state": "failed" if over else "waiting", "error": text}
        tx.execute(_FAIL, values)
        if over:
            actor = platform_actor("worker", request_id=str(run_id))
            facts = {"import": str(run_id)}
            audit.record(tx, actor, [audit.Entry("import.checked", "failed", reason=text, facts=facts)])
