"""Rehearsals: the exact change, run and rolled back; what was found is kept, and nothing else stays."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from ops import catalog, changes, outbox, work
from ops.catalog import Catalog, Resource
from ops.changes import Operation, Outcome, Stale, rehearsing
from ops.changes.rehearsing import Found, Rehearsal, Rows
from ops.db import Database
from ops.policy import Forbidden
from ops.work import Claim, Fenced
from tests.changes.company import Customers, World

ALL = ("customer", "orders", "line", "ticket", "payout")


def claimed(world: World) -> Claim:
    """The work a rehearsal left, taken by a worker."""
    row = world.sql("SELECT id FROM ops.work WHERE kind = 'rehearse' AND state = 'due' ORDER BY due_at DESC")[
        0
    ]
    claim = work.claim(world.db, row.id, "w1")
    assert claim is not None
    return claim


def worked(world: World, out: Outcome, tables: Catalog | None = None) -> Found:
    """The clock hands on that it waits, and a worker rehearses it."""
    with world.db.transaction() as tx:
        assert rehearsing.ask(tx, out.change_id) is not None
    rehearsing.run(world.db, tables or world.catalog, claimed(world))
    with world.db.reading() as tx:
        kept = rehearsing.last(tx, out.change_id)
    assert kept is not None and kept.outcome is not None
    return Found(kept.outcome, kept.findings)


def shown(world: World, who: str, out: Outcome) -> Rehearsal | None:
    actor = getattr(world, who)
    with world.db.reading() as tx:
        seen = changes.show(tx, world.catalog, actor, out.change_id)
        return rehearsing.shown(tx, world.catalog, actor, seen)


def asking(world: World, *operations: Operation, who: str = "ann") -> Outcome:
    """A change that waits, whatever it does."""
    world.rule("all", kinds=["create", "update", "delete"])
    out = world.propose(getattr(world, who), *operations)
    assert out.state == "in_review"
    return out


def everything(world: World) -> dict[str, Any]:
    """All rows of all tables but the rehearsal's own, its work and its one event."""
    tables = world.sql(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('shop', 'ops') "
        "AND tablename NOT IN ('rehearsal', 'work') AND tablename NOT LIKE 'event%'"
    )
    rows = {
        one.name: world.sql(f"SELECT ctid::text, xmin::text, t::text FROM {one.name} t ORDER BY 1")
        for one in tables
    }
    rows["events"] = world.sql("SELECT action FROM ops.event WHERE action <> 'change.rehearsed' ORDER BY id")
    return rows


def with_customers(world: World, **options: Any) -> Catalog:
    with world.db.reading() as tx:
        return catalog.load(tx, schemas=("shop",), resources=[type("Customers", (Customers,), options)])


def test_what_would_apply_is_said_and_nothing_stays(world: World) -> None:
    """P29, P35: no row, no version of a row, no event, no outbox: only what was found, and that it was looked at."""
    out = world.large()
    before = everything(world)
    found = worked(world, out)
    assert (found.outcome, found.findings["along"], found.findings["elsewhere"]) == ("applies", [], [])
    assert everything(world) == before
    (event,) = world.events("change.rehearsed")
    assert event.body["facts"]["outcome"] == "applies"
    assert world.one("SELECT state FROM ops.work WHERE kind = 'rehearse'") == "done"
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_what_the_database_would_refuse_is_said_in_the_doors_sentences(world: World) -> None:
    out = world.large(to="60000.00")
    found = worked(world, out)
    assert found.outcome == "stops" and "credit range" in found.findings["sentence"].lower()
    assert world.decide(world.bo, out.change_id).failure == found.findings["sentence"]


def test_a_deferred_constraint_speaks_too(world: World) -> None:
    node = Operation("create", world.table("node"), None, {}, {"id": "2", "parent": "99"})
    found = worked(world, asking(world, node))
    assert found.outcome == "stops" and found.findings["sentence"]


def test_a_row_that_moved_and_rights_that_were_taken_are_found(world: World) -> None:
    out, other = world.large(), world.large(world.max, key=2)
    world.sql("UPDATE shop.customer SET credit_limit = 1234 WHERE id = 1")
    assert worked(world, out).outcome == "conflicts"
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 6")
    found = worked(world, other)
    assert found.outcome == "stops" and "Max" in found.findings["sentence"]


