"""Keeps the lease and the progress of a running export, beside the thread that writes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa

from ops.db import Busy, Database, Unavailable
from ops.work import LEASE_SECONDS, Claim, Fenced, keep

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
LOOK_SECONDS = 0.25

_PROGRESS = sa.text(
    "UPDATE ops.export_run SET written = :written, expected = :expected WHERE id = :id AND state = 'running'"
)


class Stopping(Exception):
    """The process was asked to end: the work is given back."""


class Pulse:
    """Within the block: every two seconds the lease is kept and `written` told, on transactions of its own.

    A lost lease, or a process asked to end, cancels the COPY; `check` then raises Fenced or Stopping.
    """

    def __init__(
        self, db: Database, claim: Claim, stop: Callable[[], bool], connection: psycopg.Connection[Any]
    ) -> None:
        self.written = 0
        self.expected: int | None = None
        self._db, self._claim, self._stop, self._connection = db, claim, stop, connection
        self._trouble: Exception | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="export-pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Raise what ended the work, if anything did: called between two pieces, and after the last."""
        if self._trouble is not None:
            raise self._trouble

    def _beat(self) -> None:
        kept = time.monotonic()
        beat = 0.0
        while not self._done.wait(LOOK_SECONDS):
            moment = time.monotonic()
            try:
                if self._stop():
                    raise Stopping
                if moment - beat >= BEAT_SECONDS:
                    beat = moment
                    self._keep()
                    kept = moment
            except (Unavailable, Busy) as error:
                log.warning("export %s: the lease could not be kept: %s", self._claim.subject, error)
                if moment - kept > LEASE_SECONDS - 10:
                    return self._end(Fenced("the lease ran out while the database was away"))
            except Exception as error:
                return self._end(error)
        return None

    def _keep(self) -> None:
        with self._db.transaction() as tx:
            keep(tx, self._claim)
            values = {"written": max(self.written, 0), "expected": self.expected}
            tx.execute(_PROGRESS, {**values, "id": UUID(self._claim.subject)})

    def _end(self, trouble: Exception) -> None:
        self._trouble = trouble
        try:
            # The writer may be waiting for a row that takes minutes to be found.
            self._connection.cancel_safe(timeout=5)
        except psycopg.Error as error:
            log.warning(
                "export %s: COPY could not be cancelled: %s", self._claim.subject, type(error).__name__
            )
