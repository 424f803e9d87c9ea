"""The worker's part: one snapshot, streamed into the spool, finished in one transaction with its work."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor, platform_actor
from ops.catalog import UnknownTable, parse_key
from ops.db import EXPORT, GONE_STATES, Busy, Unavailable, sqlstate
from ops.exports.columns import Columns, columns_of
from ops.exports.copy import compose, copy, expected, neutral, rights
from ops.exports.pulse import Pulse, Stopping
from ops.exports.runs import Run, by_id
from ops.exports.wire import stream
from ops.identity import Disabled, current_actor
from ops.platform import Platform
from ops.policy import NotVisible, View, view
from ops.records import QueryError, from_query_string, statement
from ops.spool import Writing, at
from ops.words import t
from ops.work import Claim, Fenced

log = logging.getLogger(__name__)

LIMIT_SECONDS = 590.0  # of the ten minutes of EXPORT: who is cut off earlier was cut off by somebody else

_BEGIN = sa.text(
    """
    UPDATE ops.export_run SET state = 'running', written = 0, expected = NULL, error = NULL, fence = :fence,
           started_at = clock_timestamp() WHERE id = :id AND state IN ('waiting', 'running') RETURNING id
    """
)
_FINISH = sa.text(
    """
    UPDATE ops.export_run SET state = 'done', written = :rows, expected = :rows, bytes = :bytes,
           sha256 = :sha256, file = :file, error = NULL, finished_at = clock_timestamp(),
           query = query || jsonb_build_object('rights', CAST(:rights AS text), 'masked', CAST(:masked AS text[]))
    WHERE id = :id AND state = 'running'
    """
)
_FAIL = sa.text(
    """
    UPDATE ops.export_run SET state = :state, error = :error, written = 0,
           finished_at = CASE WHEN :state = 'failed' THEN clock_timestamp() END
    WHERE id = :id AND state IN ('waiting', 'running')
    """
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What one snapshot gave: its run, its rows, its columns, and a digest of the rights it was read with."""

    run: Run
    rows: int
    rights: str
    columns: Columns


class Refused(Exception):
    """The export cannot be made, today or ever; the text is for the person."""


class _OldCatalog(Exception):
    """The tables are not as this process knows them: they changed since it read them (P47)."""


