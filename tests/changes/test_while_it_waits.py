"""What happens to rights, rules and loans while a write waits for a row: it is judged by what stands as it is written.

Somebody holds the row, takes a role away or makes a rule, and lets both go: whoever waited was judged before that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops import changes
from ops.approvals import delegations
from ops.changes import Operation, Outcome, emergency, schedule
from ops.changes.bulk import Ticked, Wish, propose_bulk
from ops.identity import Disabled
from ops.policy import Forbidden, NotVisible
from tests.changes.bulk.conftest import Many
from tests.changes.company import World
from tests.changes.test_revise import head, revise
from tests.changes.test_schedule import state, taken

PLAIN, CUSTOMER = "shop.plain WHERE id = 1", "shop.customer WHERE id = 1"
ROLE_GONE = "DELETE FROM ops.person_role WHERE person_id = {id}"
OFF = "UPDATE ops.person SET disabled_at = now(), disabled_by = 'hand' WHERE id = {id}"
RULE = (
    """INSERT INTO ops.approval_rule (name, tables, stages) VALUES ('more', '{*}', '[{"role": "owner"}]')"""
)
NO = (Forbidden, NotVisible)
GONE = pytest.mark.parametrize("gone", [ROLE_GONE, OFF], ids=["role", "person"])


def met(world: World, row: str, then: str, act: Callable[[], Any]) -> Any:
    """What the act came to, an exception as itself, where `then` was done while it waited for the row."""
    came: list[Any] = []

    def run() -> None:
        try:
            came.append(act())
        except Exception as error:
            came.append(error)

    world.while_it_waits(threading.Thread(target=run), row, then)
    return came[0]


@GONE
@pytest.mark.parametrize("posted", [True, False])
def test_p16_whoever_saves(world: World, gone: str, *, posted: bool) -> None:
    """P16: what they may is what they may as it is written, whether rights came with BEGIN or not."""
    world = replace(world, posted=posted)
    edit = world.edit("~1", {"v": "one"}, {"v": "uno"}, table="plain")
    came = met(world, PLAIN, gone.format(id=1), lambda: world.propose(world.ann, edit))
    assert isinstance(came, Disabled if gone is OFF else NO), came
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"
    assert [one.outcome for one in world.events("change.submitted", "change.applied")] == ["refused"]


@GONE
def test_p16_whoever_says_the_last_yes(world: World, gone: str) -> None:
    """P16, P29: their yes is none, and nothing is written; somebody else decides."""
    change = world.large()
    came = met(world, CUSTOMER, gone.format(id=2), lambda: world.decide(world.bo, change.change_id))
    assert isinstance(came, Disabled if gone is OFF else NO), came
    assert (world.one("SELECT count(*) FROM ops.decision"), world.customer().credit_limit) == (0, 1000)
    assert world.decide(world.max, change.change_id).state == "applied"


def test_p29_whoever_said_an_earlier_yes(world: World) -> None:
    """P29: a yes of somebody who may no more is asked for again."""
    world.rule("two", table_name="customer", columns=["credit_limit"], needed=2)
    change = world.large()
    world.decide(world.max, change.change_id)
    came = met(world, CUSTOMER, ROLE_GONE.format(id=6), lambda: world.decide(world.bo, change.change_id))
    assert (came.state, world.customer().credit_limit) == ("in_review", 1000)


@GONE
def test_p16_whose_change_it_is(world: World, gone: str) -> None:
    """P16, P29: nobody stands behind it any more as it is written."""
    change = world.large()
    came = met(world, CUSTOMER, gone.format(id=1), lambda: world.decide(world.bo, change.change_id))
    assert (came.state, world.customer().credit_limit) == ("failed", 1000)


def test_p32_whoever_lent_the_seat(world: World) -> None:
    """P32: a loan that ended is none, however long the row was waited for."""
    now, hour = datetime.now(UTC), timedelta(hours=1)
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (4, 'auditor', 'hand')")
    world.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('helper', 'H', '{approvals.decide}')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (6, 'owner', 'hand')")
    world.sql("DELETE FROM ops.person_role WHERE person_id = 6 AND role = 'manager'")
    with world.db.transaction() as tx:
        delegations.give(tx, world.bo, 6, now - hour, now + hour, "away", "loan")
    change = world.large()
    ended = "UPDATE ops.delegation SET ended_at = clock_timestamp()"
    came = met(world, CUSTOMER, ended, lambda: world.decide(world.max, change.change_id))
    assert isinstance(came, Forbidden), came
    assert (world.one("SELECT count(*) FROM ops.decision"), world.customer().credit_limit) == (0, 1000)


@pytest.mark.parametrize("then", [ROLE_GONE.format(id=1), RULE], ids=["role", "rule"])
def test_p29_a_revision_that_nobody_need_be_asked_about(world: World, then: str) -> None:
    out = world.large()
    less = {"credit_limit": "1500.00"}
    came = met(
        world, CUSTOMER, then, lambda: revise(world, world.ann, out, less, base={"credit_limit": "1000.00"})
    )
    assert came.state == "in_review" if then is RULE else isinstance(came, NO), came
    assert world.customer().credit_limit == 1000


@pytest.mark.parametrize("then", [ROLE_GONE.format(id=1), RULE], ids=["role", "rule"])
def test_p29_a_few_rows_at_once(world: World, then: str) -> None:
    wish = Wish(world.table("plain"), "update", Ticked(("~1", "~2")), after={"v": "x"})
    came = met(world, PLAIN, then, lambda: propose_bulk(world.db, world.catalog, world.ann, wish))
    assert isinstance(came, Outcome) if then is RULE else isinstance(came, NO), came
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 0


@pytest.mark.parametrize("then", [ROLE_GONE.format(id=1), RULE], ids=["role", "rule"])
def test_p29_a_piece_of_many_rows(world: World, then: str) -> None:
    many = Many(world)
    many.plain(400)
    out = many.propose(world.ann, many.wish(listed="f.id.le=390", after={"v": "x"}))
    assert out.state == "draft"
    came = met(world, PLAIN, then, lambda: many.work(out.change_id))
    assert came == ("in_review" if then is RULE else "failed")
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 0


def test_p29_a_worker_at_its_time(world: World) -> None:
    """P29: looked at once more, and then nobody stands behind it."""
    out, claim = taken(world)
    met(world, CUSTOMER, ROLE_GONE.format(id=1), lambda: schedule.run(world.db, world.catalog, claim))
    assert (state(world, out), world.customer().credit_limit) == ("approved", 1000)
    schedule.run(world.db, world.catalog, claim)
    assert (state(world, out), world.customer().credit_limit) == ("failed", 1000)


def test_p16_an_emergency(world: World) -> None:
    """P16: the permission must be theirs as it is written."""
    world.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('fire', 'F', '{changes.emergency}')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'fire', 'hand')")
    out = world.large()
    came = met(
        world, CUSTOMER, "DELETE FROM ops.person_role WHERE role = 'fire'",
        lambda: emergency.apply_now(
            world.db, world.catalog, world.ann, out.change_id, digest=head(world, out).digest, reason="fire",
            token="t", proved=True,
        ),
    )  # fmt: skip
    assert isinstance(came, Forbidden), came
    assert (head(world, out).state, world.customer().credit_limit) == ("in_review", 1000)


def test_p29_a_change_that_failed_and_is_tried_again(world: World) -> None:
    world.sql("ALTER TABLE shop.customer ADD CONSTRAINT small CHECK (credit_limit < 5000)")
    out = world.large()
    assert world.decide(world.bo, out.change_id).state == "failed"
    world.sql("ALTER TABLE shop.customer DROP CONSTRAINT small")
    came = met(
        world, CUSTOMER, ROLE_GONE.format(id=2),
        lambda: changes.retry(world.db, world.catalog, world.ann, out.change_id, digest=head(world, out).digest),
    )  # fmt: skip
    assert isinstance(came, changes.Stale), came
    assert world.customer().credit_limit == 1000


def test_p16_an_owner_who_agrees_to_a_change_of_rights(world: World) -> None:
    """P16, P29: what it writes makes another standing; it is compared once its row is there."""
    give = "INSERT INTO ops.person_role (person_id, role, origin) VALUES ({}, '{}', 'hand')"
    world.sql(give.format(6, "owner"))
    world.sql(give.format(4, "viewer"))
    names = ("person_id", "role", "origin", "granted_at")
    texts = world.sql(
        "SELECT person_id::text, role, origin, granted_at::text FROM ops.person_role WHERE person_id = 4"
    )
    base = dict(zip(names, texts[0], strict=True))
    row = Operation("delete", world.catalog.by_name("ops", "person_role"), "~4,viewer,hand", base)
    out = world.propose(world.oz, row)
    assert out.state == "in_review"
    gone = "DELETE FROM ops.person_role WHERE person_id = 6 AND role = 'owner'"
    held = "ops.person_role WHERE person_id = 4"
    came = met(world, held, gone, lambda: world.decide(world.max, out.change_id))
    assert isinstance(came, NO), came
    assert world.one("SELECT count(*) FROM ops.person_role WHERE person_id = 4") == 1
    assert (head(world, out).state, world.one("SELECT count(*) FROM ops.decision")) == ("in_review", 0)
    world.sql(give.format(6, "owner"))
    assert world.decide(world.max, out.change_id).state == "applied"
