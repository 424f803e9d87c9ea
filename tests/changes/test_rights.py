"""Changes of rights and rules pass the same door: another owner is asked, nobody changes their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops import changes, identity, notices, outbox
from ops.actor import Actor
from ops.changes import Operation
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World


@pytest.fixture
def ola(world: World) -> Actor:
    """A second owner."""
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (7, 'i', 'ola', 'Ola')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (7, 'owner', 'hand')")
    return Actor(7, "Ola", frozenset({"owner"}), request_id="r-ola")


def house(world: World, table: str, /, **after: str) -> Operation:
    return Operation("create", world.catalog.by_name("ops", table), None, {}, after)


def gives(world: World, person: int, role: str) -> Operation:
    return house(world, "person_role", person_id=str(person), role=role)


def maps(world: World, group: str, role: str) -> Operation:
    return house(world, "group_role", iss="i", group_name=group, role=role)


def test_p17_another_owner_is_asked(world: World, ola: Actor) -> None:
    """P17, P27, P35: given by hand only once another owner says so, and told in the trail row by row."""
    asked = world.propose(world.oz, gives(world, 4, "viewer"))
    assert asked.state == "in_review"
    assert [(stage.role, stage.needed) for stage in asked.stages] == [("owner", 1)]
    assert not world.sql("SELECT 1 FROM ops.person_role WHERE person_id = 4")
    with pytest.raises(Forbidden, match="somebody else"):
        world.decide(world.oz, asked.change_id)
    assert world.decide(ola, asked.change_id).state == "applied"
    assert world.sql("SELECT role, origin FROM ops.person_role WHERE person_id = 4") == [("viewer", "hand")]
    row = world.events("row.created")[-1]
    assert (row.schema_name, row.table_name) == ("ops", "person_role")


def test_p17_nobody_changes_their_own_rights(world: World, ola: Actor) -> None:
    """P17: neither by giving, nor through a group one is in, nor by changing what one's role means."""
    oz = replace(world.oz, groups=("staff",))
    world.sql(
        "UPDATE ops.person SET groups = '{staff}', rights_until = now() + interval '1 day' WHERE id = 5"
    )
    refused = [
        gives(world, 5, "manager"),
        maps(world, "staff", "manager"),
        house(world, "role_table", role="owner", schema_name="shop", table_name="customer", verbs="{see}"),
    ]
    for one in refused:
        with pytest.raises(Forbidden, match="Ask another owner"):
            world.propose(oz, one)
    assert world.one("SELECT count(*) FROM ops.change_set") == 0
    assert [event.outcome for event in world.events("change.submitted")] == ["refused"] * len(refused)
    # What gives her nothing may be asked for: seeing, and groups she is not in.
    assert world.propose(oz, maps(world, "staff", "viewer")).state == "in_review"
    assert world.propose(oz, maps(world, "night shift", "manager")).state == "in_review"


def test_p17_nobody_decides_on_their_own_rights(world: World, ola: Actor) -> None:
    asked = world.propose(world.oz, gives(world, 7, "manager"))
    assert world.show(ola, asked.change_id).may_decide is False
    with pytest.raises(Forbidden, match="Nobody gives roles to themselves"):
        world.decide(ola, asked.change_id)


def test_p14_who_may_not_read_people_knows_nothing_of_it(world: World, ola: Actor) -> None:
    asked = world.propose(world.oz, gives(world, 4, "viewer"))
    for actor in (world.ann, world.dee):
        with pytest.raises(NotVisible):
            world.show(actor, asked.change_id)
        with pytest.raises((NotVisible, Forbidden)):
            world.propose(actor, gives(world, 4, "owner"))


def test_a_star_does_not_reach_the_house(world: World, ola: Actor) -> None:
    """A rule for every table asks nobody about rights: only the one that is built in does."""
    world.rule("all", schema_name="*", table_name="*", role="manager")
    asked = world.propose(world.oz, gives(world, 4, "viewer"))
    assert [stage.role for stage in asked.stages] == ["owner"]


def test_a_lone_owner_waits_a_day_and_everybody_hears(world: World) -> None:
    """P17: with no other owner it takes effect after 24 hours; managers and auditors are told at once."""
    asked = world.propose(world.oz, gives(world, 4, "viewer"))
    assert asked.state == "in_review"
    assert changes.lapse(world.db, world.catalog) == 0
    outbox.drain(world.db, notices.HANDLERS)
    told = world.sql("SELECT person_id FROM ops.notice WHERE text LIKE '%24 hours%' ORDER BY 1")
    assert [row.person_id for row in told] == [2, 3, 6]
    world.sql("UPDATE ops.stage SET lapses_at = lapses_at - interval '24 hours 1 second'")
    assert changes.lapse(world.db, world.catalog) == 1
    assert world.sql("SELECT role, origin FROM ops.person_role WHERE person_id = 4") == [("viewer", "hand")]
    assert world.one("SELECT state FROM ops.change_set") == "applied"
    assert [event.body["facts"]["why"] for event in world.events("change.lapsed")] == [
        "no other owner for 24 hours"
    ]
    assert changes.lapse(world.db, world.catalog) == 0


