"""Work rows: one winner for any number of claimants, a stale holder can write nothing (P48)."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from ops import work
from ops.db import Database


def _add(db: Database, subject: str = "s", **options: int) -> UUID:
    with db.transaction() as tx:
        return work.add(tx, "export", subject, **options)


def _run_out(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.work SET until = now() - interval '1 second' WHERE state = 'claimed'"))


def _make_due(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.work SET due_at = now(), dispatched_at = NULL WHERE state = 'due'"))


def _state(db: Database) -> str:
    with db.reading() as tx:
        return str(tx.scalar(sa.text("SELECT state FROM ops.work")))


def test_the_same_kind_and_subject_is_the_same_work(db: Database) -> None:
    assert _add(db, "a") == _add(db, "a") != _add(db, "b")


def test_work_for_later_is_nobodys_before_its_time(db: Database) -> None:
    one = _add(db, after=600)
    with db.transaction() as tx:
        assert work.due(tx) == [] and work.is_open(tx, "export", "s")
    assert work.claim(db, one, "w") is None
    _make_due(db)
    assert work.claim(db, one, "w") is not None


def test_p48_twenty_claimants_one_winner(db: Database) -> None:
    one = _add(db)
    start = threading.Barrier(20)
    won: list[work.Claim] = []

    def claimant(number: int) -> None:
        start.wait()
        claim = work.claim(db, one, f"h{number}")
        if claim:
            won.append(claim)

    threads = [threading.Thread(target=claimant, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [claim.attempts for claim in won] == [1]


def test_p48_a_stale_holder_is_fenced_at_every_step(db: Database) -> None:
    one = _add(db)
    stale = work.claim(db, one, "frozen")
    assert stale and work.claim(db, one, "other") is None
    _run_out(db)
    fresh = work.claim(db, one, "other")
    assert fresh and fresh.fence > stale.fence
    for step in (
        work.keep,
        work.finish,
        work.give_back,
        lambda tx, claim: work.fail(tx, claim, "x", permanent=True),
    ):
        with pytest.raises(work.Fenced), db.transaction() as tx:
            tx.execute(sa.text("INSERT INTO ops.lease VALUES ('written by the stale', 'x', now(), 1)"))
            step(tx, stale)
    with db.transaction() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.lease")) == 0
        work.keep(tx, fresh)
        work.finish(tx, fresh)
    assert _state(db) == "done"
    assert work.claim(db, one, "late") is None


def test_a_lease_that_ran_out_but_was_not_taken_can_still_be_kept(db: Database) -> None:
    claim = work.claim(db, _add(db), "slow")
    assert claim
    _run_out(db)
    with db.transaction() as tx:
        work.keep(tx, claim)
        assert tx.scalar(sa.text("SELECT until > now() + interval '80 seconds' FROM ops.work"))


def test_a_failure_is_tried_again_later_until_the_attempts_are_used(db: Database) -> None:
    one = _add(db, max_attempts=2)
    for expected in ("due", "failed"):
        claim = work.claim(db, one, "h")
        assert claim
        with db.transaction() as tx:
            work.fail(tx, claim, "no room", permanent=False)
        assert _state(db) == expected
        assert work.claim(db, one, "h") is None
        _make_due(db)
    with db.reading() as tx:
        assert tx.scalar(sa.text("SELECT error FROM ops.work")) == "no room"


def test_a_permanent_error_stops_at_once(db: Database) -> None:
    claim = work.claim(db, _add(db), "h")
    assert claim
    with db.transaction() as tx:
        work.fail(tx, claim, "no such table", permanent=True)
    assert _state(db) == "failed"


def test_p54_work_given_back_is_free_at_once_and_not_counted(db: Database) -> None:
    one = _add(db, max_attempts=1)
    claim = work.claim(db, one, "h")
    assert claim
    with db.transaction() as tx:
        work.give_back(tx, claim)
    again = work.claim(db, one, "h2")
    assert again and again.attempts == 1 and again.fence > claim.fence


def test_cancelled_work_fences_its_holder(db: Database) -> None:
    one = _add(db)
    claim = work.claim(db, one, "h")
    assert claim
    with db.transaction() as tx:
        assert work.cancel(tx, one)
        assert not work.cancel(tx, one)
    with pytest.raises(work.Fenced), db.transaction() as tx:
        work.finish(tx, claim)


def test_the_clock_rings_for_what_nobody_does_and_not_too_often(db: Database) -> None:
    one = _add(db)
    with db.transaction() as tx:
        assert work.due(tx) == []  # its own request has just rung
        tx.execute(sa.text("UPDATE ops.work SET dispatched_at = now() - interval '21 seconds'"))
    with db.transaction() as tx:
        assert work.due(tx) == [work.Due(one, "export")]
        assert work.due(tx) == []
    assert work.claim(db, one, "h")
    with db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.work SET dispatched_at = NULL"))
        assert work.due(tx) == []
    _run_out(db)
    with db.transaction() as tx:
        assert work.due(tx) == [work.Due(one, "export")]


def test_work_that_kills_every_worker_is_buried(db: Database) -> None:
    one = _add(db, max_attempts=1)
    assert work.claim(db, one, "h")
    with db.transaction() as tx:
        assert work.bury(tx) == []
    _run_out(db)
    assert work.claim(db, one, "h") is None
    with db.transaction() as tx:
        assert work.due(tx) == []
        assert work.bury(tx) == [work.Buried(one, "export", "s")]
    assert _state(db) == "failed"


@pytest.mark.parametrize("forged", ["", "x", "1; DROP TABLE", "../../etc", "\x00"])
def test_p52_an_id_that_is_none_is_no_work(db: Database, forged: str) -> None:
    assert work.claim(db, forged, "h") is None
    assert work.claim(db, uuid4(), "h") is None


def test_the_pause_grows_with_jitter_and_ends_at_an_hour() -> None:
    assert all(7.5 <= work.rows.backoff(1) <= 22.5 for _ in range(50))
    assert len({work.rows.backoff(3) for _ in range(50)}) > 10
    assert work.rows.backoff(10_000) <= 5400