def test_a_rule_that_was_added_meanwhile_is_found(world: World) -> None:
    out = world.large()
    world.rule("owners look", role="owner")
    found = worked(world, out)
    assert (found.outcome, found.findings["asks"]) == ("asks", [["owner", 1]])
    assert found.findings["why"] == ["owners look"]


def test_what_goes_along_and_what_triggers_change_is_counted_by_table(world: World) -> None:
    world.sql(
        """
        CREATE TABLE shop.log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
        CREATE FUNCTION shop.logged() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO shop.log (what) VALUES ('one'), ('two'); RETURN NULL; END $$;
        CREATE TRIGGER logged AFTER DELETE ON shop.line FOR EACH ROW EXECUTE FUNCTION shop.logged();
        """
    )
    world.rule("all", kinds=["delete"])
    out = world.propose(world.max, world.delete("~1", world.max))
    found = worked(world, out)
    assert found.outcome == "applies"
    assert found.findings["along"] == [
        ["shop", "line", "delete", 6],
        ["shop", "orders", "delete", 3],
        ["shop", "ticket", "set null", 1],
    ]
    assert found.findings["elsewhere"] == [["shop", "log", "insert", 12]]
    assert found.findings["draws"] is True
    assert world.one("SELECT count(*) FROM shop.log") == 0
    assert world.one("SELECT count(*) FROM shop.customer WHERE id = 1") == 1


def test_rows_of_partitions_count_for_the_table_people_know(world: World) -> None:
    world.sql(
        """
        CREATE TABLE shop.part (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE shop.part_1 PARTITION OF shop.part FOR VALUES FROM (0) TO (100);
        """
    )
    loaded = with_customers(world)
    world.rule("all", kinds=["create"])
    one = Operation("create", loaded.by_name("shop", "part"), None, {}, {"id": "1", "v": "x"})
    out = changes.propose(world.db, loaded, world.ann, [one])
    found = worked(world, out, loaded)
    assert (found.outcome, found.findings["elsewhere"]) == ("applies", [])


@contextmanager
def holding(world: World, statement: str) -> Iterator[None]:
    with psycopg.connect(world.db.url) as other:
        other.execute(statement.encode())
        yield
        other.rollback()


@pytest.mark.parametrize(
    "lock", ["SELECT FROM shop.customer WHERE id = 1 FOR UPDATE", "LOCK TABLE shop.customer IN SHARE MODE"]
)
def test_rows_that_others_hold_are_not_waited_for(world: World, lock: str) -> None:
    out = world.large()
    with world.db.transaction() as tx:
        rehearsing.ask(tx, out.change_id)
    with holding(world, lock):
        began = time.monotonic()
        rehearsing.run(world.db, world.catalog, claimed(world))
        assert time.monotonic() - began < 3
    seen = shown(world, "bo", out)
    assert seen is not None and seen.outcome == "busy"
    with world.db.transaction() as tx:
        assert rehearsing.ask(tx, out.change_id) is None  # by itself once for a revision
    rehearsing.again(world.db, world.catalog, world.bo, out.change_id)
    rehearsing.run(world.db, world.catalog, claimed(world))
    assert (seen := shown(world, "bo", out)) is not None and seen.outcome == "applies"


@pytest.mark.parametrize("pause", ["0.3", "2"])
def test_locks_are_held_for_half_a_second_at_most(world: World, pause: str) -> None:
    """Slow in one statement, or by many of which each is quick enough: it is ended, and others go on."""
    world.sql(
        f"""
        CREATE FUNCTION shop.slow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep({pause}); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE UPDATE ON shop.plain FOR EACH ROW EXECUTE FUNCTION shop.slow();
        """
    )
    edits = [world.edit(f"~{n}", {"v": was}, {"v": "x"}, "plain") for n, was in ((1, "one"), (2, "two"))]
    found = worked(world, asking(world, *edits))
    assert found.outcome == "slow"
    assert world.sql("SELECT v FROM shop.plain ORDER BY id FOR UPDATE NOWAIT")[0].v == "one"
    left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'countersign rehearsal'"
    until = time.monotonic() + 3  # its locks are gone; its process may take a moment to be
    while world.one(left):
        assert time.monotonic() < until
        time.sleep(0.02)


