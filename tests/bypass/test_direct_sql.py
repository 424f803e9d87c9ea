"""Somebody with the application's own database password: what was asked and said cannot be rewritten (P27, P37)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from ops import migrate
from tests import servers
from tests.bypass.conftest import House, number

PROMISED = ("change_set", "change_party", "stage", "decision", "revision", "emergency_review")
REWRITES = (
    "UPDATE ops.change_party SET side = 'decider' WHERE change_id = {id}",
    "UPDATE ops.change_party SET person_id = {cy} WHERE change_id = {id} AND side = 'maker'",
    "UPDATE ops.change_party SET change_id = change_id + 1 WHERE change_id = {id}",
    "DELETE FROM ops.change_party WHERE change_id = {id}",
    "UPDATE ops.decision SET person_id = {cy}",
    "UPDATE ops.decision SET verdict = 'approve'",
    "UPDATE ops.decision SET digest = 'x', revision = 2",
    "UPDATE ops.decision SET on_behalf_of = {cy}",
    "DELETE FROM ops.decision",
    "UPDATE ops.stage SET needed = 1 WHERE change_id = {id}",
    "UPDATE ops.stage SET role = 'operator' WHERE change_id = {id}",
    "UPDATE ops.stage SET people = ARRAY[{ann}], role = '' WHERE change_id = {id}",
    "UPDATE ops.stage SET escalate_to = 'operator' WHERE change_id = {id}",
    "DELETE FROM ops.stage WHERE change_id = {id}",
    "UPDATE ops.revision SET person_id = {cy}",
    "DELETE FROM ops.revision",
    "UPDATE ops.change_set SET proposer_id = {cy} WHERE id = {id}",
    "UPDATE ops.change_set SET source = 'rules' WHERE id = {id}",
    "DELETE FROM ops.change_set WHERE id = {id}",
    "UPDATE ops.event SET person_id = {cy}",
    "DELETE FROM ops.event",
    "DELETE FROM ops.event_payload",
    "UPDATE ops.event_payload SET body = '{{}}'",
    "INSERT INTO ops.change_party VALUES ({id}, {ann}, 'decider', 'approver')",
    "INSERT INTO ops.change_party VALUES ({id}, {ann}, 'decider', 'approver') "
    "ON CONFLICT (change_id, person_id) DO UPDATE SET side = 'decider'",
    "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest) "
    "SELECT id, revision, {ann}, 1, 'approve', digest FROM ops.change_set WHERE id = {id}",
    "INSERT INTO ops.revision (change_id, revision, digest, state, reason, person_id, revised_by, operations) "
    "SELECT id, revision, digest, state, '', {ann}, {bo}, '[]' FROM ops.change_set WHERE id = {id}",
    "ALTER TABLE ops.change_party DISABLE TRIGGER ALL",
    "ALTER TABLE ops.decision DROP CONSTRAINT decision_pkey",
    "DROP TRIGGER stays ON ops.change_party",
    "SET session_replication_role = replica",
    "TRUNCATE ops.decision",
    "TRUNCATE ops.change_set CASCADE",
)
REFUSALS = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,
)


@pytest.fixture
def application(house: House) -> Iterator[psycopg.Connection]:
    """A connection as the application's role at level A, on the house's own database."""
    name = f"bypass_{os.getpid()}"
    parts = urlsplit(house.platform.db.url)
    direct = servers.url_of(parts.path[1:], direct=True)
    place = urlsplit(direct)
    url = urlunsplit(place._replace(netloc=f"{name}:secret@{place.netloc.rpartition('@')[2]}"))
    with servers.admin() as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(sql.Identifier(name)))
    migrate.upgrade(direct, url)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
    with psycopg.connect(direct, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
    with servers.admin() as admin:
        admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def _disputed(house: House) -> str:
    """A change of Ann's, revised once, that asks two managers, one of whom has agreed."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    house.fill("ann", f"/changes/{reference}/edit", {"v.0.credit_limit": "18000.00"}, "revise-form")
    house.says("bo", reference)
    assert (house.yeses(reference), house.at(reference)) == (1, "in_review")
    return reference


def test_direct_sql_against_change_party(house: House, application: psycopg.Connection) -> None:
    """P27, P37: as the application's role every rewriting is refused, of sides, decisions, stages and the trail."""
    reference = _disputed(house)
    ids = {name: house.actor(name).person_id for name in ("ann", "bo", "cy")}
    for statement in REWRITES:
        with pytest.raises(REFUSALS):
            application.execute(statement.format(id=number(reference), **ids))  # type: ignore[call-overload]  # words of a test
    assert house.forces("ann", reference).status_code == 403
    house.unmoved(reference)


def test_level_b_refuses_them_too(house: House) -> None:
    """P27: with one role for everything triggers stop what an injection could say, though not who drops them."""
    reference = _disputed(house)
    ids = {name: house.actor(name).person_id for name in ("ann", "bo", "cy")}
    allowed = [one for one in REWRITES if one.startswith(("ALTER", "DROP", "SET"))]
    with psycopg.connect(servers.url_of(urlsplit(house.platform.db.url).path[1:]), autocommit=True) as owner:
        for statement in set(REWRITES) - set(allowed):
            with pytest.raises(REFUSALS):
                owner.execute(statement.format(id=number(reference), **ids))  # type: ignore[call-overload]  # words of a test
        found = owner.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'stays_whole' ORDER BY 1"
        ).fetchall()
    assert [name for (name,) in found] == sorted(f"ops.{one}" for one in PROMISED)


def test_a_forged_yes_of_a_colleague_is_no_yes(house: House, application: psycopg.Connection) -> None:
    """P27: rows can be added; one who may not decide, a digest of nothing and a stage that is closed by hand do not
    count when the last real yes would apply the change."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    eve = house.actor("eve").person_id
    application.execute(
        "INSERT INTO ops.change_party VALUES (%s, %s, 'decider', 'approver')", (number(reference), eve)
    )
    application.execute(
        "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest) "
        "SELECT id, revision, %s, 1, 'approve', digest FROM ops.change_set WHERE id = %s",
        (eve, number(reference)),
    )
    house.says("bo", reference)
    house.unmoved(reference)


def test_a_stage_that_is_closed_by_hand_is_asked_again(house: House, application: psycopg.Connection) -> None:
    """P27, P29: closing is no yes: before anything is written the seats of every closed stage are counted."""
    house.rule("an owner as well", role="owner")
    reference = house.limit("ann")
    assert house.one("SELECT count(*) FROM ops.stage WHERE change_id = :id", id=number(reference)) == 2
    application.execute(
        "UPDATE ops.stage SET closed_at = now() WHERE change_id = %s AND role = 'manager'",
        (number(reference),),
    )
    house.says("oz", reference)
    house.unmoved(reference)
    house.says("bo", reference)
    assert (house.at(reference), house.worth()) == ("applied", "18500.00")


def test_a_state_that_is_set_by_hand_writes_nothing(house: House, application: psycopg.Connection) -> None:
    """P27, P28: "approved" is a word; the worker counts the seats itself."""
    reference = house.limit("ann")
    application.execute(
        "UPDATE ops.change_set SET state = 'approved', apply_at = now() WHERE id = %s", (number(reference),)
    )
    application.execute(
        "UPDATE ops.stage SET closed_at = now() WHERE change_id = %s",
        (number(reference),),
    )
    from ops.changes import schedule

    assert len(schedule.due(house.platform.db)) == 1
    house.works("apply", f"{number(reference)}:%")
    house.unmoved(reference)
