"""Each transaction of a page tells PostgreSQL which request it is for, and nothing a client sent gets there."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ops.db import Database
from ops.tagging import LONGEST, tag, tagged

ASK = sa.text("SELECT current_setting('application_name')")


@pytest.fixture(autouse=True)
def _untagged():
    tag()
    yield
    tag()


def test_a_transaction_says_what_it_is_for_and_only_it(db: Database) -> None:
    tag("9f2c41d07be35a18", "records.index")
    wanted = "countersign tests 9f2c41d07be35a18 records.index"
    with db.transaction() as tx:
        assert tx.scalar(ASK) == wanted
    with db.reading() as tx:
        assert tx.scalar(ASK) == wanted
    tag()
    with db.transaction() as tx:  # the same connection: nothing of it stays (promise 44)
        assert tx.scalar(ASK) == "countersign tests"


@pytest.mark.parametrize(
    "word", ["'; DROP TABLE ops.person; --", "a\\'b", "*/ x", "é\n\x00", "$$", "%s %(a)s", ":name", "x" * 300]
)
def test_nothing_in_it_ends_a_text_of_sql_p20(db: Database, word: str) -> None:
    """P20: not even of a made-up endpoint."""
    tag("1f", word)
    name = tagged("countersign web")
    assert name.count("'") == 2 and "\n" not in name and "\\" not in name and "%" not in name
    with db.transaction() as tx:
        said = tx.scalar(ASK)
        assert said.startswith("countersign tests 1f ") and len(said) <= LONGEST
        assert tx.scalar(sa.text("SELECT to_regclass('ops.person')")) is not None
