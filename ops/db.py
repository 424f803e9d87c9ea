"""The database: one engine, the one place that begins and commits, and the limits of every transaction.

Everything here works through PgBouncer in transaction mode: no session `SET`, no prepared statement, no
startup option. `BEGIN` and its `SET LOCAL`s travel together, in one round trip.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from ops import direct
from ops.db_errors import (
    BUSY_STATES,
    GONE_STATES,
    SHAPE_STATES,
    Busy,
    CommitUnknown,
    Unavailable,
    named_as_ours,
    sqlstate,
)
from ops.tagging import tagged

__all__ = [
    "BUSY_STATES", "EXPORT", "GONE_STATES", "PAGE", "SCHEMA", "SHAPE_STATES", "STARTUP", "WRITE", "Base", "Busy",
    "CommitUnknown", "Database", "Limits", "Unavailable", "libpq_url", "reset_statements", "sqlstate", "statements",
]  # fmt: skip
SCHEMA = "ops"
NAMING = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ix": "%(table_name)s_%(column_0_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}


class Base(DeclarativeBase):
    """The ORM models of our own tables in schema `ops`; tables of the company are never ORM models."""

    metadata = sa.MetaData(schema=SCHEMA, naming_convention=NAMING)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a statement may run, a lock be waited for, a transaction idle (PostgreSQL durations)."""

    statement: str
    lock: str
    idle: str


PAGE = Limits(statement="5s", lock="2s", idle="10s")
WRITE = Limits(statement="5s", lock="2s", idle="10s")
EXPORT = Limits(statement="10min", lock="2s", idle="60s")
STARTUP = Limits(statement="60s", lock="5s", idle="60s")

# Text forms of values are fixed, whatever the role or the database sets (design: section 5).
_TEXT_FORMS = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; "
    "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
)

_statements: ContextVar[int] = ContextVar("ops_statements", default=0)
_inside: ContextVar[bool] = ContextVar("ops_inside_transaction", default=False)
# A transaction that was begun ahead and handed on: nothing was written in it, and the next one goes on in it.
_ahead: ContextVar[tuple[Database, sa.Connection, Session] | None] = ContextVar(
    "ops_transaction_ahead", default=None
)


def statements() -> int:
    """Round trips to the database made in this context (a request, a job) so far."""
    return _statements.get()


def reset_statements() -> None:
    """Start counting anew: called where a request or a job begins."""
    _statements.set(0)


