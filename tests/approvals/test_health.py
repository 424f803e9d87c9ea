"""How approvals go, counted: waits, people, looks, pairs, what is overdue. On rows made up to be counted by hand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ops.approvals import health, seen
from ops.approvals.health import Health
from ops.db import Database

PEOPLE = """
INSERT INTO ops.person (id, iss, sub, name) VALUES
  (1, 'i', 'h1', 'Ann'), (2, 'i', 'h2', 'Bo'), (3, 'i', 'h3', 'Max')
  ON CONFLICT (id) DO UPDATE SET name = excluded.name
"""
# One change of `maker`'s with one stage that waited `took` minutes and was decided by `who`, `ago` days ago.
ONE = """
WITH c AS (
    INSERT INTO ops.change_set (title, source, state, digest, proposer_id, submitted_at)
    VALUES ('SECRET', 'form', 'applied', 'd', :maker, now()) RETURNING id
), y AS (
    INSERT INTO ops.change_party (change_id, person_id, side, how)
    SELECT id, :maker, 'maker', 'proposer' FROM c UNION ALL SELECT id, :who, 'decider', 'approver' FROM c
), s AS (
    INSERT INTO ops.stage (change_id, revision, position, role, needed, why, opened_at, closed_at)
    SELECT id, 1, 1, :role, 1, ARRAY[:rule], now() - make_interval(days => :ago, mins => :took),
           now() - make_interval(days => :ago) FROM c
), v AS (
    INSERT INTO ops.change_seen (change_id, revision, person_id, at)
    SELECT id, 1, :who, now() - make_interval(days => :ago, secs => :looked) FROM c WHERE :looked >= 0
)
SELECT id FROM c
"""
SAID = """
INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest, decided_at)
VALUES (:id, 1, :who, 1, :verdict, 'd', now() - make_interval(days => :ago))
"""


class Past:
    """A database in which things were decided."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.run(PEOPLE)

    def run(self, text: str, **values: object) -> int | None:
        with self.db.transaction() as tx:
            found = tx.execute(sa.text(text), values)
            return int(found.scalar_one()) if found.returns_rows else None

    def decided(
        self, who: int, maker: int, took: int = 60, ago: int = 1, looked: int = 60, verdict: str = "approve",
        role: str = "manager", rule: str = "a rule",
    ) -> int:  # fmt: skip
        values = {"who": who, "maker": maker, "took": took, "ago": ago, "looked": looked}
        number = self.run(ONE, **values, role=role, rule=rule)
        assert number is not None
        self.run(SAID, id=number, who=who, verdict=verdict, ago=ago)
        return number

    def counted(self, days: int = 30) -> Health:
        with self.db.reading() as tx:
            return health.health(tx, days)


@pytest.fixture
def past(db: Database) -> Past:
    return Past(db)


def test_nothing_was_decided(past: Past) -> None:
    found = past.counted()
    assert (found.roles, found.people, found.pairs, found.overdue) == ([], [], [], [])
    assert found.waiting.count == 0 and found.waiting.oldest is None and not found.cut


def test_waits_by_role_and_by_rule_over_the_days_that_are_asked_for(past: Past) -> None:
    for minutes in (10, 20, 30, 40, 50, 60, 70, 80, 90, 1000):
        past.decided(2, 1, took=minutes)
    past.decided(2, 1, took=5, ago=60, role="owner", rule="another")
    found = past.counted()
    assert [(one.name, one.count, one.median) for one in found.roles] == [("manager", 10, 55 * 60)]
    assert found.roles[0].slow == pytest.approx(181 * 60)
    assert [one.name for one in found.rules] == ["a rule"]
    assert found.spread == [5, 4, 1, 0, 0]
    assert {one.name for one in past.counted(90).roles} == {"manager", "owner"}


def test_decisions_without_a_look_and_hasty_ones_are_counted_plainly(past: Past) -> None:
    """What cannot be known, for it was not kept, is not counted at all."""
    past.decided(2, 1, looked=300)
    past.decided(2, 1, looked=2, verdict="reject")
    past.decided(2, 1, looked=-1, verdict="send_back")
    old = past.decided(2, 1, looked=-1)
    past.run("UPDATE ops.decision SET seen_kept = false WHERE change_id = :id", id=old)
    (pace,) = past.counted().people
    assert (pace.name, pace.count, pace.approved, pace.rejected, pace.sent_back) == ("Bo", 4, 2, 1, 1)
    assert (pace.counted, pace.unseen, pace.quick) == (3, 1, 1)
    assert pace.median == pytest.approx(3600, abs=5)


def test_the_first_look_counts(past: Past) -> None:
    number = past.decided(2, 1, looked=300)
    with past.db.transaction() as tx:
        seen.note(tx, number, 1, 2)
        seen.note(tx, number, 1, 3)
    assert past.counted().people[0].quick == 0
    with past.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.change_seen")) == 2


def test_pairs_that_only_approve_each_other(past: Past) -> None:
    for _ in range(3):
        past.decided(2, 3)
        past.decided(3, 2)
    assert [(one.one, one.other, one.by_one, one.by_other) for one in past.counted().pairs] == [
        ("Bo", "Max", 3, 3)
    ]
    past.decided(2, 1)
    assert past.counted().pairs == [], "one of them approves others' changes too"


def test_two_of_two_are_no_pair_yet(past: Past) -> None:
    for _ in range(2):
        past.decided(2, 3)
        past.decided(3, 2)
    past.decided(2, 3, verdict="reject")
    assert past.counted().pairs == []


def test_what_is_overdue_now(past: Past) -> None:
    number = past.decided(2, 1)
    past.run("UPDATE ops.change_set SET state = 'in_review' WHERE id = :id", id=number)
    past.run(
        "INSERT INTO ops.stage (change_id, revision, position, role, people, needed, why, due_at) "
        "VALUES (:id, 1, 2, '', '{2,3}', 1, '{a rule}', now() - interval '1 hour')",
        id=number,
    )
    found = past.counted()
    assert [(one.change_id, one.asked) for one in found.overdue] == [(number, "Bo, Max")]
    assert (found.waiting.count, found.waiting.overdue) == (1, 1)
    past.run("UPDATE ops.change_set SET state = 'withdrawn' WHERE id = :id", id=number)
    assert past.counted().overdue == []


def test_the_questions_are_answered_from_indexes(past: Past) -> None:
    """P44: the newest rows of the days, never all there ever were."""
    with past.db.transaction() as tx:
        tx.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for text, index in (
            ("SELECT FROM ops.decision WHERE decided_at > now() - interval '30 days' ORDER BY decided_at DESC LIMIT 9",
             "decision_time"),
            ("SELECT FROM ops.stage WHERE closed_at > now() - interval '30 days' ORDER BY closed_at DESC LIMIT 9",
             "stage_closed"),
            ("SELECT FROM ops.stage WHERE closed_at IS NULL AND due_at < now() ORDER BY due_at LIMIT 9", "stage_due"),
        ):  # fmt: skip
            plan = "\n".join(tx.scalars(sa.text("EXPLAIN " + text)))
            assert index in plan, plan
