"""Statements whose text is finished go to the driver as they are: SQLAlchemy's part would cost more than theirs.

Each is counted, heard and refused like any other of the transaction: the engine's listeners are told, and the driver's
errors come as SQLAlchemy names them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

Values = Mapping[str, Any]


_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # as the engine has it


def finished(statement: sa.ClauseElement) -> str:
    """The text of a statement, in which `%(name)s` stands for each value that is bound by a name."""
    return str(statement.compile(dialect=_DIALECT))


def rows(tx: Session, text: str, values: Values | None = None) -> list[tuple[Any, ...]]:
    """All rows of a statement in which `%(name)s` stands for a value. Raises what `tx.execute` raises."""
    found: list[tuple[Any, ...]] = _sent(_of(tx), text, values).fetchall()
    return found


def named_rows(tx: Session, text: str, values: Values | None = None) -> list[Any]:
    """The same as named tuples."""
    return _sent(_of(tx), text, values, named=True).fetchall()


def one(tx: Session, text: str, values: Values | None = None) -> Any:
    """The first row as a named tuple, or None where there is none."""
    cursor = _sent(_of(tx), text, values, named=True)
    return cursor.fetchone()


def say(connection: sa.Connection, text: str) -> None:
    """Send what answers nothing, such as BEGIN with its limits."""
    _sent(connection, text, None)


_ANSWER = "ops_answer"


def ask(tx: Session, what: str) -> Session:
    """Ask in a transaction that has begun already, so that `answer` has the first row; returns the transaction."""
    return keep_answer(tx, one(tx, what))


def keep_answer(tx: Session, row: Any) -> Session:
    """Let `answer` give this row."""
    tx.info[_ANSWER] = row
    return tx


def answer(tx: Session) -> Any:
    """The first row, as a named tuple, of what was asked with the transaction's BEGIN; None where there is none."""
    return tx.info[_ANSWER]


def tell(tx: Session, text: str) -> None:
    """Send a statement that answers nothing."""
    _sent(_of(tx), text, None)


def say_and_ask(connection: sa.Connection, text: str, asked: str) -> Any:
    """Send both in one round trip; the first row of what is `asked` as a named tuple, or None where there is none.

    `asked` is a finished statement without values: several at once take none.
    """
    cursor = _sent(connection, f"{text}; {asked}", None, named=True)
    return cursor.set_result(-1).fetchone()


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
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, cursor, text, values, None, False)
    try:
        cursor.execute(text.encode(), values)
    except psycopg.Error as error:
        # SQLAlchemy's own way from a driver's error to its own, with what follows for the connection and its pool.
        connection._handle_dbapi_exception(error, text, values, cursor, None)  # type: ignore[arg-type]  # psycopg's cursor
    return cursor


def on_statement(engine: sa.Engine, listener: Callable[[str], None]) -> None:
    """Call `listener` with the text of every statement sent: for tests and benches."""

    def tell(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        listener(statement)

    sa.event.listen(engine, "before_cursor_execute", tell)
