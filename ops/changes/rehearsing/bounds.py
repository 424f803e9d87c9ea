"""A transaction that never commits: on a connection of its own, thrown away, holding locks half a second at most."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from psycopg import Error
from sqlalchemy.orm import Session

from ops.db import Busy, Database, Limits, Unavailable, sqlstate

T = TypeVar("T")

MOST_SECONDS = 0.5  # from the first lock to the end of the transaction
_TO_CONNECT = 0.08  # what ending it from outside takes
LIMITS = Limits(statement="400ms", lock="200ms", idle="500ms")

# PostgreSQL 17 can end the whole transaction by itself; older ones do not know the setting.
_WHOLE = sa.text(
    "SELECT pg_backend_pid(), now(), set_config(name, '500ms', true) FROM pg_catalog.pg_settings "
    "WHERE name = 'transaction_timeout' UNION ALL SELECT pg_backend_pid(), now(), NULL LIMIT 1"
)
# The moment tells this transaction from another one that a pooler gave the same backend to meanwhile.
_END = (
    "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
    "WHERE pid = %(pid)s AND xact_start = %(began)s"
)
_TIMED_OUT = {"57014", "25P03", "25P04"}  # statement, idle and transaction limits
_HELD = {"55P03", "40P01", "40001"}  # a lock that was not to be had, a deadlock, a row that changed under us


class Held(Exception):
    """Somebody holds rows that the change needs; nothing was waited for longer than 200 ms."""


class TooLong(Exception):
    """It would have held locks for longer than half a second."""


class _Thrown(Exception):
    """Carries what was found out of a transaction that must not commit."""

    def __init__(self, found: object) -> None:
        self.found = found


def thrown_away(db: Database, look: Callable[[Session, Callable[[], None]], T]) -> T:
    """What `look` returns, with everything it wrote rolled back. Raises Held, TooLong, Unavailable.

    `look` is given the transaction and what to call before it takes its first lock: from then on it has half a
    second.
    """
    own = Database(db.url, application_name="countersign rehearsal", pool_size=1)
    watch = _Watch(db)
    try:
        with own.transaction(LIMITS) as tx:
            raise _Thrown(look(tx, lambda: watch.begin(tx)))
    except _Thrown as thrown:
        return thrown.found  # type: ignore[return-value]  # what `look` returned
    except (Busy, Unavailable, sa.exc.DBAPIError) as error:
        state = sqlstate(error.__cause__ or error)
        if watch.over or state in _TIMED_OUT:
            raise TooLong from error
        if state in _HELD:
            raise Held from error
        raise
    finally:
        watch.end()
        own.close()


class _Watch:
    """Ends the transaction from outside once its time is over, whatever the process that began it is doing."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._timer: threading.Timer | None = None
        self.over = False

    def begin(self, tx: Session) -> None:
        """Start counting."""
        pid, began, _ = tx.execute(_WHOLE).one()
        self._timer = threading.Timer(MOST_SECONDS - _TO_CONNECT, self._stop, (pid, began))
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """It is over by itself."""
        if self._timer is not None:
            self._timer.cancel()

    def _stop(self, pid: int, began: object) -> None:
        self.over = True
        try:
            with self._db.connect() as connection:
                connection.execute(_END, {"pid": pid, "began": began})
        except Error:
            return  # it cannot be reached: then its own limits end it
