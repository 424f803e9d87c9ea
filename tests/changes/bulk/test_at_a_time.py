"""Many rows at a set time: frozen and decided beforehand, looked at again and written from that moment on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops import changes, work
from ops.changes import Invalid, Outcome, bulk, schedule, times
from ops.changes.bulk import chunk as chunks
from tests.changes.bulk.conftest import Many
from tests.changes.company import World

SOON = timedelta(hours=2)


def asked(many: Many, rows: int, actor: Any = None, **values: Any) -> Outcome:
    """Of so many further rows of shop.plain a change that is to be applied in two hours."""
    many.plain(rows)
    wish = many.wish(after={"v": "x"}, apply_at=datetime.now(UTC) + SOON, **values)
    return many.propose(actor or many.world.ann, wish)


def looked_up(many: Many, rows: int) -> Outcome:
    """The same, once a worker has looked the rows up."""
    out = asked(many, rows)
    many.work(out.change_id)
    return out


def its_time_comes(world: World, out: Outcome) -> None:
    world.sql(
        "UPDATE ops.change_set SET apply_at = now() - interval '1 second' WHERE id = :id", id=out.change_id
    )


def clock_and_worker(many: Many) -> None:
    """The clock leaves work for what is due, and a worker does that and what comes of it."""
    world = many.world
    for work_id in schedule.due(world.db):
        claim = work.claim(world.db, work_id, "w1")
        assert claim is not None
        schedule.run(world.db, world.catalog, claim)
    for row in world.sql("SELECT id FROM ops.work WHERE kind = 'bulk' AND state = 'due'"):
        claim = work.claim(world.db, row.id, "w2")
        assert claim is not None
        bulk.run(world.db, world.catalog, claim)


def written(world: World) -> int:
    return int(world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'"))


@pytest.mark.parametrize("rows", [20, 700])
def test_p29_rows_are_frozen_now_and_written_from_that_moment_on(world: World, many: Many, rows: int) -> None:
    """Few rows or many, nobody is asked: none is written before, each has its result and event after, once."""
    out = asked(many, rows)
    if rows > 100:
        assert out.state == "draft" and many.work(out.change_id) == "approved"
    assert many.state(out.change_id) == "approved" and written(world) == 0
    clock_and_worker(many)
    assert many.state(out.change_id) == "approved" and written(world) == 0
    its_time_comes(world, out)
    clock_and_worker(many)
    assert many.state(out.change_id) == "applied"
    assert many.results(out.change_id) == {"applied": rows}
    assert written(world) == rows and len(world.events("row.updated")) == rows
    clock_and_worker(many)
    assert len(world.events("row.updated")) == rows
    assert [row.kind for row in world.sql("SELECT kind FROM ops.outbox ORDER BY id")] == [
        "change.scheduled",
        "change.applied",
    ]


def test_p27_p29_it_is_decided_beforehand_and_waits_agreed(world: World, many: Many) -> None:
    world.rule("all", table_name="plain")
    out = asked(many, 200)
    assert many.work(out.change_id) == "in_review"
    assert world.decide(world.bo, out.change_id).state == "approved"
    assert not world.sql("SELECT 1 FROM ops.work WHERE kind = 'bulk' AND state = 'due'")
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("approved", 0)
    its_time_comes(world, out)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("applied", 200)


def test_p29_rows_that_moved_meanwhile_are_told_and_not_written(world: World, many: Many) -> None:
    """And rows that match the list only now are none of it: what was chosen is frozen."""
    out = looked_up(many, 300)
    world.sql("UPDATE shop.plain SET v = 'theirs' WHERE id IN (7, 8)")
    world.sql("DELETE FROM shop.plain WHERE id = 9")
    world.sql("INSERT INTO shop.plain VALUES (9001, 'new')")
    its_time_comes(world, out)
    clock_and_worker(many)
    assert many.results(out.change_id) == {"applied": 297, "moved": 2, "gone": 1}
    assert world.one("SELECT v FROM shop.plain WHERE id = 9001") == "new"


def test_p29_a_rule_that_came_meanwhile_holds_the_rows(world: World, many: Many) -> None:
    out = looked_up(many, 150)
    world.rule("all", table_name="plain")
    its_time_comes(world, out)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("in_review", 0)
    assert world.decide(world.bo, out.change_id).state == "approved"
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("applied", 150)


def test_p16_whoever_asked_must_still_be_allowed_to(world: World, many: Many) -> None:
    out = looked_up(many, 150)
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    its_time_comes(world, out)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("failed", 0)


def test_p9_a_yes_of_somebody_who_may_no_more_asks_others(world: World, many: Many) -> None:
    world.rule("all", table_name="plain")
    out = looked_up(many, 150)
    world.decide(world.bo, out.change_id)
    world.sql("DELETE FROM ops.person_role WHERE person_id = 2")
    its_time_comes(world, out)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("in_review", 0)
    world.decide(world.max, out.change_id)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("applied", 150)


@pytest.mark.parametrize("rows", [20, 150])
def test_p31_what_is_withdrawn_or_expires_before_is_never_written(
    world: World, many: Many, rows: int
) -> None:
    out, other = asked(many, rows), None
    if rows > 100:
        many.work(out.change_id)
    other = many.propose(
        world.ann, many.wish("plain", 3, after={"v": "x"}, apply_at=datetime.now(UTC) + SOON)
    )
    assert changes.withdraw(world.db, world.catalog, world.ann, out.change_id).state == "withdrawn"
    world.sql("UPDATE ops.change_set SET expires_at = now() WHERE id = :id", id=other.change_id)
    for one in (out, other):
        its_time_comes(world, one)
    clock_and_worker(many)
    assert (many.state(out.change_id), many.state(other.change_id)) == ("withdrawn", "expired")
    assert written(world) == 0


def test_p30_the_clock_leaves_alone_what_a_worker_has_in_hand(world: World, many: Many) -> None:
    """Its time comes while the rows are still looked up: that worker goes on, and nobody begins a second round."""
    out = asked(many, 1200)
    its_time_comes(world, out)
    seen: list[int] = []

    def stop() -> bool:
        for work_id in schedule.due(world.db):
            claim = work.claim(world.db, work_id, "w1")
            assert claim is not None
            schedule.run(world.db, world.catalog, claim)
            seen.append(written(world))
        return False

    assert many.work(out.change_id, stop) == "applied"
    assert seen == [0]
    assert world.one("SELECT round FROM ops.change_bulk WHERE change_id = :id", id=out.change_id) == 1
    assert len(world.events("row.updated")) == 1200


def test_what_rests_when_its_time_comes_goes_on_when_somebody_says_so(world: World, many: Many) -> None:
    out = looked_up(many, 150)
    bulk.pause(world.db, world.catalog, world.ann, out.change_id)
    its_time_comes(world, out)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("approved", 0)
    bulk.go_on(world.db, world.catalog, world.ann, out.change_id)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("applied", 150)


def test_p28_other_rows_than_those_agreed_to_are_not_written(world: World, many: Many) -> None:
    out = looked_up(many, 150)
    world.sql(
        "INSERT INTO ops.change_target (change_id, position, kind, row_key, base) "
        "SELECT change_id, 9999, kind, '[\"9001\"]', base FROM ops.change_target WHERE position = 1"
    )
    its_time_comes(world, out)
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("failed", 0)


def test_a_worker_that_dies_at_its_time_is_followed_by_another(
    world: World, many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P30, P48: what is written stays, the next one goes on behind it, each row once."""
    out = looked_up(many, 1200)
    its_time_comes(world, out)
    whole: Callable[..., Any] = chunks.apply_chunk
    calls: list[int] = []

    def dies(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*given, **named)

    monkeypatch.setattr(chunks, "apply_chunk", dies)
    with pytest.raises(KeyboardInterrupt):
        clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("applying", 500)
    world.sql("UPDATE ops.work SET until = now() - interval '1 second' WHERE kind = 'bulk'")
    world.sql("UPDATE ops.work SET state = 'due', until = NULL WHERE kind = 'bulk' AND state = 'claimed'")
    clock_and_worker(many)
    assert (many.state(out.change_id), written(world)) == ("applied", 1200)
    assert len(world.events("row.updated")) == 1200


