"""The outbox: beside the effect or not at all, handed on once, one row's failure is its own."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.db import Database
from ops.outbox import OutboxRow, drain, prune, put


def _put(db: Database, *names: str) -> None:
    with db.transaction() as tx:
        for name in names:
            put(tx, "note", {"name": name, "list": ["a", "b"], "none": None})


def _count(db: Database, where: str) -> int:
    with db.reading() as tx:
        return int(tx.scalar(sa.text(f"SELECT count(*) FROM ops.outbox WHERE {where}")) or 0)


def test_a_row_stands_or_falls_with_its_transaction(db: Database) -> None:
    with pytest.raises(RuntimeError), db.transaction() as tx:
        put(tx, "note", {"name": "x"})
        raise RuntimeError
    assert drain(db, {"note": lambda _tx, _row: None}) == 0


def test_rows_are_handed_on_once_and_in_order(db: Database) -> None:
    _put(db, "a", "b", "c")
    seen: list[OutboxRow] = []
    assert drain(db, {"note": lambda _tx, row: seen.append(row)}, limit=2) == 2
    assert drain(db, {"note": lambda _tx, row: seen.append(row)}) == 1
    assert drain(db, {"note": lambda _tx, row: seen.append(row)}) == 0
    assert [row.body["name"] for row in seen] == ["a", "b", "c"]
    assert seen[0].body == {"name": "a", "list": ["a", "b"], "none": None}


def test_a_kind_without_handler_waits_for_a_newer_release(db: Database) -> None:
    _put(db, "a")
    assert drain(db, {"other": lambda _tx, _row: None}) == 0
    assert _count(db, "done_at IS NULL AND attempts = 0") == 1


def test_a_failing_row_undoes_its_own_work_only_and_waits(db: Database) -> None:
    _put(db, "good", "python", "sql", "good too")

    def handler(tx: Session, row: OutboxRow) -> None:
        tx.execute(sa.text("INSERT INTO ops.lease VALUES (:n, 'h', now(), 1)"), {"n": row.body["name"]})
        if row.body["name"] == "python":
            raise ValueError("secret words")
        if row.body["name"] == "sql":
            tx.execute(sa.text("SELECT 1/0"))

    assert drain(db, {"note": handler}) == 2
    with db.reading() as tx:
        assert set(tx.scalars(sa.text("SELECT name FROM ops.lease"))) == {"good", "good too"}
        errors = tx.scalars(sa.text("SELECT error FROM ops.outbox WHERE done_at IS NULL ORDER BY id")).all()
    assert errors == ["ValueError", "DataError 22012"]
    assert _count(db, "attempts = 1 AND due_at > now()") == 2
    assert drain(db, {"note": handler}) == 0


def test_two_clocks_never_hold_the_same_row(db: Database) -> None:
    _put(db, *map(str, range(200)))
    seen: list[int] = []
    start = threading.Barrier(4)

    def clock() -> None:
        start.wait()
        while drain(db, {"note": lambda _tx, row: seen.append(row.id)}, limit=7):
            pass

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert len(seen) == len(set(seen)) == 200


def test_what_is_done_is_forgotten_after_a_month_and_what_is_open_is_not(db: Database) -> None:
    _put(db, "a", "b")
    drain(db, {"note": lambda _tx, _row: None}, limit=1)
    with db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.outbox SET done_at = done_at - interval '31 days'"))
        assert prune(tx) == 1
    assert _count(db, "true") == 1
