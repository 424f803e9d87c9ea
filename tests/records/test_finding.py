"""Finding rows of all tables within a budget: by what serves large tables, never by walking through one."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from ops import policy
from ops.actor import Actor
from ops.catalog import Catalog
from ops.db import Database, statements
from ops.records import facts
from ops.records.finding import Finding, find

Place = tuple[Database, Catalog]


def found(place: Place, actor: Actor, text: str, **how: int) -> Finding:
    """What the person finds in every table they see."""
    database, catalog = place
    views = [policy.view(actor, table, catalog) for table in catalog if policy.sees(actor, table)]
    with database.reading() as tx:
        finding = find(tx, views, text, **{"milliseconds": 4000, **how})  # a busy machine
        assert tx.scalar(sa.text("SHOW enable_seqscan")) == "on", "the transaction is left as it was"
        assert tx.scalar(sa.text("SHOW statement_timeout")) == "5s"
        return finding


def names(finding: Finding) -> list[tuple[str, str]]:
    return [(one.table.name, one.title) for one in finding.rows]


def test_small_tables_are_searched_anywhere_in_the_text(small: Place, manager: Actor) -> None:
    assert ("customer", "Customer 17") in names(found(small, manager, "omer 17"))
    assert ("orders", "SO-000017 · Customer 18") in names(found(small, manager, "so-000017"))


def test_what_is_called_so_comes_first(small: Place, manager: Actor) -> None:
    first = names(found(small, manager, "customer 1"))[0]
    assert first == ("customer", "Customer 1")
    assert names(found(small, manager, "17"))[0][1] in ("Customer 17", "SO-000017 · Customer 18"), (
        "by its key"
    )


def test_large_tables_are_searched_by_their_indexes_alone(large: Place, manager: Actor) -> None:
    facts.forget()
    started = time.monotonic()
    finding = found(large, manager, "SO-150000")
    assert ("orders", "SO-150000 · Customer 1") in names(finding)
    assert time.monotonic() - started < 4.0
    absent = found(large, manager, "nothing like it")
    assert absent.rows == [] and not absent.late


def test_p14_rows_and_columns_out_of_sight_are_not_found(
    small: Place, operator: Actor, manager: Actor
) -> None:
    assert ("customer", "Customer 10") in names(found(small, manager, "Customer 10"))
    assert ("customer", "Customer 10") not in names(found(small, operator, "Customer 10")), "it is in Iceland"
    assert names(found(small, operator, "IBANMARKER")) == []
    assert names(found(small, manager, "IBANMARKER0017")) == [("customer", "Customer 17")]
    for actor in (operator, manager):
        assert names(found(small, actor, "SECRET-MARKER")) == []


def test_no_time_is_said_and_nothing_is_broken(small: Place, manager: Actor) -> None:
    finding = found(small, manager, "Customer", milliseconds=4)
    assert finding.rows == [] and {table.name for table in finding.late} >= {"customer", "orders"}


@pytest.mark.parametrize("text", ["", " ", "x", "\x00", "\ud800", "a\x00b"])
def test_what_means_no_row_costs_nothing(small: Place, manager: Actor, text: str) -> None:
    before = statements()
    found(small, manager, text)
    assert statements() - before <= 4  # begin, the two checks above, commit
