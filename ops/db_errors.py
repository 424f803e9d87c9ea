"""What a database's errors mean here: away, busy, perhaps committed, of another shape. Rooms find them in `ops.db`."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, PendingRollbackError

BUSY_STATES = {"55P03", "57014"}  # lock_not_available; query_canceled: a limit of ours was hit
# Shutdown, crash, cannot connect now, idle-in-transaction timeout: the server ended the connection.
GONE_STATES = {"57P01", "57P02", "57P03", "57P05", "25P03", "08000", "08003", "08006", "08P01"}
_LOST_BEFORE = "8s2b"  # SQLAlchemy's name for a statement on a connection that was found to be lost before
# A column, table, type or schema that is not there, or of another type: the company changed its schema (P47).
SHAPE_STATES = frozenset({"42703", "42P01", "42804", "428C9", "3F000", "42704", "42883"})


class Unavailable(Exception):
    """The database cannot be reached, or went away; nothing was written."""


class CommitUnknown(Unavailable):
    """The connection was lost while COMMIT was under way: it may or may not have landed.

    A form's token tells which when the form is sent again.
    """


class Busy(Exception):
    """A statement or lock limit was reached, or no connection became free; nothing was written."""


def sqlstate(error: BaseException) -> str | None:
    """The five-character SQLSTATE of a database error, or None where there is none."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None)


def named_as_ours(error: BaseException) -> BaseException:
    """Our own name for the database errors that a page or job must tell apart; others as they are."""
    # Whoever caught that the connection was lost, and went on (a page leaves out a count it cannot have), is told so.
    if isinstance(error, PendingRollbackError) and error.code == _LOST_BEFORE:
        return Unavailable("the database went away; nothing was written")
    if not isinstance(error, DBAPIError):
        return error
    state = sqlstate(error)
    if error.connection_invalidated or state in GONE_STATES:
        return Unavailable("the database went away; nothing was written")
    if state in BUSY_STATES:
        return Busy("the database took too long: a limit was reached and nothing was written")
    return error
