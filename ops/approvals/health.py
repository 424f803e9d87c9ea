"""How approvals go, counted over some days: waits, people, pairs, what is overdue, what was passed over. No values.

Each question is one statement over the newest rows of its span, found by an index and never more than `MOST`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

MOST = 20_000  # rows a question looks at, the newest; a page that hit this says so
QUICK = 5  # seconds from the page to the decision, below which nobody can have read it
ALONE = 3  # approvals each way, from which on a pair is worth a line
SHOWN = 50  # lines of a list
SPANS = (30, 90)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long stages of one role (empty: of people by name), or of one rule, waited; in seconds."""

    name: str
    count: int
    median: float
    slow: float  # nine of ten took no longer


@dataclass(frozen=True, slots=True)
class Pace:
    """One person's decisions: how many, how fast, and how many without a look. `counted`: of so many one can tell."""

    person_id: int
    name: str
    count: int
    approved: int
    rejected: int
    sent_back: int
    median: float | None  # seconds from when the stage's turn began
    counted: int
    unseen: int
    quick: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people whose every approval was of the other's changes."""

    one: str
    other: str
    by_one: int
    by_other: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """A stage that should have been decided by now; the change by its number alone."""

    change_id: int
    asked: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at this moment."""

    count: int
    oldest: datetime | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Changes applied past those who were asked, within the span; `open` of all times."""

    count: int
    justified: int
    not_justified: int
    open: int


@dataclass(frozen=True, slots=True)
class Health:
    """All of it. `cut`: there were more rows than are looked at. `spread`: waits by how long, `BUCKETS` each."""

    days: int
    roles: Sequence[Wait]
    rules: Sequence[Wait]
    spread: Sequence[int]
    people: Sequence[Pace]
    pairs: Sequence[Pair]
    overdue: Sequence[Overdue]
    waiting: Waiting
    emergencies: Emergencies
    cut: bool


BUCKETS = (3600, 4 * 3600, 24 * 3600, 72 * 3600)
"""Up to how many seconds, the last bucket has no end."""