def libpq_url(url: str) -> str:
    """The same address without a SQLAlchemy driver name, as psycopg and libpq take it."""
    for prefix in ("postgresql+psycopg://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql://" + url[len(prefix) :]
    return url


class Database:
    """One PostgreSQL, reached through a small pool; hands out transactions and nothing else."""

    def __init__(self, url: str, *, application_name: str, pool_size: int = 5) -> None:
        self.url = libpq_url(url)
        self.application_name = application_name
        self.engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self.connect,
            isolation_level="AUTOCOMMIT",  # the driver never sends a BEGIN of its own: `_begin` does
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,
            pool_reset_on_return="rollback",
            use_native_hstore=False,
            hide_parameters=True,  # an error in the log must not hold what somebody typed, nor a token (P42)
        )
        sa.event.listen(self.engine, "before_cursor_execute", _count)
        self.sessions = sessionmaker(bind=self.engine, expire_on_commit=False, autoflush=False)

    def connect(self) -> psycopg.Connection[Any]:
        """A driver connection of its own, in autocommit; for the pool, `COPY` and `ops check`."""
        return psycopg.connect(
            self.url,
            autocommit=True,
            prepare_threshold=None,
            application_name=self.application_name,
            client_encoding="UTF8",  # whatever the database has: `ops.direct` binds and reads no other
            connect_timeout=5,
            keepalives_idle=30,
            keepalives_interval=5,
            keepalives_count=3,
            # A dead peer with unsent data would otherwise hold a thread for a quarter of an hour.
            tcp_user_timeout=15_000,
        )

    @contextmanager
    def transaction(self, limits: Limits = WRITE) -> Iterator[Session]:
        """One read-write transaction: return commits, raise rolls back. The only place that commits.

        Raises Unavailable where the database is away, CommitUnknown where COMMIT's answer was lost,
        Busy where a limit was hit. Never nested: a transaction inside another is a programming error. Where
        one was begun `ahead` and not ended, it goes on in that one.
        """
        with self._open(_begin(limits), ahead=limits == WRITE) as session:
            yield session

    @contextmanager
    def ahead(self, asked: str | None = None) -> Iterator[Session]:
        """Read now what the next `transaction` of this context builds upon, and leave it open for that one.

        Who posts a form is looked up so: in the very transaction that then writes, with one BEGIN and one
        COMMIT. Nothing is written here. Whoever calls this calls `forget_ahead` in the end; `reading` does.
        Raises Unavailable and Busy like `transaction`; an exception ends the transaction at once.

        What is `asked`, a finished statement without values, travels with BEGIN: `direct.answer` has its value.
        """
        with self._open(_begin(WRITE), keep=True, asked=asked) as session:
            yield session

    def forget_ahead(self) -> None:
        """End a transaction begun `ahead` that no other has gone on in."""
        waiting = _ahead.get()
        if waiting is not None:
            _ahead.set(None)
            _rollback(waiting[1])
            _let_go(waiting[2])
            waiting[1].close()

    @contextmanager
    def reading(
        self, limits: Limits = PAGE, *, snapshot: bool = False, asked: str | None = None
    ) -> Iterator[Session]:
        """One READ ONLY transaction; with `snapshot` all its statements see one moment.

        What is `asked` travels with BEGIN, as in `ahead`. Raises Unavailable and Busy like `transaction`.
        """
        self.forget_ahead()
        level = "ISOLATION LEVEL REPEATABLE READ " if snapshot else ""
        with self._open(_begin(limits, f" {level}READ ONLY"), asked=asked) as session:
            yield session

    def close(self) -> None:
        """Give back every pooled connection."""
        self.engine.dispose()

    @contextmanager
    def _open(
        self, begin: str, *, ahead: bool = False, keep: bool = False, asked: str | None = None
    ) -> Iterator[Session]:
        if _inside.get():
            raise RuntimeError("a transaction inside another: hand `tx` down instead of opening a second one")
        token = _inside.set(True)
        try:
            connection, session = (self._taken() if ahead else None) or self._begun(begin, asked)
            try:
                yield session
                session.flush()
                if keep:
                    _ahead.set((self, connection, session))
                else:
                    _commit(connection)
            except BaseException as error:
                keep = False
                _rollback(connection)
                named = named_as_ours(error)
                if named is error:
                    raise
                raise named from error
            finally:
                if not keep:
                    _let_go(session)
                    connection.close()
        finally:
            _inside.reset(token)

    def _taken(self) -> tuple[sa.Connection, Session] | None:
        waiting = _ahead.get()
        if waiting is None or waiting[0] is not self:
            return None
        _ahead.set(None)
        return waiting[1], waiting[2]

    def _begun(self, begin: str, asked: str | None) -> tuple[sa.Connection, Session]:
        connection, told = self._begin(begin, asked)
        session = self.sessions(bind=connection)
        if asked is not None:
            direct.keep_answer(session, told)
        return connection, session

    def _begin(self, begin: str, asked: str | None) -> tuple[sa.Connection, str | None]:
        # A pooled connection may have died since it was used; BEGIN is the first to find out. The pool
        # drops all older ones at once, so the second try has a fresh connection: no ping is needed.
        for last in (False, True):
            try:
                connection = self.engine.connect()
            except PoolTimeout as error:
                raise Busy("no database connection became free within 5 s") from error
            except (OperationalError, InterfaceError) as error:
                raise Unavailable("the database cannot be reached") from error
            try:
                connection.begin()  # sends nothing: from here on sessions take part in this transaction
                text = begin.replace("; ", f"; {tagged(self.application_name)}", 1)
                if asked is not None:
                    return connection, direct.say_and_ask(connection, text, asked)
                direct.say(connection, text)
                return connection, None
            except DBAPIError as error:
                connection.close()
                if last or not error.connection_invalidated:
                    named = named_as_ours(error)
                    if named is error:
                        raise
                    raise named from error
        raise AssertionError("unreachable")


@lru_cache
def _begin(limits: Limits, mode: str = "") -> str:
    return (
        f"BEGIN{mode}; SET LOCAL statement_timeout = '{limits.statement}'; "
        f"SET LOCAL lock_timeout = '{limits.lock}'; "
        f"SET LOCAL idle_in_transaction_session_timeout = '{limits.idle}'; {_TEXT_FORMS}"
    )


def _commit(connection: sa.Connection) -> None:
    _statements.set(_statements.get() + 1)
    try:
        direct.say_plainly(connection, "COMMIT")
        connection.commit()  # the driver sees that nothing is left to commit; SQLAlchemy learns that it is over
    except DBAPIError as error:
        if error.connection_invalidated or sqlstate(error) in GONE_STATES:
            raise CommitUnknown("the connection was lost while the change was being committed") from error
        raise


def _rollback(connection: sa.Connection) -> None:
    try:
        connection.rollback()
    except Exception:
        # The connection is gone, and with it the transaction: PostgreSQL has rolled it back.
        connection.invalidate()


def _let_go(session: Session) -> None:
    # One that has sent nothing itself, and holds nothing, has nothing to give back: `ops.direct` does without it.
    if session.in_transaction():
        session.close()


def _count(*_args: Any) -> None:
    _statements.set(_statements.get() + 1)
