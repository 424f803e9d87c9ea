"""Guards behind guards: each of them alone, where nothing else would refuse (found by taking each away in turn)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ops import changes
from ops.approvals import delegations
from ops.changes import Operation, Stale, Unproved, emergency
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World
from tests.changes.guarded import person, role


def asked(world: World, key: str = "~1") -> int:
    """Max asks for another text of a plain row."""
    was = world.one("SELECT v FROM shop.plain WHERE id = :id", id=int(key[1:]))
    out = world.propose(world.max, world.edit(key, {"v": was}, {"v": f"{was}!"}, "plain"))
    assert out.state == "in_review"
    return out.change_id


def test_p34_who_is_asked_and_may_approve_elsewhere_alone_does_not_decide(world: World) -> None:
    """They hold the role, decide on other tables, and see all of this one."""
    role(world, "clerk", "plain", "{see}")
    role(world, "clerk", "orders", "{see,approve}")
    clerk = person(world, 8, "clerk")
    world.rule("plain", table_name="plain", role="clerk")
    change = asked(world)
    assert not world.show(clerk, change).may_decide
    for verdict in ("approve", "reject"):
        with pytest.raises(Forbidden):
            world.decide(clerk, change, verdict, comment="so")
    assert world.one("SELECT count(*) FROM ops.decision") == 0


def test_p34_a_row_that_one_sees_by_another_role_is_not_ones_to_decide(world: World) -> None:
    """What one sees as a viewer is wider than what one approves as a clerk."""
    role(world, "clerk", "plain", "{see,approve}", rows="id = 1")
    clerk = person(world, 8, "clerk", "viewer")
    world.rule("plain", table_name="plain", role="clerk")
    change = asked(world, "~2")
    with pytest.raises(Forbidden):
        world.decide(clerk, change)
    assert world.decide(clerk, asked(world, "~1")).state == "applied"


def test_p34_a_deletion_is_decided_by_who_sees_all_that_goes(world: World) -> None:
    """Nothing is touched by it: what its maker saw is what it is about."""
    role(world, "clerk", "customer", "{see,approve}", hidden="{email}")
    clerk = person(world, 8, "clerk")
    world.rule("deletions", table_name="customer", kinds=["delete"], role="clerk")
    out = world.propose(world.ann, world.delete("~19", world.ann))
    assert out.state == "in_review"
    with pytest.raises(Forbidden):
        world.decide(clerk, out.change_id)


def test_p17_an_owners_seat_on_rights_is_not_taken_by_who_may_change_them(world: World) -> None:
    """A keeper of people's rights may approve on that table and is lent an owner's seats: not this one."""
    world.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('keeper', 'Keeper', '{people.read,people.edit}')"
    )
    role(world, "keeper", "plain", "{see,approve}")
    keeper, ola = person(world, 8, "keeper"), person(world, 9, "owner")
    now = datetime.now(UTC)
    with world.db.transaction() as tx:
        assert delegations.give(tx, ola, 8, now, now + timedelta(days=1), "away", "t" * 22)
    table = world.catalog.by_name("ops", "person_role")
    gives = Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"})
    change = world.propose(world.oz, gives).change_id
    with pytest.raises(Forbidden, match="with owner"):
        world.decide(keeper, change)
    assert not world.show(keeper, change).may_decide
    assert world.show(world.oz, change).candidates == ("P9",)


@pytest.mark.parametrize(
    ("first", "stage", "gone"),
    [
        pytest.param(("manager", "viewer"), {"people": ["8", "9"]}, "manager", id="may decide nothing"),
        pytest.param(("clerk", "manager"), {"role": "clerk"}, "clerk", id="is not asked"),
    ],
)
def test_p9_a_yes_counts_no_more_once_its_giver(
    world: World, first: tuple[str, ...], stage: dict[str, object], gone: str
) -> None:
    """Named by the rule they are asked still, and that they may decide is taken meanwhile; or they decide still, by
    another role, and the one that was asked is taken."""
    role(world, "clerk", "plain", "{see,approve}")
    early, late = person(world, 8, *first), person(world, 9, "clerk", "manager")
    world.rule("two of them", table_name="plain", stages=[{**stage, "needed": 2}])
    change = asked(world)
    assert world.decide(early, change).state == "in_review"
    world.sql("DELETE FROM ops.person_role WHERE person_id = 8 AND role = :gone", gone=gone)
    assert world.decide(late, change).state == "in_review"
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"


def test_p32_time_closes_no_stage_of_a_companys_table(world: World) -> None:
    """Somebody with the database's password says that the first stage lapsed: that is for rights alone."""
    role(world, "clerk", "plain", "{see,approve}")
    clerk = person(world, 8, "clerk")
    world.rule("two", table_name="plain", stages=[{"role": "manager"}, {"role": "clerk"}])
    change = world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain")).change_id
    world.sql(
        "UPDATE ops.stage SET lapses_at = now() - interval '1 hour', closed_at = now() WHERE position = 1"
    )
    assert world.decide(clerk, change).state == "in_review"
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"
    assert world.decide(world.bo, change).state == "applied"


