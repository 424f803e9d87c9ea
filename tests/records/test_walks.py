"""Random filters, sorts and walks return exactly what plain SQL returns, whichever way a page is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.actor import Actor
from ops.catalog import Catalog, load
from ops.db import EXPORT, Database
from ops.policy import view
from ops.records import (
    facts,
    from_query_string,
    gathering,
    page,
    reading,
    searching,
    serving,
    subject,
    windows,
)
from tests.records.walking import FILTERS, SCHEMA, SORTS, ZONE, plainly, walk, walk_back

BO = Actor(2, "Bo", frozenset({"manager"}), timezone=ZONE)
ALL = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def deals(make_module_database) -> Iterator[tuple[Database, Catalog]]:
    database = Database(make_module_database(), application_name="countersign tests", pool_size=5)
    with database.transaction(EXPORT) as tx:
        for line in SCHEMA.replace(":deals", "420").split(";\n"):
            if line.strip():
                tx.connection().exec_driver_sql(line.replace("%", "%%"), None)
    with database.reading() as tx:
        catalog = load(tx, schemas=("public",), resources=())
    yield database, catalog
    database.close()


@pytest.fixture(params=["small", "large"])
def scale(request, monkeypatch) -> str:
    """The same rows as a small table, and with every limit so low that they are a large one."""
    if request.param == "large":
        for module in (facts, searching, serving, subject):
            monkeypatch.setattr(module, "SMALL", 0)
        monkeypatch.setattr(windows, "LEAST", 1)
        monkeypatch.setattr(windows, "MOST", 23)
        monkeypatch.setattr(windows, "BLOCKS", 17)
        for module in (gathering, reading):
            monkeypatch.setattr(module, "CAP", 30)
        monkeypatch.setattr(gathering, "WIDE", 5)
    return request.param


@given(
    sort=st.sampled_from(SORTS),
    chosen=st.lists(st.sampled_from(FILTERS), max_size=3, unique=True),
    size=st.sampled_from([3, 20, 61]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=ALL)
def test_walks_equal_plain_sql(deals, scale, sort, chosen, size):
    """P45: no row twice or missing, forwards and backwards, with NULLs and ties, whatever index helps."""
    database, catalog = deals
    with database.reading() as tx:
        it = view(BO, catalog.table("deal"), catalog)
        text = "&".join([f"sort={sort}", *(one[0] for one in chosen)])
        expected = plainly(tx, " AND ".join(["true", *(one[1] for one in chosen)]))
        keys = walk(tx, it, text, size)
        assert sorted(keys) == sorted(f"~{key}" for key in expected)
        assert walk_back(tx, it, text, size) == keys
        found = page(tx, it, from_query_string(it, text), size=size)
        if found.count.rows is not None and not found.count.more:
            assert found.count.rows == len(expected)
        name = (found.sort or "").removeprefix("-")
        values = [expected[int(key[1:])]._mapping[name] for key in keys]
        given_values = [value for value in values if value is not None]
        if name == "state":
            given_values = [["new", "open", "done", "lost"].index(value) for value in given_values]
        if name != "code":  # ordered by the database's own collation
            assert given_values == sorted(given_values, reverse=(found.sort or "").startswith("-"))
        edge = [value is None for value in values]
        assert edge == sorted(edge) or edge == sorted(edge, reverse=True)


@given(
    sort=st.sampled_from(["made", "-made", "day", "-day", "id", "-amount"]),
    chosen=st.lists(st.sampled_from(FILTERS[:34]), max_size=1),
    moves=st.lists(
        st.tuples(st.sampled_from(["insert", "delete", "move"]), st.integers(1, 10_000)), max_size=12
    ),
)
@settings(max_examples=15, deadline=None, suppress_health_check=ALL)
def test_rows_that_stay_come_once_while_others_change(deals, scale, sort, chosen, moves):
    """P45: between pages rows are made, deleted and moved; every row that stays as it is comes exactly once."""
    database, catalog = deals
    waiting, touched = list(moves), set()
    with database.engine.connect() as outside, database.reading() as tx:
        outside.exec_driver_sql("BEGIN")
        tx.execute(sa.text("SELECT 1"))

        def change(_keys) -> None:
            # Seen by nobody else, undone in the end: the walk itself reads through the same transaction.
            if not waiting:
                return
            kind, number = waiting.pop()
            key = number % 420 + 1
            touched.add(f"~{key}")
            if kind == "delete":
                outside.exec_driver_sql("DELETE FROM deal WHERE id = %s", (key,))
            elif kind == "move":
                outside.exec_driver_sql(
                    "UPDATE deal SET made = made + interval '20 days', day = day - 20, amount = amount + 7 "
                    "WHERE id = %s",
                    (key,),
                )
            else:
                touched.add(f"~{key + 1000}")
                outside.exec_driver_sql(
                    "INSERT INTO deal SELECT id + 1000, client_id, state, amount, paid, tags, info, made, day, "
                    "\"wall.clock\", note, code FROM deal WHERE id = %s ON CONFLICT DO NOTHING", (key,),
                )  # fmt: skip

        it = view(BO, catalog.table("deal"), catalog)
        text = "&".join([f"sort={sort}", *(one[0] for one in chosen)])
        session = database.sessions(bind=outside)
        expected = plainly(session, " AND ".join(["true", *(one[1] for one in chosen)]))
        keys = walk(session, it, text, 20, between=change)
        stayed = [f"~{key}" for key in expected if f"~{key}" not in touched]
        for key in stayed:
            assert keys.count(key) == 1, key
        outside.exec_driver_sql("ROLLBACK")


def test_jumping_leads_to_the_value_and_on(deals, scale):
    """A day, a number or a key is jumped to; the pages before it are there."""
    database, catalog = deals
    with database.reading() as tx:
        it = view(BO, catalog.table("deal"), catalog)
        whole = walk(tx, it, "sort=-day", 61)
        today = tx.scalar(sa.text("SELECT current_date"))
        found = page(tx, it, from_query_string(it, f"sort=-day&at={today}"), size=20)
        place = whole.index(found.rows[0].key)
        assert [row.key for row in found.rows] == whole[place : place + 20]
        assert found.rows[0].cells["day"].text <= str(today) < page(
            tx, it, from_query_string(it, f"sort=-day&{found.previous}"), size=1
        ).rows[0].cells["day"].text  # fmt: skip
        found = page(tx, it, from_query_string(it, "sort=id&at=300"), size=5)
        assert [row.key for row in found.rows] == [f"~{n}" for n in range(300, 305)]
        assert page(tx, it, from_query_string(it, f"sort=id&{found.previous}"), size=5).rows[-1].key == "~299"
        found = page(tx, it, from_query_string(it, "sort=-id&at=300"), size=5)
        assert [row.key for row in found.rows] == [f"~{n}" for n in range(300, 295, -1)]
        found = page(tx, it, from_query_string(it, "sort=id&at=soon"), size=5)
        assert found.rows[0].key == "~1" and "soon" in found.notes[0]


def test_a_day_jumped_to_is_the_readers_own(deals):
    """Newest first: the whole of that day follows, as its clocks had it where the reader is."""
    database, catalog = deals
    with database.reading() as tx:
        it = view(BO, catalog.table("deal"), catalog)
        day = tx.scalar(sa.text(f"SELECT ((now() AT TIME ZONE '{ZONE}') - interval '4 days')::date"))
        found = page(tx, it, from_query_string(it, f"sort=-made&at={day}"), size=50)
        expected = tx.scalars(
            sa.text(
                f"SELECT id FROM deal WHERE (made AT TIME ZONE '{ZONE}')::date <= :day "
                "ORDER BY made DESC, id DESC LIMIT 3"
            ),
            {"day": day},
        )
        shown = [row.key for row in found.rows if not row.cells["made"].null][:3]
        assert shown == [f"~{key}" for key in expected]
