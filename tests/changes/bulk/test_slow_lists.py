"""A list that no index serves: its preview gives up in time, and a worker looks the rows up instead of the request."""

from __future__ import annotations

import time

import pytest

from ops.changes import bulk
from ops.changes.bulk import previewing
from ops.db import Busy, Limits
from ops.policy import view
from tests.changes.bulk.conftest import Many
from tests.changes.company import World

SLOW = "f.v.contains=nowhere"


@pytest.fixture
def slow(world: World, many: Many) -> Many:
    """A table of which every value is half a megabyte long: to look through it takes the better part of a second."""
    world.sql("INSERT INTO shop.plain SELECT n, repeat('abcdefgh', 60000) FROM generate_series(3, 400) n")
    return many


def test_p45_its_preview_gives_up_in_time_and_the_transaction_goes_on(
    world: World, slow: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P45: the rows, and then the count, are looked for no longer than a page of that list would."""
    seen = view(world.ann, world.table("plain"), world.catalog)
    with world.db.reading() as tx:
        began = time.monotonic()
        found = bulk.preview(tx, world.catalog, seen, slow.wish(listed=SLOW, after={"v": "x"}))
        whole = time.monotonic() - began
        assert (found.too_slow, found.count.rows) == (False, 0)
        monkeypatch.setattr(previewing, "PATIENCE", 0.02)
        began = time.monotonic()
        found = bulk.preview(tx, world.catalog, seen, slow.wish(listed=SLOW, after={"v": "x"}))
        assert (found.too_slow, found.count.rows, found.samples) == (True, None, ())
        assert time.monotonic() - began < whole / 2
        ticked = bulk.preview(tx, world.catalog, seen, slow.wish("plain", 1, after={"v": "x"}))
        assert (ticked.too_slow, ticked.count.rows) == (False, 1)


def test_what_a_request_cannot_find_in_time_is_left_to_a_worker(
    world: World, slow: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of a page's statements is hit: the change is a draft whose rows a worker looks up, with more time."""
    with monkeypatch.context() as short:
        begun = type(world.db).transaction.__wrapped__  # type: ignore[attr-defined]  # a context manager's function has it
        short.setattr(begun, "__defaults__", (Limits("200ms", "2s", "10s"),))
        out = slow.propose(world.ann, slow.wish(listed=SLOW, after={"v": "x"}))
    assert out.state == "draft"
    assert slow.work(out.change_id) == "failed"
    failure = world.one("SELECT failure FROM ops.change_set WHERE id = :id", id=out.change_id)
    assert failure.startswith("No row matches")


def test_of_ticked_rows_that_somebody_holds_it_says_so(world: World, many: Many) -> None:
    with world.db.engine.connect() as other:
        other.exec_driver_sql("BEGIN")
        other.exec_driver_sql("SELECT 1 FROM shop.plain WHERE id = 1 FOR UPDATE")
        with pytest.raises(Busy):
            many.propose(world.ann, many.wish("plain", 1, after={"v": "x"}))
        out = many.propose(world.ann, many.wish(listed="f.id.is=1", after={"v": "x"}))
        assert out.state == "draft"
        other.exec_driver_sql("ROLLBACK")
    assert many.work(out.change_id) == "applied"