@pytest.mark.parametrize(
    "lost",
    [
        "UPDATE ops.role_table SET verbs = '{see,approve}' WHERE role = 'clerk'",
        "UPDATE ops.role_table SET readonly = '{v}' WHERE role = 'clerk'",
        "UPDATE ops.role_table SET hidden = '{v}' WHERE role = 'clerk'",
        "UPDATE ops.role_table SET verbs = '{}' WHERE role = 'clerk'",
    ],
)
def test_p16_what_its_maker_may_not_do_any_more_is_not_written(world: World, lost: str) -> None:
    role(world, "clerk", "plain", "{see,edit}")
    world.rule("plain", table_name="plain")
    clerk = person(world, 8, "clerk")
    change = world.propose(clerk, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain")).change_id
    world.sql(lost)
    assert world.decide(world.bo, change).state == "failed"
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"


# What ops/… never writes again, column by column: a trigger that names one too few lets that one be rewritten.
STAYS = {
    "change_set": "id source proposer_id created_at",
    "change_party": "change_id person_id side",
    "stage": "change_id revision position role people needed why escalate_to",
    "decision": "change_id revision person_id position verdict comment digest side decided_at on_behalf_of",
    "revision": "change_id revision digest state reason person_id revised_by operations",
    "emergency_review": "change_id revision digest reason opened_at opened_by closed_at closed_by finding comment",
}


def test_p27_each_column_of_what_was_agreed_stays(world: World) -> None:
    """Also for who has the database's password; and no table of it is emptied."""
    change = world.large().change_id
    revised = world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "21000.00"})
    digest = world.one("SELECT digest FROM ops.change_set")
    changes.revise(world.db, world.catalog, world.ann, change, [revised], reason="more", digest=digest)
    world.decide(world.bo, change, "send_back", comment="less")
    world.sql(
        "INSERT INTO ops.emergency_review (change_id, revision, digest, reason, opened_by, closed_at, closed_by, "
        "finding, comment) VALUES (:id, 1, 'd', 'so', 1, now(), 2, 'not', 'no')",
        id=change,
    )
    for table, columns in STAYS.items():
        for column in columns.split():
            with pytest.raises(sa.exc.DBAPIError, match=f"stays: UPDATE on ops.{table} is refused"):
                world.sql(f"UPDATE ops.{table} SET {column} = {column}")
        for verb, statement in (("DELETE", "DELETE FROM ops.{}"), ("TRUNCATE", "TRUNCATE ops.{} CASCADE")):
            with pytest.raises(sa.exc.DBAPIError, match=f"stays: {verb} on ops.{table} is refused"):
                world.sql(statement.format(table))
        assert world.one(f"SELECT count(*) FROM ops.{table}") > 0


