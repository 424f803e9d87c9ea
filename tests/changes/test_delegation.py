"""P27, P32: who decides for somebody else fills that seat and no other, sees it all themselves, and was no maker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ops import approvals
from ops.actor import Actor
from ops.approvals import delegations
from ops.policy import Forbidden
from tests.changes.company import World

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def fia(world: World) -> Actor:
    """She holds the role that is asked; Bo and Max are managers, who see all and are not asked."""
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (7, 'i', 'fia', 'Fia')")
    world.sql(
        "INSERT INTO ops.person_role (person_id, role, origin) VALUES (7, 'finance', 'hand'), "
        "(7, 'manager', 'hand'), (7, 'operator', 'hand')"
    )
    world.rule("finance", table_name="plain", role="finance")
    return Actor(7, "Fia", frozenset({"finance", "manager", "operator"}), request_id="r-fia")


def lend(world: World, one: Actor, to: Actor, begin: timedelta = -DAY, end: timedelta = DAY) -> int:
    """As if she had done it some days ago."""
    assert to.person_id is not None
    with world.db.transaction() as tx:
        made = delegations.give(
            tx, one, to.person_id, NOW + begin, NOW + max(end, DAY), "away", f"t{begin}{end}{to.name}"
        )
    assert made is not None
    world.sql("UPDATE ops.delegation SET ends_at = :ends WHERE id = :id", id=made, ends=NOW + end)
    return made


def asked(world: World, actor: Actor | None = None, key: str = "~1") -> int:
    was = world.one("SELECT v FROM shop.plain WHERE id = :id", id=int(key[1:]))
    return world.propose(actor or world.max, world.edit(key, {"v": was}, {"v": f"{was}!"}, "plain")).change_id


def test_one_decides_for_another_and_it_is_shown_so(world: World, fia: Actor) -> None:
    """Works, is shown as Bo for Fia, stands in the trail so, and both stand on the deciders' side."""
    change = asked(world)
    with pytest.raises(Forbidden):
        world.decide(world.bo, change)
    assert world.show(world.bo, change).candidates == ("Fia",)
    lend(world, fia, world.bo)
    seen = world.show(world.bo, change)
    assert (seen.may_decide, seen.decides_for) == (True, "Fia")
    assert seen.candidates == ("Bo for Fia", "Fia")
    assert world.decide(world.bo, change).state == "applied"
    said = world.show(world.bo, change).decisions[0]
    assert (said.person, said.for_name) == ("Bo", "Fia")
    assert [tuple(row) for row in world.sql(
        "SELECT person_id, side, how FROM ops.change_party WHERE change_id = :id ORDER BY 1", id=change
    )] == [(2, "decider", "approver"), (6, "maker", "proposer"), (7, "decider", "delegator")]  # fmt: skip
    lines = world.sql(
        "SELECT line::jsonb ->> 'on_behalf_of' AS who FROM ops.event "
        "WHERE action = 'change.approved' AND outcome = 'done'"
    )
    assert [row.who for row in lines] == ["7"]
    assert [event.action for event in world.events("delegation.given")] == ["delegation.given"]


@pytest.mark.parametrize(("begin", "end"), [(DAY, 2 * DAY), (-2 * DAY, -DAY)])
def test_only_within_its_days(world: World, fia: Actor, begin: timedelta, end: timedelta) -> None:
    change = asked(world)
    lend(world, fia, world.bo, begin, end)
    with pytest.raises(Forbidden, match="finance"):
        world.decide(world.bo, change)
    with world.db.reading() as tx:
        assert approvals.waiting_for(tx, world.bo) == []


@pytest.mark.parametrize(
    "end",
    [
        "DELETE FROM ops.person_role WHERE person_id = 7 AND role = 'finance'",
        "UPDATE ops.person SET disabled_at = now() WHERE id = 7",
        "UPDATE ops.delegation SET ended_at = now()",
    ],
)
def test_what_the_lender_lost_is_not_lent(world: World, fia: Actor, end: str) -> None:
    change = asked(world)
    lend(world, fia, world.bo)
    world.sql(end)
    with pytest.raises(Forbidden):
        world.decide(world.bo, change)


def test_never_to_a_maker_and_never_for_one(world: World, fia: Actor) -> None:
    """Delegated to maker; and the other way round: one's own change by the hand of a friend."""
    lend(world, fia, world.max)
    lend(world, fia, world.bo)
    with pytest.raises(Forbidden, match=r"your own|hand"):
        world.decide(world.max, asked(world, world.max))
    hers = asked(world, fia, "~2")
    with pytest.raises(Forbidden):
        world.decide(world.bo, hers)
    assert not world.show(world.bo, hers).may_decide
    assert world.show(world.bo, hers).candidates == ()
    with world.db.reading() as tx:
        assert hers not in approvals.waiting_for(tx, world.bo)


def test_it_widens_nobodys_sight(world: World, fia: Actor) -> None:
    """Ann may not approve on the table, Cy decides nothing: a seat lent to them is no right."""
    change = asked(world)
    lend(world, fia, world.ann)
    lend(world, fia, world.cy)
    for one in (world.ann, world.cy):
        with pytest.raises(Forbidden):
            world.decide(one, change)
    assert world.show(world.bo, change).candidates == ("Fia",)