# Stages closed by people: one that time closed waited for nobody's answer.
_STAGES = """
    WITH s AS (
        SELECT s.role, s.why, extract(epoch FROM s.closed_at - s.opened_at) AS took FROM ops.stage s
        WHERE s.closed_at > now() - make_interval(days => :days) AND s.opened_at <= s.closed_at
        AND (s.lapses_at IS NULL OR s.lapses_at > s.closed_at)
        ORDER BY s.closed_at DESC LIMIT :most)
"""
_WAIT = (
    "count(*) AS many, percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS median, "
    "percentile_cont(0.9) WITHIN GROUP (ORDER BY took) AS slow"
)
_BY_ROLE = sa.text(
    f"{_STAGES} SELECT role AS name, {_WAIT} FROM s GROUP BY role ORDER BY many DESC LIMIT :shown"
)
_BY_RULE = sa.text(
    f"{_STAGES} SELECT w.name, {_WAIT} FROM s CROSS JOIN LATERAL unnest(s.why) AS w (name) "
    "GROUP BY w.name ORDER BY many DESC, w.name LIMIT :shown"
)
_SPREAD = sa.text(
    f"{_STAGES} SELECT width_bucket(took, CAST(:buckets AS numeric[])) AS bucket, count(*) AS many FROM s GROUP BY 1"
)
_DECISIONS = """
    WITH d AS (
        SELECT d.* FROM ops.decision d WHERE d.decided_at > now() - make_interval(days => :days)
        ORDER BY d.decided_at DESC LIMIT :most)
"""
_PEOPLE = sa.text(
    f"""{_DECISIONS}
    SELECT p.id, p.name, count(*) AS many,
        count(*) FILTER (WHERE d.verdict = 'approve') AS approved,
        count(*) FILTER (WHERE d.verdict = 'reject') AS rejected,
        count(*) FILTER (WHERE d.verdict = 'send_back') AS sent_back,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - s.opened_at))
            FILTER (WHERE d.decided_at >= s.opened_at) AS median,
        count(*) FILTER (WHERE d.seen_kept) AS counted,
        count(*) FILTER (WHERE d.seen_kept AND (v.at IS NULL OR v.at > d.decided_at)) AS unseen,
        count(*) FILTER (WHERE d.seen_kept AND v.at <= d.decided_at
                         AND d.decided_at - v.at < make_interval(secs => :quick)) AS quick
    FROM d JOIN ops.person p ON p.id = d.person_id
    JOIN ops.stage s ON (s.change_id, s.revision, s.position) = (d.change_id, d.revision, d.position)
    LEFT JOIN ops.change_seen v ON (v.change_id, v.revision, v.person_id) = (d.change_id, d.revision, d.person_id)
    GROUP BY p.id ORDER BY many DESC, p.name LIMIT :shown
    """
)
_PAIRS = sa.text(
    f"""{_DECISIONS}, said AS (
        SELECT d.person_id AS approver, c.proposer_id AS maker, count(*) AS many,
               sum(count(*)) OVER (PARTITION BY d.person_id) AS every
        FROM d JOIN ops.change_set c ON c.id = d.change_id WHERE d.verdict = 'approve'
        GROUP BY d.person_id, c.proposer_id)
    SELECT p.name, q.name, a.many, b.many
    FROM said a JOIN said b ON b.approver = a.maker AND b.maker = a.approver AND a.approver < b.approver
    JOIN ops.person p ON p.id = a.approver JOIN ops.person q ON q.id = b.approver
    WHERE a.many = a.every AND b.many = b.every AND a.many >= :alone AND b.many >= :alone
    ORDER BY a.many + b.many DESC LIMIT :shown
    """
)
_TURN = (
    "FROM ops.stage s JOIN ops.change_set c ON c.id = s.change_id AND c.revision = s.revision "
    "AND c.state = 'in_review'"
)
_OVERDUE = sa.text(
    "SELECT s.change_id, coalesce(nullif(s.role, ''), (SELECT string_agg(n.name, ', ' ORDER BY n.name) "
    f"FROM ops.person n WHERE n.id = ANY (s.people))), s.due_at {_TURN} "
    "WHERE s.closed_at IS NULL AND s.due_at < now() ORDER BY s.due_at LIMIT :shown"
)
_WAITING = sa.text(
    f"""
    SELECT (SELECT count(*) FROM (SELECT FROM ops.change_set WHERE state = 'in_review' LIMIT :most) AS w) AS many,
           (SELECT min(coalesce(submitted_at, created_at)) FROM ops.change_set WHERE state = 'in_review') AS oldest,
           (SELECT count(*) FROM (SELECT {_TURN} WHERE s.closed_at IS NULL AND s.due_at < now() LIMIT :most) AS o)
               AS overdue,
           (SELECT count(*) FROM (SELECT FROM ops.decision WHERE decided_at > now() - make_interval(days => :days)
                                  LIMIT :most + 1) AS d) > :most AS cut
    """
)
_EMERGENCIES = sa.text(
    """
    SELECT count(*) AS many, count(*) FILTER (WHERE finding = 'justified') AS justified,
           count(*) FILTER (WHERE finding = 'not') AS not_justified,
           (SELECT count(*) FROM (SELECT FROM ops.emergency_review WHERE closed_at IS NULL LIMIT :most) AS o) AS open
    FROM (SELECT finding FROM ops.emergency_review WHERE opened_at > now() - make_interval(days => :days)
          LIMIT :most) AS r
    """
)


def health(tx: Session, days: int) -> Health:
    """Count it for the last `days`; who may read it is the caller's to ask. Raises db.Busy where it takes too long."""
    said = {"days": days, "most": MOST, "shown": SHOWN}
    now = tx.execute(_WAITING, {"days": days, "most": MOST}).one()
    past = tx.execute(_EMERGENCIES, {"days": days, "most": MOST}).one()
    spread = {
        row.bucket: row.many
        for row in tx.execute(_SPREAD, {"days": days, "most": MOST, "buckets": list(BUCKETS)})
    }
    return Health(
        days=days,
        roles=[Wait(*row) for row in tx.execute(_BY_ROLE, said)],
        rules=[Wait(*row) for row in tx.execute(_BY_RULE, said)],
        spread=[spread.get(n, 0) for n in range(len(BUCKETS) + 1)],
        people=[Pace(*row) for row in tx.execute(_PEOPLE, {**said, "quick": QUICK})],
        pairs=[Pair(*row) for row in tx.execute(_PAIRS, {**said, "alone": ALONE})],
        overdue=[Overdue(*row) for row in tx.execute(_OVERDUE, {"shown": SHOWN})],
        waiting=Waiting(now.many, now.oldest, now.overdue),
        emergencies=Emergencies(past.many, past.justified, past.not_justified, past.open),
        cut=now.cut,
    )
