"""Statements that go to the driver as they are: what is bound arrives as it was meant, or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DataError, DBAPIError

from ops import direct
from ops.db import Database, sqlstate, statements


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
