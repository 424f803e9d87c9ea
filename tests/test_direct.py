"""Statements that go to the driver as they are: what is bound arrives as it was meant, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError

from ops import direct
from ops.db import Database, sqlstate, statements
from tests import servers


def test_texts_go_out_without_a_type_and_come_back_as_texts(db: Database) -> None:
    with db.transaction() as tx:
        before = statements()
        found = direct.texts(
            tx,
            "SELECT CAST(%(n)s AS integer) + 1, %(t)s || '100%%', %(n)s, true, CAST(%(no)s AS date) "
            "FROM generate_series(1, 2)",
            {"n": "41", "t": "é'; \\ %(n)s ", "no": None},
        )
        assert found == [["42", "é'; \\ %(n)s 100%", "41", "t", None]] * 2
        assert statements() - before == 1
        assert direct.texts(tx, "SELECT %(t)s WHERE false", {"t": ""}) == []


def test_a_text_is_never_cut_at_a_nul(db: Database) -> None:
    """libpq would take what stands before it."""
    with pytest.raises(DataError, match="NUL"), db.transaction() as tx:
        direct.texts(tx, "SELECT %(t)s", {"t": "~47\x00 and more"})


def test_what_the_database_says_of_an_error_is_kept(db: Database) -> None:
    with pytest.raises(DBAPIError) as raised, db.transaction() as tx:
        direct.texts(tx, "SELECT CAST(%(t)s AS smallint)", {"t": "70000"})
    assert sqlstate(raised.value) == "22003"
    with db.transaction() as tx:
        assert direct.texts(tx, "SELECT %(t)s", {"t": "well"}) == [["well"]]


def test_texts_are_the_same_whatever_the_database_is_encoded_as(
    make_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is bound goes out as UTF-8: a database of Latin 1 must be told so, or each letter beyond ASCII is two there.

    Nor does the environment that libpq reads say anything else.
    """
    name = f"latin{os.getpid()}"
    with servers.admin() as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    make_database.names.append(name)  # type: ignore[attr-defined]  # dropped with the others
    for said in (None, "LATIN1"):
        if said:
            monkeypatch.setenv("PGCLIENTENCODING", said)
        db = Database(servers.url_of(name), application_name="countersign tests")
        with db.transaction() as tx:
            for read in (direct.texts, direct.rows):
                one = read(tx, "SELECT CAST(%(t)s AS text), CAST(length(%(t)s) AS text)", {"t": "Käse"})
                assert [tuple(row) for row in one] == [("Käse", "4")]
            assert tx.scalar(sa.text("SELECT CAST(:t AS text)"), {"t": "Käse"}) == "Käse"
        db.close()
