"""ops.db: one round trip to begin, limits and text forms, healing, and the errors a page must tell apart."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ops.db import (
    PAGE,
    Busy,
    CommitUnknown,
    Database,
    Limits,
    Unavailable,
    reset_statements,
    sqlstate,
    statements,
)
from tests import servers

PID = sa.text("SELECT pg_backend_pid()")


def _kill(pid: int) -> None:
    with servers.admin() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
    time.sleep(0.2)


def test_a_transaction_begins_in_one_round_trip(db: Database) -> None:
    reset_statements()
    with db.reading() as tx:
        tx.execute(sa.text("SELECT 1"))
    assert statements() == 3  # BEGIN with its limits, the SELECT, COMMIT


def test_text_forms_and_limits_are_fixed_p44(db: Database) -> None:
    """P44: limits by SET LOCAL; nothing leaks into the next transaction on the connection."""
    with db.reading() as tx:
        shown = tx.execute(
            sa.text(
                "SELECT current_setting('TimeZone'), current_setting('DateStyle'), "
                "current_setting('statement_timeout'), current_setting('lock_timeout'), "
                "current_setting('idle_in_transaction_session_timeout'), "
                "current_setting('transaction_read_only')"
            )
        ).one()
    assert tuple(shown) == ("UTC", "ISO, YMD", "5s", "2s", "10s", "on")
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT current_setting('statement_timeout')")) == "0"


def test_reading_refuses_to_write_p21(db: Database) -> None:
    """P21: pages read in READ ONLY transactions."""
    with pytest.raises(sa.exc.DBAPIError) as caught, db.reading() as tx:
        tx.execute(sa.text("INSERT INTO ops.lease VALUES ('x', 'y', now(), 1)"))
    assert sqlstate(caught.value) == "25006"


def test_return_commits_and_raise_rolls_back(db: Database) -> None:
    insert = sa.text("INSERT INTO ops.lease VALUES (:name, 'me', now(), 1)")
    with db.transaction() as tx:
        tx.execute(insert, {"name": "kept"})
    with pytest.raises(ValueError, match="no"), db.transaction() as tx:
        tx.execute(insert, {"name": "gone"})
        raise ValueError("no")
    with db.reading() as tx:
        assert tx.scalars(sa.text("SELECT name FROM ops.lease")).all() == ["kept"]


def test_a_transaction_inside_another_is_refused(db: Database) -> None:
    with db.reading(), pytest.raises(RuntimeError, match="inside another"), db.transaction():
        pass


def test_heals_after_its_connection_was_killed_p46(db: Database) -> None:
    """P46: heals by itself after every connection is killed."""
    with db.reading() as tx:
        pid = tx.scalar(PID)
    _kill(pid)
    with db.reading() as tx:
        assert tx.scalar(PID)


def test_a_connection_lost_in_mid_transaction_is_named(db: Database) -> None:
    with pytest.raises(Unavailable), db.transaction() as tx:
        _kill(tx.scalar(PID))
        tx.execute(sa.text("SELECT 1"))


@pytest.mark.parametrize("goes_on", [True, False])
def test_p46_a_lost_connection_is_called_so_also_by_who_went_on_after_it(db: Database, goes_on: bool) -> None:
    """P46: a part of a page that can be left out catches what happened to it; its page is told at its next one."""
    with pytest.raises(Unavailable), db.reading() as tx:
        _kill(tx.execute(PID).scalar_one())
        with suppress(DBAPIError):
            tx.execute(sa.text("SELECT 1"))
        if goes_on:
            tx.execute(sa.text("SELECT 2"))


def test_a_lost_answer_to_commit_is_named(db: Database) -> None:
    with pytest.raises(CommitUnknown), db.transaction() as tx:
        tx.execute(sa.text("INSERT INTO ops.lease VALUES ('x', 'y', now(), 1)"))
        _kill(tx.scalar(PID))


def test_limits_are_busy_not_errors(db: Database) -> None:
    with pytest.raises(Busy), db.reading(Limits("50ms", "2s", "10s")) as tx:
        tx.execute(sa.text("SELECT pg_sleep(1)"))
    with db.transaction() as tx:
        tx.execute(sa.text("INSERT INTO ops.lease VALUES ('x', 'y', now(), 1)"))
    other = Database(db.url, application_name="other", pool_size=1)
    with other.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT * FROM ops.lease FOR UPDATE")
        with pytest.raises(Busy), db.transaction(Limits("5s", "100ms", "10s")) as tx:
            tx.execute(sa.text("SELECT * FROM ops.lease FOR UPDATE"))
        holder.execute("ROLLBACK")
    other.close()


def test_an_unreachable_database_is_named_in_time() -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/none", application_name="x", pool_size=1)
    started = time.monotonic()
    with pytest.raises(Unavailable), away.reading(PAGE):
        pass
    assert time.monotonic() - started < 6
    away.close()


def test_what_was_read_ahead_and_what_is_written_are_one_transaction(db: Database) -> None:
    """One BEGIN and one COMMIT for looking up who sends a form and for writing what it asks."""
    reset_statements()
    number = sa.text("SELECT txid_current(), pg_backend_pid()")
    with db.ahead() as tx:
        first = tx.execute(number).one()
    with db.transaction() as tx:
        second = tx.execute(number).one()
    assert tuple(first) == tuple(second) and statements() == 4
    with db.transaction() as tx:
        assert tx.execute(number).one() != second


def test_what_was_begun_ahead_and_not_gone_on_in_ends(db: Database) -> None:
    for end in (db.forget_ahead, lambda: _read(db)):
        with db.ahead() as tx:
            pid = tx.scalar(PID)
        end()
        with servers.admin() as connection:
            state = connection.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()
        assert state == ("idle",)
    with pytest.raises(ZeroDivisionError), db.ahead():
        raise ZeroDivisionError
    with db.transaction() as tx:
        assert tx.scalar(sa.text("SELECT 1")) == 1


def _read(db: Database) -> None:
    with db.reading() as tx:
        assert tx.scalar(sa.text("SHOW transaction_read_only")) == "on"
