"""Events and payloads: in the caller's transaction, in one round trip, and they stay (P35 to P37, P41)."""

from __future__ import annotations

import json
from datetime import datetime

import psycopg
import pytest
import sqlalchemy as sa

from ops.actor import Actor
from ops.audit import Entry, record
from ops.db import Database, statements
from tests.audit import stranger

ANN = Actor(
    person_id=1, name="Ann \u202eevil\n", roles=frozenset({"operator", "manager"}), request_id="r-1",
    session="secret-cookie", ip="192.0.2.7",
)  # fmt: skip
EVENTS = sa.text(
    "SELECT e.*, p.salt, p.body, p.at AS payload_at FROM ops.event e "
    "JOIN ops.event_payload p USING (uid) ORDER BY e.id"
)


def entry(number: int) -> Entry:
    return Entry(
        "row.updated",
        table=("shop", "orders"),
        oid="16400",
        key=f"~{number}",
        change_id=1001,
        reason="why\x00not",
        before={"total": "1.00"},
        after={"total": None, "ünï": "\U0001f600"},
        facts={"n": str(number)},
    )


def test_p35_a_stranger_verifies_what_was_written(db: Database) -> None:
    with db.transaction() as tx:
        record(tx, ANN, [entry(1), Entry("session.started", outcome="refused")])
    with db.reading() as tx:
        rows = tx.execute(EVENTS).all()
    assert [row.action for row in rows] == ["row.updated", "session.started"]
    for row in rows:
        members = stranger.verify(row.line, bytes(row.salt), row.body)
        assert members["at"] == row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert row.at == row.payload_at
        assert members["uid"] == str(row.uid)
        assert (members["person"], members["roles"], members["request"]) == ("1", "manager,operator", "r-1")
    body = json.loads(rows[0].body)
    assert body["before"] == {"total": "1.00"}
    assert body["after"] == {"total": None, "ünï": "\U0001f600"}
    assert (body["reason"], body["key"], body["ip"], body["name"]) == (
        "why\x00not",
        "~1",
        "192.0.2.7",
        ANN.name,
    )
    assert (rows[0].row_key, rows[0].change_id, rows[0].schema_name) == ("~1", 1001, "shop")
    assert rows[0].salt != rows[1].salt


def test_p41_p42_the_line_holds_no_personal_value_and_no_session_secret(db: Database) -> None:
    with db.transaction() as tx:
        record(tx, ANN, [entry(77)])
    with db.reading() as tx:
        row = tx.execute(EVENTS).one()
    for value in ("Ann", "192.0.2.7", "secret-cookie", "~77", "1.00", "why"):
        assert value not in row.line
    assert "secret-cookie" not in row.body


def test_any_number_of_entries_is_one_round_trip_and_keeps_its_order(db: Database) -> None:
    with db.transaction() as tx:
        before = statements()
        record(tx, ANN, [entry(n) for n in range(1000)])
        assert statements() - before == 1
        record(tx, ANN, [])
        assert statements() - before == 1
    with db.reading() as tx:
        rows = tx.execute(EVENTS).all()
    assert [row.row_key for row in rows] == [f"~{n}" for n in range(1000)]
    assert len({row.at for row in rows}) == 1


def test_p36_no_effect_no_entry(db: Database) -> None:
    with pytest.raises(RuntimeError), db.transaction() as tx:
        record(tx, ANN, [entry(1)])
        raise RuntimeError
    with db.reading() as tx:
        assert tx.execute(EVENTS).all() == []


@pytest.fixture
def guarded(db: Database) -> Database:
    with db.transaction() as tx:
        record(tx, ANN, [entry(1)])
    return db


def _partitions(db: Database) -> list[str]:
    with db.reading() as tx:
        return list(
            tx.scalars(
                sa.text(
                    "SELECT inhrelid::regclass::text FROM pg_inherits "
                    "WHERE inhparent IN ('ops.event'::regclass, 'ops.event_payload'::regclass) ORDER BY 1"
                )
            )
        )


def test_p37_update_and_delete_are_refused_on_parent_and_partition(guarded: Database) -> None:
    with guarded.reading() as tx:
        filled = [
            tx.scalar(sa.text(f"SELECT tableoid::regclass::text FROM {name}"))
            for name in ("ops.event", "ops.event_payload")
        ]
    for table in ("ops.event", "ops.event_payload", *filled):
        for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"), guarded.transaction() as tx:
                tx.execute(sa.text(statement))


def test_p37_truncate_is_refused_on_parents_and_every_partition(guarded: Database, ops_url: str) -> None:
    tables = ["ops.event", "ops.event_payload", *_partitions(guarded)]
    assert len(tables) == 2 + 2 * (1 + 25)
    with psycopg.connect(ops_url, autocommit=True) as connection:
        for table in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                connection.execute(f"TRUNCATE {table}")


def test_a_month_made_later_is_guarded_too_and_an_event_without_one_is_kept(guarded: Database) -> None:
    with guarded.transaction() as tx:
        tx.execute(sa.text("SELECT ops.make_trail_partitions(30)"))
    assert len(_partitions(guarded)) == 2 * (1 + 31)
    newest = _partitions(guarded)[-1]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), guarded.transaction() as tx:
        tx.execute(sa.text(f"TRUNCATE {newest}"))
    far = datetime.fromisoformat("2100-01-01T00:00:00+00:00")
    with guarded.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.event (at, uid, action, line) VALUES (:at, gen_random_uuid(), 'a.b', '{}')"
            ),
            {"at": far},
        )
    with guarded.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.event_default")) == 1