def test_p29_a_rule_about_its_editors_role_that_came_meanwhile_is_asked(world: World) -> None:
    """Who made the revision as it stands is one of those whose change it is, also for rules that come later."""
    role(world, "clerk", "plain", "{see,edit}")
    clerk = person(world, 8, "clerk")
    world.rule("plain", table_name="plain")
    change = world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain")).change_id
    digest = world.one("SELECT digest FROM ops.change_set")
    more = world.edit("~1", {"v": "one"}, {"v": "11"}, "plain")
    changes.revise(world.db, world.catalog, clerk, change, [more], reason="more", digest=digest)
    world.rule("clerks", table_name="plain", role="owner", proposer_roles=["clerk"])
    assert world.decide(world.bo, change).state == "in_review"
    assert world.decide(world.oz, change).state == "applied"


def test_p32_one_person_sits_once_also_in_another_stage_by_the_databases_word(world: World) -> None:
    world.rule("two", table_name="plain", stages=[{"role": "manager"}, {"role": "owner"}])
    change = world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain")).change_id
    world.decide(world.bo, change)
    with pytest.raises(sa.exc.IntegrityError):
        world.sql(
            "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest) "
            "SELECT id, revision, 2, 2, 'approve', digest FROM ops.change_set"
        )


@pytest.fixture
def night(world: World) -> World:
    """Ann may apply in an emergency."""
    world.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('fire', 'Fire', '{changes.emergency}')"
    )
    world.sql("INSERT INTO ops.person_role VALUES (1, 'fire', 'hand')")
    return world


def force(world: World, change: int) -> str:
    """Ann applies it in an emergency."""
    digest = world.one("SELECT digest FROM ops.change_set WHERE id = :id", id=change)
    told = {"digest": digest, "reason": "The shop is shut", "proved": True}
    return emergency.apply_now(world.db, world.catalog, world.ann, change, **told).state


def test_p28_an_emergency_writes_nothing_but_what_was_on_the_screen(night: World) -> None:
    """Rewritten in the database while the digest beside it stays: nobody ever saw that."""
    change = night.large().change_id
    night.sql('UPDATE ops.operation SET after = \'{"credit_limit": "30000.00"}\'')
    with pytest.raises(Stale):
        force(night, change)
    assert night.customer().credit_limit == 1000


def test_p27_an_emergency_is_reviewed_by_none_of_its_makers(night: World) -> None:
    """Max, a manager, made the revision; Ann pressed the button."""
    change = night.large().change_id
    digest = night.one("SELECT digest FROM ops.change_set")
    more = night.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "21000.00"})
    changes.revise(night.db, night.catalog, night.max, change, [more], reason="more", digest=digest)
    assert force(night, change) == "applied"
    said = {"finding": "justified", "comment": "so"}
    with pytest.raises(Forbidden):
        emergency.close(night.db, night.catalog, night.max, change, **said)
    assert emergency.close(night.db, night.catalog, night.bo, change, **said).closed_by == 2


@pytest.mark.parametrize("narrow", [{"hidden": "{credit_limit}"}, {"rows": "id <> 1"}])
def test_p34_an_emergency_is_reviewed_by_who_sees_all_of_it(night: World, narrow: dict[str, str]) -> None:
    """The clerk was asked and passed over, and could not have decided it."""
    role(night, "clerk", "customer", "{see,approve}", **narrow)
    clerk = person(night, 8, "clerk")
    night.rule("clerks", table_name="customer", role="clerk")
    change = night.large().change_id
    assert force(night, change) == "applied"
    with pytest.raises((Forbidden, NotVisible)):
        emergency.close(night.db, night.catalog, clerk, change, finding="justified", comment="so")


def test_p11_rights_are_agreed_to_by_who_proved_lately_who_they_are(world: World) -> None:
    ola = person(world, 9, "owner")
    table = world.catalog.by_name("ops", "person_role")
    gives = Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"})
    change = world.propose(world.oz, gives).change_id
    digest = world.one("SELECT digest FROM ops.change_set")
    with pytest.raises(Unproved):
        changes.decide(world.db, world.catalog, ola, change, verdict="approve", digest=digest, proved=False)
    assert world.decide(ola, change).state == "applied"
