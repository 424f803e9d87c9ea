"""Searches of large tables, across a foreign key too: exactly what plain SQL finds, their statement made once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ops.actor import Actor
from ops.catalog import Catalog, load
from ops.db import Database
from ops.policy import View
from ops.records import facts
from ops.records.arms import spellings
from ops.records.spelled import bounds
from tests.records.conftest import Customers, Orders, build
from tests.records.test_listing import buffers, seen, walk, walk_back

Place = tuple[Database, Catalog]
NAMES = ("Harbour", "HARBOUR", "harbour", "Har_our", "Har%r", "Straße", "STRASSE", "Nothing")
# Spelled otherwise, of one customer, of many, signs that LIKE reads, a number, nothing.
TEXTS = (
    "harbour 123", "HARBOUR 1234", "Harbour 12345", "straße 77", "har_our 5", "Har%r 40", "so-00012", "SO-000123",
    "17", "customer 17", "absent",
)  # fmt: skip
ODD = (
    "Zed\ud7ff",
    "zed\ud7ff x",
    "Zed\ue000",
    "ZED\U0010ffff",
    "zed\U0010ffff\U0010ffff y",
    "Zee",
    "zed",
    "ZED\uffff",
)


@pytest.fixture(scope="module")
def wide(make_module_database) -> Iterator[Place]:
    """60,000 orders of 20,200 customers, found by how their names begin."""
    database, _ = build(make_module_database(), 60_000)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO customer SELECT n, (%s::text[])[1 + n %% 8] || ' ' || n, 'DE' "
            "FROM generate_series(201, 20200) n",
            (list(NAMES),),
        )
        connection.execute(
            "INSERT INTO customer SELECT 20200 + n, name, 'DE' "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS odd (name, n)",
            (list(ODD),),
        )
        connection.execute("UPDATE orders SET customer_id = 1 + id * 7 % 20200")
        connection.execute("CREATE INDEX ON customer (name text_pattern_ops)")
        connection.execute("VACUUM ANALYZE")
    facts.forget()
    with database.reading() as tx:
        catalog = load(tx, schemas=("public",), resources=[Customers, Orders])
    yield database, catalog
    database.close()


def plainly(tx: Any, text: str) -> list[str]:
    """The keys in the list's order, as SQL says it; a key that the text may be, too."""
    begins = [
        one.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for one in spellings(text)
    ]
    rows = tx.execute(
        sa.text(
            "SELECT '~' || o.id FROM orders o JOIN customer c ON c.id = o.customer_id "
            "WHERE o.number LIKE ANY (:begins) OR c.name LIKE ANY (:begins) OR o.id::text = :text "
            "ORDER BY o.placed_at DESC, o.id DESC"
        ),
        {"begins": begins, "text": text},
    )
    return list(rows.scalars())


def finished(view: View) -> int:
    """How many statements of lists are kept with the shape of rights."""
    return sum(isinstance(key, tuple) and key[0] == "finished" for key in view.shape.memory)


@pytest.mark.parametrize("text", TEXTS)
def test_a_search_finds_what_plain_sql_finds(wide: Place, manager: Actor, text: str) -> None:
    database, catalog = wide
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        expected = plainly(tx, text)
        assert walk(tx, it, f"q={text}".replace("%", "%25"), size=30, most=2000) == expected
        assert walk_back(tx, it, f"q={text}".replace("%", "%25"), size=30, most=2000) == expected
        assert buffers(tx, it, f"q={text}".replace("%", "%25")) < 2000


def test_the_statement_of_a_search_is_made_once(wide: Place, manager: Actor) -> None:
    """Texts of as many spellings are one statement; so are the pages after the first."""
    database, catalog = wide
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        walk(tx, it, "q=har_our 5", size=20)
        kept = finished(it)
        for text in ("har_our 12", "nothing_at 9", "one_two 77"):
            walk(tx, it, f"q={text}", size=20)
        assert finished(it) == kept > 0


def test_rows_out_of_sight_lead_nowhere(wide: Place, manager: Actor, operator: Actor) -> None:
    """P14: whoever does not see a customer finds no order by its name, though another's statement is kept."""
    database, catalog = wide
    with database.reading() as tx:
        hidden = tx.scalar(sa.text("SELECT name FROM customer WHERE country = 'IS' AND id < 201 LIMIT 1"))
        every = walk(tx, seen(catalog, manager, "orders"), f"q={hidden}")
        less = walk(tx, seen(catalog, operator, "orders"), f"q={hidden}")
        gone = tx.execute(
            sa.text(
                "SELECT '~' || o.id FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.country = 'IS'"
            )
        ).scalars()
        assert every and set(less) == set(every) - set(gone)


def named(tx: Any, text: str) -> list[str]:
    """The keys of the customers whose name begins so, in the list's order."""
    begins = [
        one.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for one in spellings(text)
    ]
    rows = tx.execute(
        sa.text(
            "SELECT '~' || id FROM customer WHERE name LIKE ANY (:begins) OR id::text = :text ORDER BY id DESC"
        ),
        {"begins": begins, "text": text},
    )
    return list(rows.scalars())


@pytest.mark.parametrize(
    "text", [*TEXTS, "zed", "zed\ud7ff", "ZED\U0010ffff", "zed\uffff", "\U0010ffff", "harbour 1", "strasse 1"]
)
def test_a_search_for_a_name_finds_what_plain_sql_finds(wide: Place, manager: Actor, text: str) -> None:
    database, catalog = wide
    with database.reading() as tx:
        it = seen(catalog, manager, "customer")
        expected = named(tx, text)
        assert walk(tx, it, f"q={text}".replace("%", "%25"), most=2000) == expected
        assert walk_back(tx, it, f"q={text}".replace("%", "%25"), most=2000) == expected


@pytest.mark.parametrize("text", ["h", "har", "harbour", "harbour 1", "str"])
def test_what_very_many_begin_with_reads_few_blocks(wide: Place, manager: Actor, text: str) -> None:
    """P45: whether it is spelled in one way or in several, of the rows themselves and of those that point there."""
    database, catalog = wide
    with database.reading() as tx:
        assert buffers(tx, seen(catalog, manager, "customer"), f"q={text}") < 2000
        assert buffers(tx, seen(catalog, manager, "orders"), f"q={text}") < 2000


@given(st.text(min_size=1, max_size=4), st.text(max_size=6), st.text(max_size=6))
def test_a_range_holds_just_what_begins_so(text: str, rest: str, other: str) -> None:
    found = bounds([text])
    if found is None:
        assert not text.strip("\U0010ffff")
        return
    least, beyond = (one.encode() for one in found[1:])
    for one in (text + rest, other, text[:-1] + other, text[:-1] + chr(0x10FFFF) + rest):
        assert (least <= one.encode() < beyond) == one.startswith(text)


def test_a_range_ends_with_a_character_that_there_is() -> None:
    """The code point after U+D7FF is none that a text can hold."""
    assert bounds(["a\ud7ff"]) == ("a\ud7ff%", "a\ud7ff", "a\ue000")
    assert bounds(["a\U0010ffff\U0010ffff"]) == ("a\U0010ffff\U0010ffff%", "a\U0010ffff\U0010ffff", "b")
    assert bounds(["a", "\U0010ffff"]) is None
