"""Guards of the worker that writes many rows, each alone (see tests/changes/test_each_guard.py)."""

from __future__ import annotations

import pytest

from ops import work
from ops.changes.bulk import chunk as chunks
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


def agreed(many: Many, rows: int) -> int:
    """A change of so many further rows that Bo has agreed to; a worker is to write them."""
    many.world.rule("all", table_name="plain")
    many.plain(rows)
    change = many.propose(many.world.ann, many.wish(after={"v": "x"})).change_id
    many.work(change)
    assert many.world.decide(many.world.bo, change).state == "approved"
    return change


def written(world: World) -> int:
    return int(world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'"))


def test_p9_whoever_agreed_must_still_be_asked_when_the_worker_writes(world: World, many: Many) -> None:
    change = agreed(many, 150)
    world.sql("DELETE FROM ops.person_role WHERE person_id = 2")
    assert many.work(change) == "in_review"
    assert written(world) == 0
    world.decide(world.max, change)
    assert many.work(change) == "applied"


def test_p29_no_row_of_a_table_of_another_shape_is_written(world: World, many: Many) -> None:
    change = agreed(many, 150)
    world.sql("ALTER TABLE shop.plain ADD COLUMN w text DEFAULT 'w'")
    assert many.work(change) == "failed"
    assert written(world) == 0


def test_p48_a_worker_that_lost_its_lease_between_two_chunks_writes_no_further_one(
    world: World, many: Many
) -> None:
    change = agreed(many, 1200)

    def taken_over() -> bool:
        if written(world):
            world.sql("UPDATE ops.work SET fence = fence + 1 WHERE state = 'claimed'")
        return False

    with pytest.raises(work.Fenced):
        many.work(change, taken_over)
    assert written(world) == 500


def test_p29_a_stage_that_one_piece_asked_for_is_none_that_agreed_to_the_next(
    world: World, many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule came meanwhile, about a row of the first piece and one of the third: both wait for whom it asks."""
    monkeypatch.setattr(chunks, "SIZE", 50)
    change = agreed(many, 150)
    world.rule("late", table_name="plain", role="owner", condition="old.v = 'v7' or old.v = 'v120'")
    assert many.work(change) == "in_review"
    assert written(world) == 148
    assert many.results(change) == {"applied": 148, "held": 2}
    assert [row.role for row in world.sql("SELECT role FROM ops.stage WHERE closed_at IS NULL")] == ["owner"]
    world.decide(world.oz, change)
    assert many.work(change) == "applied"


def test_p31_a_stop_that_is_asked_for_between_two_pieces_is_heard(world: World, many: Many) -> None:
    """Nobody ends the change but its worker, who reads the wish before each piece."""
    change = agreed(many, 1200)

    def somebody_stops_it() -> bool:
        if written(world):
            world.sql("UPDATE ops.change_bulk SET wish = 'stop'")
        return False

    assert many.work(change, somebody_stops_it) in ("applied", "failed")
    assert written(world) == 500
    assert many.results(change) == {"applied": 500, "stopped": 700}
