"""Notices: told once, to those whose turn it is, never to a maker."""

from __future__ import annotations

import sqlalchemy as sa

from ops import outbox
from ops.db import Database
from ops.notices import HANDLERS

PEOPLE = """
INSERT INTO ops.person (id, iss, sub, name, disabled_at) VALUES
  (1, 'i', 'ann', 'Ann', NULL), (2, 'i', 'bo', 'Bo', NULL), (3, 'i', 'max', 'Max', NULL),
  (4, 'i', 'off', 'Off', now());
INSERT INTO ops.person_role (person_id, role, origin) VALUES
  (1, 'operator', 'hand'), (1, 'manager', 'hand'), (2, 'manager', 'hand'), (2, 'manager', 'provider'),
  (3, 'manager', 'hand'), (4, 'manager', 'hand');
INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id)
  VALUES (1042, 'Change 1 customer', 'form', 'in_review', 'd', 1);
INSERT INTO ops.change_party (change_id, person_id, side, how) VALUES (1042, 1, 'maker', 'proposer');
INSERT INTO ops.stage (change_id, revision, position, role, needed, why)
  VALUES (1042, 1, 1, 'manager', 1, '{a rule}');
"""
AGREED = """
UPDATE ops.change_set SET state = 'applied';
INSERT INTO ops.change_party VALUES (1042, 2, 'decider', 'approver');
INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, comment, digest)
  VALUES (1042, 1, 2, 1, 'approve', '', 'd')
"""


def told(db: Database) -> list[tuple[int, str, str]]:
    with db.reading() as tx:
        rows = tx.execute(sa.text("SELECT person_id, text, href FROM ops.notice ORDER BY id"))
        return [(row.person_id, row.text, row.href) for row in rows]


def put(db: Database, kind: str) -> None:
    with db.transaction() as tx:
        outbox.put(tx, kind, {"change_id": "1042"})
    assert outbox.drain(db, HANDLERS) == 1


def test_those_whose_turn_it_is_hear_once_and_makers_never(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text(PEOPLE.replace(":", "\\:")))
    put(db, "change.submitted")
    assert sorted(person for person, _, _ in told(db)) == [2, 3]
    assert told(db)[0][1:] == ("Ann asks for your decision on CH-1042", "/changes/CH-1042")
    with db.transaction() as tx:  # the clock died between handing on and saying so
        tx.execute(sa.text("UPDATE ops.outbox SET done_at = NULL"))
    outbox.drain(db, HANDLERS)
    assert len(told(db)) == 2


def test_the_proposer_hears_what_became_of_it(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text(PEOPLE.replace(":", "\\:")))
        tx.execute(sa.text("UPDATE ops.change_set SET state = 'rejected'"))
    put(db, "change.rejected")
    assert told(db) == [(1, "CH-1042 was rejected", "/changes/CH-1042")]


def test_of_many_rows_of_which_some_were_written_it_does_not_say_that_all_were(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text(PEOPLE.replace(":", "\\:")))
        tx.execute(sa.text(AGREED))
        tx.execute(
            sa.text(
                "INSERT INTO ops.change_bulk (change_id, mode, columns, total, applied, moved) "
                "VALUES (1042, 'chunks', '{a}', 3, 2, 1)"
            )
        )
    put(db, "change.applied")
    said = "CH-1042 was approved and applied to some of its rows; its page says why not to the others"
    assert told(db) == [(1, said, "/changes/CH-1042")]


def test_what_one_applied_oneself_is_no_news(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text(PEOPLE.replace(":", "\\:")))
        tx.execute(sa.text("UPDATE ops.change_set SET state = 'applied'"))
    put(db, "change.applied")
    assert told(db) == []


def test_what_became_of_it_is_told_once_however_late_the_rows_before_are_read(db: Database) -> None:
    """P48: agreed to in two stages, or for a time that came, while the clock was away: one notice, not two."""
    with db.transaction() as tx:
        tx.execute(sa.text(PEOPLE.replace(":", "\\:")))
        tx.execute(sa.text(AGREED))
        for kind in ("submitted", "approved", "scheduled", "applied"):
            outbox.put(tx, f"change.{kind}", {"change_id": "1042"})
    assert outbox.drain(db, HANDLERS) == 4
    assert told(db) == [(1, "CH-1042 was approved and applied", "/changes/CH-1042")]