def test_a_second_owner_ends_the_waiting(world: World) -> None:
    """Whoever becomes owner meanwhile decides; time alone does not any more."""
    asked = world.propose(world.oz, gives(world, 4, "viewer"))
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (7, 'i', 'ola', 'Ola')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (7, 'owner', 'hand')")
    assert changes.lapse(world.db, world.catalog) == 0
    assert world.one("SELECT state FROM ops.change_set") == "in_review"
    ola = Actor(7, "Ola", frozenset({"owner"}), request_id="r-ola")
    assert world.decide(ola, asked.change_id).state == "applied"


def test_switching_the_other_owner_off_makes_nobody_alone_for_a_week(world: World, ola: Actor) -> None:
    """P17: one of two owners cannot be the last one by tomorrow."""
    world.sql("UPDATE ops.person SET disabled_at = now(), disabled_by = 'hand' WHERE id = 7")
    world.propose(world.oz, gives(world, 4, "viewer"))
    for _ in range(2):
        world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
        assert changes.lapse(world.db, world.catalog) == 0
    world.sql("UPDATE ops.person SET disabled_at = now() - interval '8 days' WHERE id = 7")
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    assert changes.lapse(world.db, world.catalog) == 1


def test_p27_a_break_glass_account_is_nobody_s_second_person(world: World) -> None:
    """P17, P27: whoever keeps one could be owner twice; it neither agrees nor spares the day."""
    world.sql(
        "INSERT INTO ops.person (id, iss, sub, name, rights_until) "
        "VALUES (7, 'countersign:break-glass', 'glass', 'Glass', now() + interval '1 hour')"
    )
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (7, 'owner', 'break_glass')")
    asked = world.propose(world.oz, gives(world, 4, "viewer"))
    assert world.one("SELECT lapses_at IS NOT NULL FROM ops.stage")
    glass = Actor(7, "Glass", frozenset({"owner"}), request_id="r-glass")
    with pytest.raises(Forbidden, match="break-glass account"):
        world.decide(glass, asked.change_id)
    # A change of the company's rows in an emergency is what it is there for.
    world.rule("owners", table_name="plain", role="owner")
    row = world.propose(world.max, world.edit("~1", {"v": "one"}, {"v": "uno"}, "plain"))
    assert world.decide(glass, row.change_id).state == "applied"


def test_a_switched_off_owner_s_change_does_not_lapse(world: World) -> None:
    """P9: nobody stands behind it any more."""
    world.propose(world.oz, gives(world, 4, "viewer"))
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 5")
    assert changes.lapse(world.db, world.catalog) == 0
    assert not world.sql("SELECT 1 FROM ops.person_role WHERE person_id = 4")