SHADY = """
    CREATE LANGUAGE plshady HANDLER plpgsql_call_handler;
    CREATE SEQUENCE shop.ran;
    CREATE FUNCTION shop.shady() RETURNS trigger LANGUAGE plshady AS $$
    BEGIN PERFORM nextval('shop.ran'); RETURN NEW; END $$;
"""


def ran(world: World) -> bool:
    """Whether the trigger ran: a sequence is not rolled back."""
    return bool(world.one("SELECT is_called FROM shop.ran"))


@pytest.mark.parametrize(
    "where",
    [
        "CREATE TRIGGER shady BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.shady()",
        """CREATE TRIGGER shady BEFORE INSERT ON shop.plain FOR EACH ROW EXECUTE FUNCTION shop.shady();
        CREATE FUNCTION shop.further() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO shop."plain" VALUES (NEW.id + 100, 'x'); RETURN NEW; END $$;
        CREATE TRIGGER further BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.further()""",
        """CREATE TRIGGER shady BEFORE INSERT ON shop.plain FOR EACH ROW EXECUTE FUNCTION shop.shady();
        CREATE RULE further AS ON UPDATE TO shop.customer DO ALSO INSERT INTO shop.plain VALUES (NEW.id + 100, 'x')""",
    ],
)
def test_a_trigger_in_an_untrusted_language_is_not_run(world: World, where: str) -> None:
    """Neither on the table itself, nor on one that its own triggers or rules write to."""
    out = world.large()
    world.sql(SHADY + where)
    found = worked(world, out)
    assert (found.outcome, found.findings["why"]) == ("refused", "untrusted")
    assert found.findings["what"] == "shop.shady (plshady)"
    assert not ran(world)


def test_on_a_table_that_cascades_reach_it_is_not_run_either(world: World) -> None:
    world.rule("all", kinds=["delete"])
    out = world.propose(world.max, world.delete("~1", world.max))
    world.sql(SHADY + "CREATE TRIGGER shady AFTER DELETE ON shop.line EXECUTE FUNCTION shop.shady()")
    assert worked(world, out).outcome == "refused"
    assert not ran(world)


def test_c_that_is_not_postgresqls_own_and_statements_built_on_the_way_are_not_run(world: World) -> None:
    out = world.large()
    world.sql(
        """
        CREATE FUNCTION shop.built() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN EXECUTE 'SELECT 1'; RETURN NEW; END $$;
        CREATE TRIGGER built BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.built();
        """
    )
    assert worked(world, out).outcome == "applies"  # there is nothing here that must not be run
    world.sql(
        "CREATE FUNCTION shop.clash() RETURNS trigger LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'"
    )
    rehearsing.again(world.db, world.catalog, world.ann, out.change_id)
    rehearsing.run(world.db, world.catalog, claimed(world))
    seen = shown(world, "ann", out)
    assert seen is not None and (seen.outcome, seen.why) == ("refused", "made")
    world.sql("DROP TRIGGER built ON shop.customer")
    world.sql("CREATE TRIGGER z BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.clash()")
    rehearsing.again(world.db, world.catalog, world.ann, out.change_id)
    rehearsing.run(world.db, world.catalog, claimed(world))
    seen = shown(world, "ann", out)
    assert seen is not None and (seen.why, seen.what) == ("untrusted", "shop.clash (c)")


def test_a_notification_is_sent_at_commit_only_so_it_may_be_rehearsed(world: World) -> None:
    out = world.large()
    world.sql(
        """
        CREATE FUNCTION shop.told() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_notify('shop', 'changed'); RETURN NEW; END $$;
        CREATE TRIGGER told BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.told();
        """
    )
    with psycopg.connect(world.db.url, autocommit=True) as listener:
        listener.execute("LISTEN shop")
        assert worked(world, out).outcome == "applies"
        assert list(listener.notifies(timeout=0.3)) == []


