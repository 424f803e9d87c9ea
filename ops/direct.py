"""Statements whose text is finished go to the driver as they are: SQLAlchemy's part would cost more than theirs.

Each is counted, heard and refused like any other of the transaction: the engine's listeners are told, and the driver's
errors come as SQLAlchemy names them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import pq
from psycopg.rows import namedtuple_row
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

Values = Mapping[str, Any]
_GOOD = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})


_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # as the engine has it


def finished(statement: sa.ClauseElement) -> str:
    """The text of a statement, in which `%(name)s` stands for each value that is bound by a name."""
    return str(statement.compile(dialect=_DIALECT))


def rows(tx: Session, text: str, values: Values | None = None) -> list[tuple[Any, ...]]:
    """All rows of a statement in which `%(name)s` stands for a value. Raises what `tx.execute` raises."""
    found: list[tuple[Any, ...]] = _sent(_of(tx), text, values).fetchall()
    return found


def texts(tx: Session, text: str, values: Mapping[str, str | None]) -> list[list[str | None]]:
    """The same where every value is a text, without a type of its own, and every answer is taken as PostgreSQL's text.

    By libpq's own call: a cursor asks for each value and each answer what it is.
    """
    connection = _of(tx)
    _tell(connection, None, text, values)
    numbered, names = _numbered(text)
    result = _answered(
        connection, text, lambda pg: pg.exec_params(numbered, [_bound(values[name]) for name in names])
    )
    columns = range(result.nfields)
    return [
        [None if (found := result.get_value(row, at)) is None else found.decode() for at in columns]
        for row in range(result.ntuples)
    ]


def _bound(text: str | None) -> bytes | None:
    if text is not None and "\0" in text:  # as psycopg has it: libpq would take what stands before
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return None if text is None else text.encode()


@lru_cache(maxsize=4096)
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with `$1`, `$2` … for its named values, and their names in that order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    return _PLACES.sub(number, text).encode(), tuple(names)


_PLACES = re.compile(r"%(?:\((\w+)\)s|%)")


def named_rows(tx: Session, text: str, values: Values | None = None) -> list[Any]:
    """The same as named tuples."""
    return _sent(_of(tx), text, values, named=True).fetchall()


def one(tx: Session, text: str, values: Values | None = None) -> Any:
    """The first row as a named tuple, or None where there is none."""
    cursor = _sent(_of(tx), text, values, named=True)
    return cursor.fetchone()


def say(connection: sa.Connection, text: str) -> None:
    """Send what answers nothing, such as BEGIN with its limits."""
    _tell(connection, None, text, None)
    _plainly(connection, text)


_ANSWER = "ops_answer"


def ask(tx: Session, what: str) -> Session:
    """Ask in a transaction that has begun already, so that `answer` has the value; returns the transaction."""
    row = next(iter(rows(tx, what)), None)
    return keep_answer(tx, None if row is None else row[0])


def keep_answer(tx: Session, value: str | None) -> Session:
    """Let `answer` give this value."""
    tx.info[_ANSWER] = value
    return tx


def answer(tx: Session) -> str | None:
    """The one value, as text, of what was asked with the transaction's BEGIN; None for NULL, and where no row came."""
    value: str | None = tx.info[_ANSWER]
    return value


def tell(tx: Session, text: str) -> None:
    """Send a statement that answers nothing."""
    _sent(_of(tx), text, None)


@contextmanager
def savepoint(tx: Session, then: str) -> Iterator[None]:
    """What happens within is undone where it raises; where it ends well, `then` is said and it is kept.

    Two round trips: a statement for each end, and none of SQLAlchemy's bookkeeping. Not within another one.
    """
    tell(tx, "SAVEPOINT within")
    try:
        yield
        tell(tx, f"{then}; RELEASE SAVEPOINT within")
    except BaseException:
        connection = _of(tx)
        if not (connection.closed or connection.invalidated):
            tell(tx, "ROLLBACK TO SAVEPOINT within; RELEASE SAVEPOINT within")
        raise


def say_and_ask(connection: sa.Connection, text: str, asked: str) -> str | None:
    """Send both in one round trip; the one value, as PostgreSQL's text, of the one row of what is `asked`.

    `asked` is a finished statement without values: several at once take none. None for NULL, and for no row.
    """
    both = f"{text}; {asked}"
    _tell(connection, None, both, None)
    found = _plainly(connection, both).get_value(0, 0)
    return None if found is None else found.decode()


def say_plainly(connection: sa.Connection, text: str) -> None:
    """Send a finished statement without a cursor, as its driver sends what begins and ends transactions."""
    _plainly(connection, text)


def server(tx: Session) -> int:
    """The major version of the server."""
    version = _of(tx).dialect.server_version_info
    return int(version[0]) if version else 0


def _of(tx: Session) -> sa.Connection:
    # Where the session was made for one connection, asking it costs more than sending BEGIN. Within `begin_nested` it
    # must be asked: only then does it send its SAVEPOINT.
    if isinstance(tx.bind, sa.Connection) and not tx.in_nested_transaction():
        return tx.bind
    return tx.connection()


def _sent(
    connection: sa.Connection, text: str, values: Values | None, *, named: bool = False
) -> psycopg.Cursor[Any]:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # it is psycopg
    cursor: psycopg.Cursor[Any] = driver.cursor(row_factory=namedtuple_row) if named else driver.cursor()
    _tell(connection, cursor, text, values)
    try:
        cursor.execute(text.encode(), values)
    except psycopg.Error as error:
        # SQLAlchemy's own way from a driver's error to its own, with what follows for the connection and its pool.
        connection._handle_dbapi_exception(error, text, values, cursor, None)  # type: ignore[arg-type]  # psycopg's cursor
    return cursor


def _plainly(connection: sa.Connection, text: str) -> pq.abc.PGresult:
    """The last result of statements sent as one text, by libpq's own call: where no value is bound a cursor costs most.

    Limits are those of any statement: the server's of the transaction, and those of the connection for a dead peer.
    """
    return _answered(connection, text, lambda pg: pg.exec_(text.encode()))


def _answered(
    connection: sa.Connection, text: str, ask: Callable[[pq.abc.PGconn], pq.abc.PGresult]
) -> pq.abc.PGresult:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # it is psycopg
    try:
        with driver.lock:
            result = ask(driver.pgconn)
        if result.status not in _GOOD:
            raise psycopg.errors.error_from_result(result, "utf-8")
    except psycopg.Error as error:
        connection._handle_dbapi_exception(error, text, None, None, None)
    return result


def _tell(connection: sa.Connection, cursor: Any, text: str, values: Values | None) -> None:
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, cursor, text, values, None, False)


def on_statement(engine: sa.Engine, listener: Callable[[str], None]) -> None:
    """Call `listener` with the text of every statement sent: for tests and benches."""

    def tell(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        listener(statement)

    sa.event.listen(engine, "before_cursor_execute", tell)
