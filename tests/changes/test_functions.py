"""The functions of the database say what the conditions in Python say that they stand for."""

from __future__ import annotations

import sqlalchemy as sa

from ops.approvals import rules_from_json, stored_rules, waiting_for
from ops.changes import TRANSITIONS, pending, reference
from ops.changes.states import PENDING
from ops.policy import view
from tests.changes.company import World

LARGE = ("~1", {"credit_limit": "1000.00"}, {"credit_limit": "20000"})


def test_what_is_counted_for_the_frame_is_what_waits(world: World) -> None:
    """For the maker, a role that is asked, one that is not, and who has had their say (P27)."""
    world.rule("two look", table_name="customer", kinds=["update"], role="manager", needed=2)
    everybody = (world.ann, world.bo, world.cy, world.max)

    def said() -> list[tuple[int, int]]:
        with world.db.reading() as tx:
            counts = sa.text("SELECT * FROM ops.frame_counts(:who, CAST(:roles AS text[]))")
            rows = [
                tx.execute(counts, {"who": one.person_id, "roles": sorted(one.roles)}).one()
                for one in everybody
            ]
            return [
                (sum(many for _, many in row.waiting), len(waiting_for(tx, one)))
                for row, one in zip(rows, everybody, strict=True)
            ]

    assert said() == [(0, 0)] * 4
    out = world.propose(world.max, world.edit(*LARGE))
    assert said() == [(0, 0), (1, 1), (0, 0), (0, 0)]
    world.propose(world.ann, world.edit("~2", *LARGE[1:]))
    assert said() == [(0, 0), (2, 2), (0, 0), (1, 1)]
    world.decide(world.bo, out.change_id)
    assert said() == [(0, 0), (1, 1), (0, 0), (1, 1)]


def test_a_form_is_judged_by_the_rules_of_the_table(world: World) -> None:
    world.rule("off", table_name="customer", role="manager", enabled=False)
    world.rule(
        "on",
        table_name="plain",
        columns=["v"],
        kinds=["update"],
        condition="new.v = 'x'",
        role="manager",
        needed=2,
    )
    with world.db.transaction() as tx:
        row = tx.execute(sa.text("SELECT * FROM ops.take_form(1, 'a token', false)")).one()
        assert rules_from_json(row.rules) == stored_rules(tx)
        assert (row.new, row.change_id, row.held) == (True, None, ["operator"])
        again = tx.execute(sa.text("SELECT new, looked, held FROM ops.take_form(1, 'a token', true)")).one()
        assert again == (False, False, None)
        tx.execute(sa.text("SELECT pg_sleep(1.05)"))
        late = tx.execute(sa.text("SELECT looked, held FROM ops.take_form(1, 'a token', true)")).one()
        assert late == (True, ["operator"]), "who waited is read again (P16)"


def test_the_shape_of_a_table_is_told_alike_by_the_catalog_and_by_a_write(world: World) -> None:
    """P47: a write compares what `ops.table_mark` says with what the catalog read."""
    table = world.table("plain")
    with world.db.reading() as tx:
        assert tx.scalar(sa.text(f"SELECT ops.table_mark({table.oid})")) == table.mark


def test_what_waits_for_a_row_is_what_comes_to_it(world: World) -> None:
    """`ops.waits_for_row` tells of a change in just the states of `ops.changes.states.PENDING`, newest first."""
    world.rule("two look", table_name="customer", kinds=["update"], role="manager", needed=2)
    with world.db.reading() as tx:
        seen = view(world.ann, world.catalog.by_name("shop", "customer"), world.catalog)
        assert pending(tx, seen, "~1") == []
    first, second = (world.propose(who, world.edit(*LARGE)).change_id for who in (world.max, world.ann))
    for state in TRANSITIONS:
        world.sql("ALTER TABLE ops.change_set DISABLE TRIGGER USER")
        world.sql("UPDATE ops.change_set SET state = :state WHERE id = :id", state=state, id=first)
        world.sql("ALTER TABLE ops.change_set ENABLE TRIGGER USER")
        with world.db.reading() as tx:
            told = [one.reference for one in pending(tx, seen, "~1")]
            assert told == [reference(one) for one in (second, first) if one != first or state in PENDING], (
                state
            )
