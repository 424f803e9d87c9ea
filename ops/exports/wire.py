"""Reads a COPY from the connection as fast as it comes, in pieces large enough to hash and write at once.

psycopg's `Copy` hands over a row per call of Python code; here that loop talks to libpq directly
(`psycopg.pq`, its documented low level), which costs a third of the processor time for the same bytes.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors, pq

PIECE = 128 * 1024
LOOK_SECONDS = 0.25  # how long to wait for bytes before Python may look at its signals


def stream(
    connection: psycopg.Connection[Any], statement: str, take: Callable[[bytearray, int], None]
) -> int:
    """Run the COPY … TO STDOUT and hand each piece to `take` with the rows in it; return the number of rows.

    The line of names counts as a row of the first piece. The piece is reused: `take` must not keep it.
    Raises psycopg's errors as a cursor would; if `take` raises, the connection is of no further use.
    """
    wire = connection.pgconn
    piece, rows = bytearray(), 0
    get = wire.get_copy_data
    with selectors.DefaultSelector() as selector:
        selector.register(wire.socket, selectors.EVENT_READ)
        _begin(wire, statement, selector)
        while True:
            size, data = get(1)
            if size > 0:
                piece += data
                rows += 1
                if len(piece) >= PIECE:
                    take(piece, rows)
                    piece.clear()
                    rows = 0
            elif size == 0:
                _wait(wire, selector)
            else:
                break
    total = _end(wire)
    if piece:
        take(piece, rows)
    return total


def _wait(wire: pq.abc.PGconn, selector: selectors.BaseSelector) -> None:
    """Wait for bytes, but never so long that a signal would go unheard."""
    if selector.select(LOOK_SECONDS):
        wire.consume_input()


def _begin(wire: pq.abc.PGconn, statement: str, selector: selectors.BaseSelector) -> None:
    # Even the server's "here it comes" waits in its buffer for the first rows, which may take minutes.
    wire.send_query(statement.encode())
    while wire.flush():
        _wait(wire, selector)
    while wire.is_busy():
        _wait(wire, selector)
    result = wire.get_result()
    if result is not None and result.status == pq.ExecStatus.COPY_OUT:
        return
    _end(wire)
    raise errors.error_from_result(result) if result is not None else errors.OperationalError("no answer")


def _end(wire: pq.abc.PGconn) -> int:
    """The COPY's own last word: how many rows it gave, or why it broke off."""
    total, wrong = 0, None
    while (result := wire.get_result()) is not None:
        if result.status == pq.ExecStatus.COMMAND_OK:
            total = result.command_tuples or 0
        else:
            wrong = wrong or errors.error_from_result(result)
    if wrong is not None:
        raise wrong
    return total