def run(platform: Platform, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """Write the file of a claimed run from its start, whoever began it before.

    `stop` says whether the process was asked to end: then the work is given back. Raises Fenced where another
    holds the work (nothing of ours is left) and Unavailable or Busy where the database is away.
    """
    run_id = UUID(claim.subject)
    with platform.db.transaction() as tx:
        work.keep(tx, claim)
        if tx.scalar(_BEGIN, {"id": run_id, "fence": claim.fence}) is None:
            work.finish(tx, claim)  # cancelled, or done by one who died before saying so
            return
    try:
        try:
            _write(platform, claim, run_id, stop)
        except _OldCatalog:
            platform.reload()
            _write(platform, claim, run_id, stop, catalog_is_new=True)
    except Stopping:
        _give_back(platform, claim, run_id)
    except Refused as error:
        _fail(platform, claim, run_id, str(error), permanent=True)
    except (Fenced, Unavailable, Busy):
        raise
    except Exception as error:
        log.error("export %s broke off: %s %s", run_id, type(error).__name__, sqlstate(error) or "")
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        _fail(platform, claim, run_id, t("exports.disk_full" if full else "exports.broke"), permanent=False)


def _write(
    platform: Platform, claim: Claim, run_id: UUID, stop: Callable[[], bool], *, catalog_is_new: bool = False
) -> None:
    spool = at(platform.settings.spool)
    name = f"{run_id}-{claim.fence}.csv"  # by fence: no two holders ever write under one name
    try:
        with spool.writing(name) as out:
            copied = _stream(platform, claim, run_id, out, stop)
        _finish(platform, claim, copied, name, out)
    except Fenced:
        spool.delete(name)
        raise
    except (UnknownTable, QueryError) as error:
        if not catalog_is_new:
            raise _OldCatalog from error
        raise Refused(t("exports.list_outdated")) from error
    except psycopg.ProgrammingError as error:  # no such column, table, schema
        if not catalog_is_new:
            raise _OldCatalog from error
        raise


def _stream(platform: Platform, claim: Claim, run_id: UUID, out: Writing, stop: Callable[[], bool]) -> Copied:
    """Copy one snapshot into `out`."""
    dialect = platform.db.engine.dialect
    pulse: Pulse | None = None
    began = time.monotonic()
    try:
        with platform.db.reading(EXPORT, snapshot=True) as tx:
            run = by_id(tx, run_id)
            if run is None:
                raise Fenced("the run is gone")
            seen, select = _today(platform, tx, run)
            driver = tx.connection().connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            text = compose(driver, select, dialect)
            with Pulse(platform.db, claim, stop, driver) as pulse:
                # An estimate of a table whose rows are partly hidden would tell of the hidden ones (P14).
                pulse.expected = None if seen.limited_rows() else expected(driver, text)
                rows = _copy(driver, copy(text), out, pulse)
            pulse.check()
            return Copied(run, rows, rights(seen, dialect), columns_of(seen))
    except (psycopg.Error, sa.exc.DBAPIError) as error:
        if pulse is not None:
            pulse.check()  # the COPY was cut off by us: say why, not how
        raise _named(error, time.monotonic() - began) from error


def _today(platform: Platform, tx: Session, run: Run) -> tuple[View, sa.Select[tuple[object, ...]]]:
    """The list with the person's rights as they are now (P16), not as they were when it was asked for.

    Raises Refused; UnknownTable and QueryError where table or columns are not (or no longer) known.
    """
    table = platform.catalog.by_name(run.schema, run.table)
    try:
        actor = current_actor(tx, Actor(run.person_id, "", source="worker", request_id=str(run.id)))
        seen = view(actor, table, platform.catalog).for_export()
    except Disabled as error:
        raise Refused(t("exports.disabled")) from error
    except NotVisible as error:
        raise Refused(t("exports.no_longer", table=table.label)) from error
    if not seen.may("export"):
        raise Refused(t("exports.no_longer", table=table.label))
    return seen, neutral(_ticked(seen, statement(seen, from_query_string(seen, run.list)), run.keys), table)


def _ticked(seen: View, rows: sa.Select[Any], keys: Sequence[str]) -> sa.Select[Any]:
    """Only the rows that were ticked, where any were; the list's own conditions hold too."""
    if not keys:
        return rows
    names = seen.table.key
    parts = [parse_key(key, len(names)) for key in keys]
    if len(names) == 1:
        return rows.where(seen.raw(names[0]).in_([seen.constant(names[0], one[0]) for one in parts]))
    same = (
        sa.and_(*(seen.raw(name) == seen.constant(name, part) for name, part in zip(names, one, strict=True)))
        for one in parts
    )
    return rows.where(sa.or_(*same))


def _copy(driver: psycopg.Connection[Any], text: str, out: Writing, pulse: Pulse) -> int:
    seen = -1  # the first row is the line of names

    def take(piece: bytearray, rows: int) -> None:
        nonlocal seen
        seen += rows
        pulse.written = seen
        pulse.check()
        out.write(piece)

    return stream(driver, text, take)


def _finish(platform: Platform, claim: Claim, copied: Copied, name: str, out: Writing) -> None:
    run, rows = copied.run, copied.rows
    values = {"id": run.id, "rows": rows, "bytes": out.bytes, "sha256": out.sha256, "file": name}
    facts = {"run": str(run.id), "rows": str(rows), "bytes": str(out.bytes), "sha256": out.sha256}
    facts |= copied.columns.facts
    with platform.db.transaction() as tx:
        work.finish(tx, claim)  # first: raises Fenced, and then none of this is
        tx.execute(_FINISH, {**values, "rights": copied.rights, "masked": list(copied.columns.masked)})
        actor = Actor(run.person_id, "", source="worker", request_id=str(run.id))
        audit.record(tx, actor, [audit.Entry("export.written", table=(run.schema, run.table), facts=facts)])


def _give_back(platform: Platform, claim: Claim, run_id: UUID) -> None:
    with platform.db.transaction() as tx:
        work.give_back(tx, claim)
        tx.execute(_FAIL, {"id": run_id, "state": "waiting", "error": None})
    log.info("export %s: given back, another worker begins it anew", run_id)


def _fail(platform: Platform, claim: Claim, run_id: UUID, text: str, *, permanent: bool) -> None:
    with platform.db.transaction() as tx:
        work.fail(tx, claim, text, permanent=permanent)
        over = tx.scalar(sa.text("SELECT state = 'failed' FROM ops.work WHERE id = :id"), {"id": claim.id})
        tx.execute(_FAIL, {"id": run_id, "state": "failed" if over else "waiting", "error": text})
        if over:
            actor = platform_actor("worker", request_id=str(run_id))
            facts = {"run": str(run_id)}
            audit.record(tx, actor, [audit.Entry("export.written", "failed", reason=text, facts=facts)])


def _named(error: Exception, seconds: float) -> Exception:
    """What a database error means: too slow, the connection lost, or the error as the driver has it."""
    original = getattr(error, "orig", error)
    if isinstance(original, psycopg.errors.QueryCanceled) and seconds >= LIMIT_SECONDS:
        return Refused(t("exports.too_slow"))
    if isinstance(original, psycopg.OperationalError) and original.sqlstate in (None, *GONE_STATES):
        return Unavailable("the connection was lost while the file was being written")
    return original if isinstance(original, Exception) else error