def test_a_resource_says_that_it_is_safe_or_that_it_must_not_be(world: World) -> None:
    world.sql(
        SHADY
        + "CREATE TRIGGER shady BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.shady()"
    )
    world = replace(world, catalog=with_customers(world))
    out = world.large()
    with world.db.transaction() as tx:
        rehearsing.ask(tx, out.change_id)
    rehearsing.run(world.db, with_customers(world, rehearse=False), claimed(world))
    assert (seen := shown(world, "ann", out)) is not None and seen.why == "declared"
    assert not ran(world)
    rehearsing.again(world.db, world.catalog, world.ann, out.change_id)
    rehearsing.run(world.db, with_customers(world, rehearse=True), claimed(world))
    assert (seen := shown(world, "ann", out)) is not None and seen.outcome == "applies"
    assert ran(world)


def test_p14_who_looks_sees_what_their_view_has(world: World) -> None:
    """Numbers of rows out of sight are not told; the reason only to who sees the change in full."""

    class Lines(Resource):
        table = "shop.line"
        rows = {"manager": "no = 1"}

    world.rule("all", kinds=["delete"])
    out = world.propose(world.max, world.delete("~1", world.max))
    worked(world, out)
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, schemas=("shop",), resources=[Customers, Lines])
    seen = shown(world, "bo", out)
    assert seen is not None
    label = world.table("line").label
    assert Rows(label, "delete", None) in seen.along
    assert Rows(world.table("orders").label, "delete", 3) in seen.along
    assert shown(world, "cy", out) is None  # an auditor neither proposes nor decides
    with pytest.raises(Forbidden):
        rehearsing.again(world.db, world.catalog, world.cy, out.change_id)


def test_it_is_of_a_revision_and_of_what_still_waits(world: World) -> None:
    out = world.large()
    with world.db.transaction() as tx:
        rehearsing.ask(tx, out.change_id)
        assert rehearsing.ask(tx, out.change_id, by=2) is None  # one is under way
    assert (seen := shown(world, "ann", out)) is not None and seen.outcome is None
    claim = claimed(world)
    changes.withdraw(world.db, world.catalog, world.ann, out.change_id)
    rehearsing.run(world.db, world.catalog, claim)
    assert world.one("SELECT outcome FROM ops.rehearsal") == "over"
    with pytest.raises(Stale):
        rehearsing.again(world.db, world.catalog, world.ann, out.change_id)


def test_the_outbox_asks_for_it_and_a_worker_that_lost_its_lease_writes_nothing(world: World) -> None:
    """P48: what is left in the outbox and in the work is enough; nobody has to ring."""
    out = world.large()
    handlers = rehearsing.beside({})
    assert outbox.drain(world.db, handlers) == 1
    claim = claimed(world)
    world.sql("UPDATE ops.work SET fence = fence + 1")
    with pytest.raises(Fenced):
        rehearsing.run(world.db, world.catalog, claim)
    assert world.one("SELECT count(*) FROM ops.rehearsal WHERE outcome IS NOT NULL") == 0
    assert world.events("change.rehearsed") == []
    assert out.state == "in_review"


def test_a_worker_that_dies_each_time_leaves_word(world: World) -> None:
    out = world.large()
    with world.db.transaction() as tx:
        rehearsing.ask(tx, out.change_id)
    claim = claimed(world)
    with world.db.transaction() as tx:
        rehearsing.bury(tx, work.rows.Buried(claim.id, claim.kind, claim.subject))
    assert (seen := shown(world, "ann", out)) is not None and seen.outcome == "given_up"


def test_the_transaction_is_rolled_back_when_its_connection_dies(world: World, db: Database) -> None:
    """A worker killed in the middle: PostgreSQL takes back what it wrote."""
    from ops.changes.rehearsing.bounds import LIMITS

    own = Database(db.url, application_name="countersign rehearsal", pool_size=1)
    with pytest.raises(RuntimeError), own.transaction(LIMITS) as tx:
        tx.connection().exec_driver_sql("UPDATE shop.plain SET v = 'x'")
        tx.connection().connection.driver_connection.close()  # type: ignore[union-attr]  # it is there
        raise RuntimeError("killed")
    own.close()
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 0


def test_p17_a_change_of_rights_is_rehearsed_and_gives_nobody_anything(world: World) -> None:
    table = world.catalog.by_name("ops", "person_role")
    out = world.propose(world.oz, Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"}))
    assert out.state == "in_review"
    before = everything(world)
    assert worked(world, out).outcome == "applies"
    assert everything(world) == before