@pytest.mark.parametrize(
    ("table", "after", "field", "says"),
    [
        ("role_table", {"role": "viewer", "schema_name": "shop", "table_name": "custmer"}, "table_name", "no table"),
        ("role_table", {"role": "viewer", "schema_name": "shop", "table_name": "customer", "verbs": "{see}",
                        "rows": "contry = 'DE'"}, "rows", "contry"),
        ("role_table", {"role": "viewer", "schema_name": "shop", "table_name": "customer",
                        "hidden": '{email,"no, column"}'}, "hidden", "no, column"),
        ("role_table", {"role": "viewer", "schema_name": "shop", "table_name": "customer",
                        "masked": '{"crad": "last4"}'}, "masked", "crad"),
        ("approval_rule", {"name": "n", "tables": "{shop.customer}",
                           "condition": "new.limit > 10"}, "condition", "limit"),
        ("approval_rule", {"name": "n", "tables": "{*}", "condition": "new.total >"},
         "condition", ""),
        ("approval_rule", {"name": "n", "tables": "{ops.role}"}, "tables", "no table"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_asks_nobody(
    world: World, ola: Actor, table: str, after: dict[str, str], field: str, says: str
) -> None:
    """A right on a column that is not there would one day mean something else than what was approved."""
    with pytest.raises(changes.Invalid) as caught:
        world.propose(world.oz, house(world, table, **after))
    assert says in caught.value.fields[field]
    assert world.one("SELECT count(*) FROM ops.change_set") == 0


def test_a_role_that_is_not_there_is_not_given(world: World, ola: Actor) -> None:
    asked = world.propose(world.oz, gives(world, 4, "viewr"))
    done = world.decide(ola, asked.change_id)
    assert done.state == "failed"
    assert "viewr" in (done.failure or "")


@pytest.mark.parametrize(
    "number", ["05", "+5", " 5", "5 ", "0x5", "0b101", "0_5", "5.0", "\u0665", "", "-5", "5e0"]
)
def test_p17_no_way_of_writing_one_s_own_number_helps(world: World, ola: Actor, number: str) -> None:
    """P17: PostgreSQL 16 and later read 0x5 and 0_5 as 5 too."""
    with pytest.raises((Forbidden, changes.Invalid)):
        world.propose(world.oz, house(world, "person_role", person_id=number, role="manager"))
    with pytest.raises((Forbidden, changes.Invalid, changes.Conflict)):
        base = {"person_id": number, "role": "owner", "origin": "hand"}
        table = world.catalog.by_name("ops", "person_role")
        world.propose(world.oz, Operation("delete", table, f"~{number},owner,hand", base, {}))
    assert world.one("SELECT count(*) FROM ops.change_set") == 0


def test_a_role_a_group_gives_is_not_taken_by_hand(world: World, ola: Actor) -> None:
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (4, 'viewer', 'provider')")
    given = world.one("SELECT granted_at::text FROM ops.person_role WHERE person_id = 4")
    base = {"person_id": "4", "role": "viewer", "origin": "provider", "granted_at": given}
    table = world.catalog.by_name("ops", "person_role")
    with pytest.raises(Forbidden, match="A group gives this role"):
        world.propose(world.oz, Operation("delete", table, "~4,viewer,provider", base, {}))


def test_p9_a_group_that_means_more_reaches_whom_scim_put_into_it_at_once(world: World, ola: Actor) -> None:
    """P4, P9, P35: with the origin "scim", in the transaction that changes the meaning, and told in the trail."""
    world.sql("INSERT INTO ops.scim_group (display_name, display_key) VALUES ('staff', 'staff')")
    world.sql(
        "INSERT INTO ops.scim_user (user_name, user_key, resource, person_id) VALUES ('dee', 'dee', '{}', 4);"
        "INSERT INTO ops.scim_member SELECT g.id, u.id FROM ops.scim_group g, ops.scim_user u"
    )
    asked = world.propose(world.oz, maps(world, "staff", "auditor"))
    assert world.decide(ola, asked.change_id).state == "applied"
    held = "SELECT role, origin FROM ops.person_role WHERE person_id = 4"
    assert world.sql(held) == [("auditor", "scim")]
    assert world.events("roles.changed")[-1].body["facts"] == {"origin": "scim", "person": "4"}
    table = world.catalog.by_name("ops", "group_role")
    key, row = "~i,staff,auditor", {"iss": "i", "group_name": "staff", "role": "auditor"}
    asked = world.propose(world.oz, Operation("delete", table, key, row, {}))
    assert world.decide(ola, asked.change_id).state == "applied"
    assert world.sql(held) == []


def rights_keeper(world: World) -> Actor:
    """Somebody who may propose changes of rights and is no owner."""
    world.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('keeper', 'Keeper', '{people.read,people.edit}')"
    )
    world.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) "
        "VALUES ('keeper', 'shop', 'customer', '{see,edit}')"
    )
    world.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (8, 'i', 'kim', 'Kim')")
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (8, 'keeper', 'hand')")
    with world.db.reading() as tx:
        return identity.actor_for(tx, 8, source="web", request_id="r-kim")


def test_p17_time_alone_never_decides_for_who_is_no_owner(world: World) -> None:
    """P17: where nobody is owner just now (away too long, switched off), a change of rights waits for an owner."""
    kim = rights_keeper(world)
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 5")
    asked = world.propose(kim, gives(world, 4, "owner"))
    assert asked.state == "in_review"
    assert world.one("SELECT lapses_at FROM ops.stage") is None
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    assert changes.lapse(world.db, world.catalog) == 0
    assert world.one("SELECT lapses_at FROM ops.stage") is None
    assert not world.sql("SELECT 1 FROM ops.person_role WHERE person_id = 4 AND role = 'owner'")


def test_p17_an_owner_s_change_does_not_lapse_once_they_are_none(world: World) -> None:
    world.propose(world.oz, gives(world, 4, "viewer"))
    rights_keeper(world)
    world.sql("UPDATE ops.stage SET lapses_at = now() - interval '1 second'")
    world.sql("UPDATE ops.person_role SET role = 'keeper' WHERE person_id = 5 AND role = 'owner'")
    assert changes.lapse(world.db, world.catalog) == 0
    assert world.one("SELECT state FROM ops.change_set") == "in_review"


def test_p17_a_made_up_base_does_not_hide_whose_right_it_is(world: World, ola: Actor) -> None:
    """P17: an edit keeps only the base of what it touches, so the key alone says which row is meant."""
    world.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) "
        "VALUES ('owner', 'shop', 'customer', '{see}')"
    )
    table = world.catalog.by_name("ops", "role_table")
    one = Operation(
        "update", table, "~owner,shop,customer", {"role": "viewer", "verbs": "{see}"}, {"verbs": "{see,edit}"}
    )
    with pytest.raises(Forbidden, match="Ask another owner"):
        world.propose(world.oz, one)
