"""One leads, others stand by: the clock's lease (P51)."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from ops.db import Database
from ops.work import lease


def test_one_leads_and_extends_others_stand_by(db: Database) -> None:
    first = lease.take(db, "clock", "a", 30)
    assert first == 1
    assert lease.take(db, "clock", "b", 30) is None
    assert lease.take(db, "clock", "a", 30) == first
    assert lease.take(db, "other", "b", 30) == 1


def test_a_lease_that_ran_out_changes_hands_with_a_higher_fence(db: Database) -> None:
    lease.take(db, "clock", "a", 30)
    with db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.lease SET until = now() - interval '1 second'"))
    assert lease.take(db, "clock", "b", 30) == 2
    assert lease.take(db, "clock", "a", 30) is None


def test_a_lease_given_back_is_free_at_once_and_only_its_holder_gives_it_back(db: Database) -> None:
    lease.take(db, "clock", "a", 30)
    lease.drop(db, "clock", "b")
    assert lease.take(db, "clock", "b", 30) is None
    lease.drop(db, "clock", "a")
    assert lease.take(db, "clock", "b", 30) == 2


def test_p51_ten_clocks_one_leader(db: Database) -> None:
    start = threading.Barrier(10)
    fences: list[int | None] = []

    def clock(name: str) -> None:
        start.wait()
        fences.append(lease.take(db, "clock", name, 30))

    clocks = [threading.Thread(target=clock, args=(f"c{n}",)) for n in range(10)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert sorted(fence for fence in fences if fence) == [1]
