"""Changes of many rows are rehearsed on their first rows, and said to be a sample."""

from __future__ import annotations

from ops import work
from ops.changes import rehearsing
from ops.changes.rehearsing import Kept
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


def rehearsed(world: World, change_id: int) -> Kept:
    """Asked for and done by a worker."""
    with world.db.transaction() as tx:
        work_id = rehearsing.ask(tx, change_id)
    assert work_id is not None
    claim = work.claim(world.db, work_id, "w1")
    assert claim is not None
    rehearsing.run(world.db, world.catalog, claim)
    with world.db.reading() as tx:
        kept = rehearsing.last(tx, change_id)
    assert kept is not None
    return kept


def test_the_first_fifty_rows_are_tried_and_nothing_stays(world: World, many: Many) -> None:
    many.plain(300)
    world.rule("all", table_name="plain")
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert many.work(outcome.change_id) == "in_review"
    kept = rehearsed(world, outcome.change_id)
    assert (kept.outcome, kept.findings["sample"], kept.findings["of"]) == ("applies", 50, 300)
    assert (kept.findings["results"], kept.findings["elsewhere"]) == ({"applied": 50}, [])
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 0
    assert many.results(outcome.change_id) == {"waiting": 300}
    assert world.events("row.updated") == []


def test_rows_that_would_not_apply_are_counted_with_their_sentences(world: World, many: Many) -> None:
    many.plain(60)
    world.rule("all", table_name="plain")
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert outcome.state == "in_review"
    world.sql("ALTER TABLE shop.plain ADD CONSTRAINT no_seven CHECK (id <> 7 OR v <> 'x')")
    world.sql("UPDATE shop.plain SET v = 'theirs' WHERE id = 8")
    kept = rehearsed(world, outcome.change_id)
    assert kept.outcome == "partly"
    assert kept.findings["results"] == {"applied": 48, "failed": 1, "moved": 1}
    assert len(kept.findings["sentences"]) == 2
