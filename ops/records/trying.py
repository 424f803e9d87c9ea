"""Questions that may take too long: asked with a time limit of their own, in a transaction that goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops.db import BUSY_STATES, sqlstate
from ops.records.counting import UNKNOWN, Count, counted

PATIENCE = 2.0  # seconds for what a page asks by itself
HEAVY = 0.7  # for an index that has to read all matches first
EVERYTHING = 10.0  # for what a person explicitly asked for
AT_ONCE = 2  # of those in one process: the others have to answer pages meanwhile
_going_on = threading.BoundedSemaphore(AT_ONCE)

Found = TypeVar("Found")


class TooSlow(Exception):
    """The time was over and the question was cancelled; the transaction goes on."""


class Occupied(Exception):
    """Others look through everything just now."""


def within(
    tx: Session, seconds: float, work: Callable[[], Found], *, keep: bool = False, by_index: bool = False
) -> Found:
    """What `work` finds, each of its statements within the time. Raises TooSlow. Never one within another.

    With `keep` the limit holds for the rest of the transaction, which saves a round trip. With `by_index` no plan
    hopes to come upon enough rows by reading the table from its beginning: they may lie at its end.
    """
    # Both in one round trip; the number is our own, nobody's text.
    indexes = "; SET LOCAL enable_seqscan = off" if by_index else ""
    _send(tx, f"SAVEPOINT ops_patience; SET LOCAL statement_timeout = {int(seconds * 1000)}{indexes}")
    try:
        found = work()
    except DBAPIError as error:
        if error.connection_invalidated or sqlstate(error) not in BUSY_STATES:
            raise
        _send(tx, "ROLLBACK TO SAVEPOINT ops_patience")
        raise TooSlow from error
    if not keep:  # undoes the shorter limit as well
        _send(tx, "ROLLBACK TO SAVEPOINT ops_patience")
    return found


def slowly(tx: Session, work: Callable[[], Found]) -> Found:
    """The same for what a person asked for knowing that it is slow; `work` keeps to `left` by itself.

    Raises Occupied where others do so already.
    """
    if not _going_on.acquire(blocking=False):
        raise Occupied
    try:
        return within(tx, EVERYTHING, work)
    finally:
        _going_on.release()


def only(tx: Session, until: float) -> None:
    """Leave the next statement no more than what is left of the time (`time.monotonic`)."""
    left = max(1, int((until - time.monotonic()) * 1000))
    _send(tx, f"SET LOCAL statement_timeout = {left}")


def patiently_counted(tx: Session, rows: sa.Select[Any]) -> Count:
    """Count up to a thousand of the rows; UNKNOWN where two seconds do not suffice. The transaction goes on."""
    try:
        return within(tx, PATIENCE, lambda: counted(tx, rows))
    except TooSlow:
        return UNKNOWN


def _send(tx: Session, text: str) -> None:
    tx.connection().exec_driver_sql(text, None, {"no_parameters": True})
