"""Guards of what time does, each alone: what lapses, what waits for its time, what expires (see test_each_guard)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops import changes, work
from ops.changes import Operation, Outcome, lapsing, schedule
from ops.changes.expire import _expire
from tests.changes.company import World

SOON = timedelta(hours=2)


def gives(world: World) -> Outcome:
    """The owner asks that Dee may look."""
    table = world.catalog.by_name("ops", "person_role")
    return world.propose(world.oz, Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"}))


def later(world: World, was: str = "one", to: str = "1", *, key: str = "~1") -> Outcome:
    """What nobody is asked about, and is to be written in two hours."""
    one = world.edit(key, {"v": was}, {"v": to}, "plain")
    return changes.propose(world.db, world.catalog, world.ann, [one], apply_at=datetime.now(UTC) + SOON)


def given_up(world: World, subject: str) -> None:
    with world.db.transaction() as tx:
        schedule.give_up(tx, subject)


def value(world: World) -> str:
    return str(world.one("SELECT v FROM shop.plain WHERE id = 1"))


def state(world: World) -> str:
    return str(world.one("SELECT state FROM ops.change_set"))


def test_p17_a_lone_owner_s_change_of_the_companys_rows_never_takes_effect_by_time(world: World) -> None:
    """Rights and rules lapse, for nobody else could ever agree to them; rows of the company wait for who is asked."""
    world.rule("owners", table_name="plain", role="owner")
    change = world.propose(world.oz, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain"))
    assert change.state == "in_review"
    assert world.one("SELECT lapses_at FROM ops.stage") is None
    assert world.one("SELECT count(*) FROM ops.outbox WHERE kind = 'rights.alone'") == 0


def test_p17_with_another_owner_there_is_nothing_to_wait_for(world: World) -> None:
    """Nobody is told that it takes effect by itself, and no page says so."""
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (7, 'i', 'ola', 'Ola')")
    world.sql("INSERT INTO ops.person_role VALUES (7, 'owner', 'hand')")
    gives(world)
    assert world.one("SELECT lapses_at FROM ops.stage") is None
    assert world.one("SELECT count(*) FROM ops.outbox WHERE kind = 'rights.alone'") == 0


def test_p27_rows_of_the_company_do_not_lapse_whatever_sql_says_of_their_stage(world: World) -> None:
    """P27: somebody with the database's password lets the day of a lone owner's edit begin and be over."""
    world.rule("owners", table_name="plain", role="owner")
    out = world.propose(world.oz, world.edit("~1", {"v": "one"}, {"v": "uno"}, "plain"))
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    assert lapsing.lapse(world.db, world.catalog) == 0
    assert world.one("SELECT state FROM ops.change_set WHERE id = :id", id=out.change_id) == "in_review"
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"


def test_p31_what_was_withdrawn_as_the_clock_looked_does_not_lapse(world: World) -> None:
    """It was due when the clock read what is, and is withdrawn when the clock holds it."""
    change = gives(world).change_id
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    changes.withdraw(world.db, world.catalog, world.oz, change)
    assert lapsing._lapse(world.db, world.catalog, change) is False
    assert state(world) == "withdrawn"


def test_p31_what_is_withdrawn_under_a_workers_hand_is_done_with(world: World) -> None:
    change = later(world).change_id
    world.sql("UPDATE ops.change_set SET apply_at = now() - interval '1 second'")
    (work_id,) = schedule.due(world.db)
    claim = work.claim(world.db, work_id, "w")
    assert claim is not None
    changes.withdraw(world.db, world.catalog, world.ann, change)
    schedule.run(world.db, world.catalog, claim)
    assert (state(world), value(world)) == ("withdrawn", "one")
    assert world.one("SELECT state FROM ops.work WHERE id = :id", id=work_id) == "done"


def test_p28_work_for_an_earlier_revision_does_nothing_to_the_next(world: World) -> None:
    """Also its end: a worker that died over the first revision does not let the second fail."""
    change = later(world).change_id
    given_up(world, f"{change}:1")
    assert state(world) == "failed"
    digest = world.one("SELECT digest FROM ops.change_set")
    more = world.edit("~1", {"v": "one"}, {"v": "11"}, "plain")
    changes.revise(
        world.db, world.catalog, world.ann, change, [more],
        reason="more", digest=digest, apply_at=datetime.now(UTC) + SOON,
    )  # fmt: skip
    given_up(world, f"{change}:1")
    assert (state(world), value(world)) == ("approved", "one")
    given_up(world, f"{change}:2")
    assert (state(world), value(world)) == ("failed", "one")


def test_p31_work_that_is_rung_too_early_neither_writes_nor_tells(world: World) -> None:
    change = later(world).change_id
    with world.db.transaction() as tx:
        early = work.add(tx, schedule.KIND, f"{change}:1")
    claim = work.claim(world.db, early, "w")
    assert claim is not None
    before = len(world.events())
    schedule.run(world.db, world.catalog, claim)
    assert (state(world), value(world), len(world.events())) == ("approved", "one", before)


@pytest.mark.parametrize(
    ("meanwhile", "left"),
    [
        ("state = 'withdrawn', expires_at = now()", "withdrawn"),  # it was ended otherwise
        ("state = 'in_review', expires_at = now() + interval '1 hour'", "in_review"),  # it has another term
        ("state = 'approved', apply_at = NULL, expires_at = now()", "approved"),  # a worker writes its rows
    ],
)
def test_p31_what_became_of_it_as_the_clock_looked_counts(world: World, meanwhile: str, left: str) -> None:
    """Its term was over when the clock read what is; under its lock it is looked at again."""
    change = later(world).change_id
    world.sql(f"UPDATE ops.change_set SET {meanwhile}")
    assert _expire(world.db, change) is False
    assert state(world) == left