def test_two_seats_are_two_people(world: World, fia: Actor) -> None:
    """Two of finance are asked: Fia's seat is filled once, by her or for her, and Bo sits once."""
    world.sql('UPDATE ops.approval_rule SET stages = \'[{"role": "finance", "needed": 2}]\'')
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (8, 'i', 'gus', 'Gus')")
    world.sql(
        "INSERT INTO ops.person_role (person_id, role, origin) VALUES (8, 'finance', 'hand'), (8, 'manager', 'hand')"
    )
    gus = Actor(8, "Gus", frozenset({"finance", "manager"}), request_id="r-gus")
    lend(world, fia, world.bo)
    lend(world, gus, world.bo)
    change = asked(world)
    assert world.decide(world.bo, change).state == "in_review"
    for one in (world.bo, fia):  # Bo a second time, for Gus; Fia, for whom he sat
        with pytest.raises(Forbidden, match="already"):
            world.decide(one, change)
    assert world.decide(gus, change).state == "applied"
    other = asked(world, key="~2")
    world.decide(fia, other)
    with world.db.reading() as tx:
        assert approvals.waiting_for(tx, world.bo) == [other]
    assert world.show(world.bo, other).decides_for == "Gus"
    world.decide(gus, other)
    assert world.one("SELECT state FROM ops.change_set WHERE id = :id", id=other) == "applied"


def test_it_is_not_lent_on(world: World, fia: Actor) -> None:
    lend(world, fia, world.bo)
    lend(world, world.bo, world.max)
    change = asked(world, world.oz)
    with pytest.raises(Forbidden):
        world.decide(world.max, change)


def test_a_yes_in_a_lent_seat_falls_with_the_lender(world: World, fia: Actor) -> None:
    """P9: said while it was lent it counts after the days are over, and not after she lost the role."""
    world.sql(
        'UPDATE ops.approval_rule SET stages = \'[{"role": "finance", "needed": 1}, {"role": "manager"}]\''
    )
    taken = "DELETE FROM ops.person_role WHERE person_id = 7 AND role = 'finance'"
    over = "UPDATE ops.delegation SET ended_at = now()"
    for key, gone, state in (("~1", over, "applied"), ("~2", taken, "in_review")):
        lend(world, fia, world.bo, end=DAY if key == "~1" else 2 * DAY)
        change = asked(world, world.oz, key)
        assert world.decide(world.bo, change).state == "in_review"
        world.sql(gone)
        assert world.decide(world.max, change).state == state


def test_rights_are_nobodys_to_lend(world: World, fia: Actor) -> None:
    """P17: a change of rights asks another owner, in person."""
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (9, 'i', 'ola', 'Ola')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (9, 'owner', 'hand')")
    ola = Actor(9, "Ola", frozenset({"owner"}), request_id="r-ola")
    lend(world, ola, world.bo)
    from ops.changes import Operation

    table = world.catalog.by_name("ops", "person_role")
    gives = Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"})
    change = world.propose(world.oz, gives, reason="needed").change_id
    with world.db.reading() as tx:
        assert approvals.waiting_for(tx, world.bo) == []
    with pytest.raises(Exception, match=r".") as caught:
        world.decide(world.bo, change)
    assert type(caught.value).__name__ in ("Forbidden", "NotVisible")
    assert world.show(ola, change).candidates == ("Ola",)


def test_the_database_refuses_a_makers_seat_and_a_second_one(world: World, fia: Actor) -> None:
    """P27 by constraint, whatever the code believes."""
    change = asked(world, fia)
    insert = "INSERT INTO ops.change_party VALUES (:id, 2, 'decider', 'approver') ON CONFLICT DO NOTHING;"
    world.sql(insert, id=change)
    lent = (
        "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest, on_behalf_of) "
        "VALUES (:id, 1, 2, 1, 'approve', 'd', :other)"
    )
    for other in (7, 2):  # a maker's seat; one's own as if it were another's
        with pytest.raises(sa.exc.IntegrityError):
            world.sql(lent, id=change, other=other)


def test_what_may_be_lent_and_taken_back(world: World, fia: Actor) -> None:
    """Own seats alone, for a time that is one, with a reason, once for a form; ended by either of the two."""
    with world.db.transaction() as tx:
        for to, begin, end, reason, field in (
            (7, NOW, NOW + DAY, "x", "to"), (99, NOW, NOW + DAY, "x", "to"), (2, NOW, NOW - DAY, "x", "ends"),
            (2, NOW - 3 * DAY, NOW - DAY, "x", "ends"), (2, NOW, NOW + 100 * DAY, "x", "ends"),
            (2, NOW, NOW + DAY, " ", "reason"),
        ):  # fmt: skip
            with pytest.raises(delegations.CannotDelegate) as caught:
                delegations.give(tx, fia, to, begin, end, reason, "t")
            assert list(caught.value.fields) == [field]
    made = lend(world, fia, world.bo)
    with world.db.transaction() as tx:
        assert delegations.give(tx, fia, 2, NOW, NOW + DAY, "x", f"t{-DAY}{DAY}Bo") is None
        assert not delegations.end(tx, world.max, made)
        assert delegations.end(tx, world.bo, made)
        assert not delegations.end(tx, fia, made)
        assert [one.state for one in delegations.given(tx, 7)] == ["taken_back"]
        assert [one.from_name for one in delegations.taken(tx, 2)] == ["Fia"]


def test_the_frame_counts_lent_seats_too(world: World, fia: Actor) -> None:
    lend(world, fia, world.bo)
    lend(world, fia, world.max)
    mine, hers = asked(world), asked(world, fia, "~2")
    with world.db.reading() as tx:
        for one in (world.bo, world.max, fia, world.ann):
            row = tx.execute(
                sa.text("SELECT * FROM ops.frame_counts(:who, CAST(:roles AS text[]))"),
                {"who": one.person_id, "roles": sorted(one.roles)},
            ).one()
            assert sum(many for _, many in row.waiting) == len(approvals.waiting_for(tx, one))
        assert approvals.waiting_for(tx, world.bo) == [mine]
        assert approvals.waiting_for(tx, world.max) == []
        assert hers not in approvals.waiting_for(tx, fia)
