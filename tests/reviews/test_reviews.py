"""Who held what on a date, as the database kept it; reviews judged by others, signed once; conflicting duties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ops import catalog, reviews
from ops.actor import Actor
from ops.db import Database
from ops.policy import Forbidden
from ops.roles import BUILT_IN, book

PEOPLE = """
INSERT INTO ops.person (id, iss, sub, name, rights_until) VALUES
    (1, 'i', 'ann', 'Ann', now() + interval '1 day'), (2, 'i', 'bo', 'Bo', NULL), (3, 'i', 'cy', 'Cy', NULL),
    (5, 'i', 'oz', 'Oz', NULL);
INSERT INTO ops.person_role (person_id, role, origin) VALUES
    (1, 'operator', 'provider'), (1, 'manager', 'hand'), (2, 'manager', 'hand'), (3, 'auditor', 'hand'),
    (5, 'owner', 'setting');
"""
OZ = Actor(5, "Oz", frozenset({"owner"}))
CY = Actor(3, "Cy", frozenset({"auditor"}))
BO = Actor(2, "Bo", frozenset({"manager"}))


@pytest.fixture
def house(db: Database) -> Database:
    run(db, PEOPLE)
    return db


def run(db: Database, text: str) -> None:
    with db.transaction() as tx:
        tx.connection().exec_driver_sql(text)


def now(db: Database) -> datetime:
    with db.reading() as tx:
        return tx.scalar(sa.select(sa.func.now()))


def held(db: Database, at: datetime) -> set[tuple[str, str, str]]:
    with db.reading() as tx:
        return {(one.person, one.role, one.origin) for one in reviews.held_at(tx, at)}


def started(db: Database, actor: Actor = CY, **given: datetime) -> int:
    with db.transaction() as tx:
        return reviews.start(
            tx, actor, as_of=given.get("as_of") or tx.scalar(sa.select(sa.func.now())), note="Q4"
        )


def test_the_past_is_kept_whoever_writes(house: Database) -> None:
    """Given, taken, switched off and on again: each moment answers for itself."""
    first = now(house)
    run(house, "DELETE FROM ops.person_role WHERE person_id = 1 AND role = 'manager'")
    second = now(house)
    run(house, "UPDATE ops.person SET disabled_at = now() WHERE id = 2")
    third = now(house)
    run(house, "UPDATE ops.person SET disabled_at = NULL WHERE id = 2")
    ann, bo = ("Ann", "manager", "hand"), ("Bo", "manager", "hand")
    assert ann in held(house, first) and bo in held(house, first)
    assert ann not in held(house, second) and bo in held(house, second)
    assert bo not in held(house, third)
    assert bo in held(house, now(house))
    assert held(house, first - timedelta(days=1)) == set()


def test_a_role_s_meaning_is_kept_too(house: Database) -> None:
    run(house, "INSERT INTO ops.role (name, label) VALUES ('desk', 'Desk')")
    run(house, "INSERT INTO ops.role_table (role, verbs) VALUES ('desk', '{see}')")
    run(house, "UPDATE ops.role_table SET verbs = '{see,edit}' WHERE role = 'desk'")
    run(house, "DELETE FROM ops.role_table; DELETE FROM ops.role")
    with house.reading() as tx:
        rows = tx.execute(
            sa.text(
                "SELECT kind, said->'verbs' AS verbs, until IS NULL AS open FROM ops.right_period ORDER BY id"
            )
        ).all()
    assert [(row.kind, row.verbs, row.open) for row in rows] == [
        ("role", None, False), ("role_table", ["see"], False), ("role_table", ["see", "edit"], False),
    ]  # fmt: skip


def test_from_start_to_signature(house: Database) -> None:
    """P35: every step is in the trail; signed, it never changes again."""
    number = started(house)
    run(house, "INSERT INTO ops.person_role (person_id, role, origin) VALUES (2, 'operator', 'hand')")
    with house.transaction() as tx:
        page = reviews.lines(tx, number)
        assert [(line.person, line.role) for line in page.lines] == [
            ("Ann", "manager"), ("Ann", "operator"), ("Bo", "manager"), ("Cy", "auditor"), ("Oz", "owner"),
        ]  # fmt: skip
        said = [
            (line.person_id, line.role, line.origin, "keep", "") for line in page.lines if line.person != "Cy"
        ]
        said[0] = (*said[0][:3], "remove", "left the desk")
        assert reviews.judge(tx, CY, number, said) == 4
    with house.transaction() as tx, pytest.raises(reviews.Refused, match="not judged yet"):
        reviews.sign(tx, CY, number)
    with house.transaction() as tx:
        reviews.judge(tx, OZ, number, [(3, "auditor", "hand", "keep", "")])
        reviews.sign(tx, OZ, number)
    with house.reading() as tx:
        found = reviews.one(tx, number)
        assert (found.signed_by, found.open, found.removed) == ("Oz", 0, 1)
        assert [(line.person, line.role) for line in reviews.removals(tx, number)] == [("Ann", "manager")]
        actions = tx.scalars(sa.text("SELECT action FROM ops.event ORDER BY id")).all()
    assert actions == ["review.started", *["review.judged"] * 5, "review.signed"]
    with house.transaction() as tx, pytest.raises(reviews.Refused, match="signed off"):
        reviews.judge(tx, OZ, number, [(2, "manager", "hand", "keep", "")])


def test_p17_nobody_judges_their_own_roles(house: Database) -> None:
    """P17: refused by the room, and by the database under it."""
    number = started(house)
    with house.transaction() as tx, pytest.raises(reviews.Refused, match="their own roles"):
        reviews.judge(tx, CY, number, [(3, "auditor", "hand", "keep", "")])
    with pytest.raises(sa.exc.IntegrityError, match="access_review_line_not_oneself"):
        run(house, "UPDATE ops.access_review_line SET verdict = 'keep', judged_by = person_id")


def test_all_or_nothing_and_only_by_those_who_may(house: Database) -> None:
    number = started(house)
    wrong = [(2, "manager", "hand", "keep", ""), (2, "pirate", "hand", "keep", "")]
    with pytest.raises(reviews.Refused, match="not in the review"), house.transaction() as tx:
        reviews.judge(tx, OZ, number, wrong)
    with pytest.raises(reviews.Refused, match="Say why"), house.transaction() as tx:
        reviews.judge(tx, OZ, number, [(2, "manager", "hand", "remove", " ")])
    with house.transaction() as tx:
        assert reviews.one(tx, number).open == 5
        with pytest.raises(Forbidden):
            reviews.judge(tx, BO, number, wrong[:1])
        with pytest.raises(Forbidden):
            reviews.start(tx, BO, as_of=datetime(2026, 1, 1, tzinfo=UTC))
        with pytest.raises(reviews.NoSuchReview):
            reviews.judge(tx, OZ, 99, wrong[:1])


def test_dates_that_cannot_be_reviewed(house: Database) -> None:
    tomorrow = now(house) + timedelta(days=1)
    with pytest.raises(reviews.Refused, match="future"):
        started(house, as_of=tomorrow)
    with pytest.raises(reviews.Refused, match="Nobody held"):
        started(house, as_of=datetime(2001, 1, 1, tzinfo=UTC))
    with house.reading() as tx:
        assert reviews.latest(tx) == []


def test_pages_never_tear_a_person_apart(house: Database) -> None:
    number = started(house)
    with house.reading() as tx:
        first = reviews.lines(tx, number, people=1)
        assert {line.person for line in first.lines} == {"Ann"} and len(first.lines) == 2
        second = reviews.lines(tx, number, people=1, after=first.next)
        assert {line.person for line in second.lines} == {"Bo"}
        last = reviews.lines(tx, number, people=2, after=second.next)
        assert {line.person for line in last.lines} == {"Cy", "Oz"} and last.next is None


def test_conflicting_duties(house: Database) -> None:
    """Ann is operator and manager: on every table she could stand on either side. A role of one table is told so."""
    run(
        house,
        "CREATE SCHEMA shop; CREATE TABLE shop.a (id int PRIMARY KEY); CREATE TABLE shop.b (id int PRIMARY KEY)",
    )
    run(house, "INSERT INTO ops.role (name, label) VALUES ('desk', 'Desk')")
    run(house, "INSERT INTO ops.role_table VALUES ('desk', 'shop', 'a', '{see,edit}')")
    run(house, "INSERT INTO ops.person_role (person_id, role, origin) VALUES (2, 'desk', 'hand')")
    with house.reading() as tx:
        loaded = catalog.load(tx, schemas=("shop",))
        found = {one.roles: one for one in reviews.conflicts(tx, loaded, book(tx, None))}
    assert set(found) == {("manager", "operator"), ("desk", "manager"), ("owner",)}
    ann, bo = found["manager", "operator"], found["desk", "manager"]
    assert ann.everywhere and ann.people == ((1, "Ann"),)
    assert (ann.proposing, ann.approving) == (("operator",), ("manager",))
    assert [table.name for table in bo.tables] == ["a"] and not bo.everywhere
    with house.reading() as tx:
        assert ("desk", "manager") not in {one.roles for one in reviews.conflicts(tx, loaded, BUILT_IN)}
