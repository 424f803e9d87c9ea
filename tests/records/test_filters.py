"""Filters across foreign keys keep to the reader's rights; what would read everything is only done when asked for."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from ops.actor import Actor
from ops.policy import view
from ops.records import (
    BadFilter,
    UnknownColumn,
    from_query_string,
    page,
    statement,
    to_query_string,
    trying,
)
from tests.records.test_listing import buffers, seen
from tests.records.walking import walk


def test_p14_across_a_foreign_key_as_in_the_other_table(small, operator, manager, stranger):
    """P14: hidden columns are not there, masked ones cannot be asked about, rows out of sight fit nothing."""
    database, catalog = small
    orders = seen(catalog, operator, "orders")
    for text in ("f.customer.risk.is=x", "f.customer.nothing.is=1", "f.nobody.name.is=1", "f.secret.x.is=1"):
        with pytest.raises(UnknownColumn):
            from_query_string(orders, text)
    with pytest.raises(BadFilter) as caught:
        from_query_string(orders, "f.customer.iban.starts=DE00&f.status.is=open")
    assert "masked" in caught.value.problems[0] and len(caught.value.query.filters) == 1
    with database.reading() as tx:
        assert walk(tx, orders, "f.customer.country.is=IS") == []
        assert walk(tx, orders, "f.customer.id.is=10") == []
        assert walk(tx, orders, "f.customer.country.not=DE") == []
        assert len(walk(tx, orders, "f.customer.id.is=11")) == 3
        everybody = seen(catalog, manager, "orders")
        assert len(walk(tx, everybody, "f.customer.country.is=IS")) == 60
        assert len(walk(tx, everybody, "f.customer.iban.starts=DE00IBANMARKER0010")) == 3
        rows = tx.execute(
            statement(everybody, from_query_string(everybody, "f.customer.country.is=IS"))
        ).all()
        assert len(rows) == 60


def test_a_path_is_written_as_it_is_read(small, manager):
    _, catalog = small
    it = seen(catalog, manager, "orders")
    kept = (
        "f.customer.country.is=DE",
        "f.customer.name.in=a%5C%2Cb%2Cc",
        "f.placed_at.last=7",
        "f.due.during=today",
    )
    for text in kept:
        query = from_query_string(it, text)
        assert from_query_string(it, to_query_string(query)) == query
    columns = from_query_string(it, "").columns
    asked = "f.customer.country.is=DE&all=1"
    assert to_query_string(from_query_string(it, asked), columns) == asked
    assert to_query_string(from_query_string(it, "all=1"), columns) == ""


@pytest.mark.parametrize(
    "text",
    [
        "f.customer.country.is=IS", "f.customer.country.not=IS", "f.customer.name.contains=omer+19",
        "f.customer.name.is=Customer+17", "f.customer.born.empty=", "f.customer.id.gt=100", "f.placed_at.last=9999",
        "f.placed_at.is=2024-01-02", "f.placed_at.between=2024-01-02,2024-01-05", "f.placed_at.not=2024-01-02",
        "f.due.empty=", "f.due.filled=&sort=-due", "f.due.during=this-year", "f.due.next=300", "f.total.gt=999",
        "f.total.empty=", "f.total.between=1,2", "f.status.in=open,held", "f.status.notin=open,held",
        "f.status.is=nothing", "f.note.lacks=note", "f.note.starts=note+7", "f.note.empty=", "f.number.starts=SO-00",
        "f.number.starts=SO", "f.number.contains=9999", "f.customer_id.in=1,2,3,4,5,6,7,8,9", "f.customer_id.not=3",
        "f.customer_id.is=17&f.status.is=open", "f.customer_id.is=17&f.note.contains=77", "f.id.gt=150000",
        "f.id.is=-1", "f.status.is=open&f.total.gt=900&sort=-placed_at", "f.status.is=held&sort=total", "q=omer+1",
        "q=SO", "q=so-0",
        "q=note", "q=nothing+like+this", "q=1", "q=omer+17&f.status.is=open", "q=SO-0&f.total.gt=900",
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", ["", "last=1"])
def test_p45_no_statement_of_a_page_reads_much(large, manager, text, side):
    """P45: whatever is asked of 200,000 rows, no statement touches more than 2,000 blocks."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        assert buffers(tx, it, f"{text}&{side}") <= 2000
        found = page(tx, it, from_query_string(it, f"{text}&{side}"))
        if found.next:
            assert buffers(tx, it, f"{text}&{found.next}") <= 2000


def test_a_page_of_many_stretches_ends_where_the_list_does(large, manager):
    """P45: going on from stretch to stretch finds every row that plain SQL finds."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        keys = walk(tx, it, "f.total.is=77.7", 50)
        plain = tx.scalars(
            sa.text("SELECT id FROM orders WHERE total = 77.7 ORDER BY placed_at DESC, id DESC")
        )
        assert keys == [f"~{key}" for key in plain]
        assert keys


def test_everything_is_looked_through_when_asked_and_stopped_at_its_limit(large, manager, monkeypatch):
    """A search no index serves is offered, done when asked for, cancelled at its limit; the page goes on."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        found = page(tx, it, from_query_string(it, "q=ote+199999"))
        assert found.rows == [] and found.offer and "gin_trgm_ops" in found.advice[0].sql
        found = page(tx, it, from_query_string(it, "q=ote+199999&all=1"))
        assert [row.key for row in found.rows] == ["~199999"] and found.count.text == "1"
        monkeypatch.setattr(trying, "EVERYTHING", 0.01)
        found = page(tx, it, from_query_string(it, "q=ote+19999&all=1"))
        assert found.rows == [] and any("Stopped after" in note for note in found.notes)
        assert found.count.text == "not counted"
        assert tx.scalar(sa.text("SELECT current_setting('statement_timeout')")) == "5s"
        monkeypatch.undo()
        gate = threading.BoundedSemaphore(1)
        monkeypatch.setattr(trying, "_going_on", gate)
        with gate:
            found = page(tx, it, from_query_string(it, "q=ote+19999&all=1"))
        assert found.rows == [] and found.offer and any("Others" in note for note in found.notes)
        assert page(tx, it, from_query_string(it, "q=ote+19999&all=1")).rows


def test_rows_of_a_rare_right_do_not_end_the_page(large):
    """Who may see few rows of a large table gets them, or is told that it took too long."""
    database, catalog = large
    someone = Actor(9, "Eve", frozenset({"operator"}), timezone="Asia/Tokyo")
    with database.reading() as tx:
        it = view(someone, catalog.table("customer"), catalog)
        assert page(tx, it, from_query_string(it, "f.country.is=IS")).rows == []


def test_an_unserved_sort_gives_the_sql_of_the_index(large, manager):
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        found = page(tx, it, from_query_string(it, "sort=-total"))
        assert [one.sql for one in found.advice] == ["CREATE INDEX CONCURRENTLY ON public.orders (total, id)"]
        assert found.sort == "-placed_at"