@pytest.mark.parametrize(
    ("moment", "words"), [(timedelta(minutes=-1), "over"), (timedelta(days=400), "within a year")]
)
def test_a_moment_that_cannot_be_meant_is_refused_beside_its_field(
    world: World, many: Many, moment: timedelta, words: str
) -> None:
    wish = replace(many.wish("plain", 1, after={"v": "x"}), apply_at=datetime.now(UTC) + moment)
    with pytest.raises(Invalid) as caught:
        many.propose(world.ann, wish)
    assert words in caught.value.fields[times.FIELD]
    assert world.one("SELECT count(*) FROM ops.change_set") == 0


def test_a_moment_beyond_what_a_rule_lets_it_wait_is_refused(world: World, many: Many) -> None:
    """At once where the rows are few; else its page says so, and nobody is asked."""
    world.rule("all", table_name="plain", expires_hours=1)
    with pytest.raises(Invalid) as caught:
        asked(many, 20)
    assert times.FIELD in caught.value.fields
    out = many.propose(world.ann, many.wish("plain", 1, after={"v": "y"}))
    assert out.state == "in_review"
    many.world.sql("INSERT INTO shop.plain SELECT n, 'w' || n FROM generate_series(100, 400) n")
    late = many.propose(world.ann, many.wish(after={"v": "x"}, apply_at=datetime.now(UTC) + SOON))
    assert many.work(late.change_id) == "failed"
    failure = world.one("SELECT failure FROM ops.change_set WHERE id = :id", id=late.change_id)
    assert "expire" in failure or "wait" in failure, failure
    assert not world.sql("SELECT 1 FROM ops.stage WHERE change_id = :id", id=late.change_id)
