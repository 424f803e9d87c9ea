"""Proposing: applied at once where no rule asks; merges, conflicts, forged forms, one effect for one form."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ops import catalog, changes, identity
from ops.changes import Conflict, Invalid, Operation, Outcome
from ops.db import Busy, Database, statements
from ops.policy import Forbidden, NotVisible
from tests.changes import company
from tests.changes.company import World


@pytest.fixture(params=[False, True], ids=["called", "posted"])
def world(db: Database, request: pytest.FixtureRequest) -> World:
    return replace(company.world_of(db), posted=request.param)


def test_an_edit_without_a_rule_is_applied_at_once_with_its_event(world: World) -> None:
    out = world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Zed"}), reason="typo")
    assert (out.state, out.result_key, out.reference) == ("applied", "~1", f"CH-{out.change_id}")
    assert world.customer().name == "Zed"
    (event,) = world.events()
    assert (event.action, event.person_id, event.change_id, event.row_key) == (
        "row.updated",
        1,
        out.change_id,
        "~1",
    )
    # What a trigger changed is there too.
    assert event.body["before"] == {"name": "Customer 1", "changed": "0"}
    assert event.body["after"] == {"name": "Zed", "changed": "1"}
    assert event.body["reason"] == "typo"
    change = world.sql("SELECT * FROM ops.change_set")[0]
    assert (change.state, change.proposer_id, change.source) == ("applied", 1, "form")
    assert change.finished_at >= change.submitted_at
    told = world.sql("SELECT kind, body FROM ops.outbox")
    assert [(row.kind, row.body) for row in told] == [("change.applied", {"change_id": str(out.change_id)})]


def test_a_single_edit_costs_five_round_trips(world: World) -> None:
    with world.db.reading() as tx:
        identity.current_actor(tx, world.ann)  # a process reads the roles of a stamp once
    before = statements()
    world.propose(world.ann, world.edit("~1", {"note": "a"}, {"note": "b"}, table="ticket"), token="t")
    # BEGIN; token, rights, rules; lock, compare, write; change, event; COMMIT
    assert statements() - before <= 5


def test_p29_an_edit_that_waited_for_another_sees_what_that_one_wrote(world: World) -> None:
    """P29: the row is locked, compared and written in one statement, and compared as it is by then."""

    def beside(theirs: str, after: str) -> Outcome:
        edit = world.edit("~1", {"note": "a"}, {"note": after}, table="ticket")
        with world.db.engine.connect() as other, ThreadPoolExecutor(1) as pool:
            other.exec_driver_sql("BEGIN")
            other.exec_driver_sql(f"UPDATE shop.ticket SET {theirs} WHERE id = 1")
            saving = pool.submit(world.propose, world.ann, edit)
            time.sleep(0.4)
            assert not saving.done()
            other.exec_driver_sql("COMMIT")
            return saving.result(10)

    assert beside("customer_id = 2", "mine").state == "applied"
    assert world.sql("SELECT customer_id, note FROM shop.ticket WHERE id = 1") == [(2, "mine")]
    world.sql("UPDATE shop.ticket SET note = 'a'")
    with pytest.raises(Conflict) as caught:
        beside("note = 'theirs'", "mine again")
    assert [(one.original, one.current) for one in caught.value.fields] == [("a", "theirs")]
    assert world.one("SELECT note FROM shop.ticket WHERE id = 1") == "theirs"
    (told,) = world.events("row.updated")
    assert told.body["before"] == {"note": "a"}


def test_p36_a_single_statement_writes_all_or_nothing(world: World) -> None:
    """P36: what a trigger swallows, or a key nobody has, leaves no change and no event."""
    with pytest.raises(Conflict) as gone:
        world.propose(world.ann, world.edit("~99", {"note": "a"}, {"note": "b"}, table="ticket"))
    assert gone.value.row_gone
    world.sql("CREATE FUNCTION shop.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    world.sql("CREATE TRIGGER no BEFORE UPDATE ON shop.ticket FOR EACH ROW EXECUTE FUNCTION shop.no()")
    with pytest.raises(Invalid):
        world.propose(world.ann, world.edit("~1", {"note": "a"}, {"note": "b"}, table="ticket"))
    assert world.one("SELECT note FROM shop.ticket WHERE id = 1") == "a"
    assert world.events("row.updated") == [] and world.sql("SELECT FROM ops.change_set") == []


def test_a_new_row_gets_its_defaults_and_its_key(world: World) -> None:
    out = world.propose(world.ann, Operation("create", world.table("customer"), after={"name": "New"}))
    key = int((out.result_key or "~0")[1:])
    row = world.customer(key)
    assert (row.name, row.country, row.credit_limit) == ("New", "DE", 0)
    (event,) = world.events("row.created")
    assert event.row_key == out.result_key and event.body["before"] is None
    assert event.body["after"]["secret"] is None and event.body["after"]["country"] == "DE"
    assert world.one("SELECT row_key FROM ops.operation") == [str(key)]


def test_a_new_row_may_have_nothing_but_defaults(world: World) -> None:
    world.sql(
        "CREATE TABLE shop.log "
        "(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at date DEFAULT '2026-01-01')"
    )
    world.catalog = _reloaded(world)
    out = world.propose(world.ann, Operation("create", world.table("log")))
    assert out.result_key == "~1"


def test_other_columns_merge(world: World) -> None:
    first = world.edit("~1", {"name": "Customer 1"}, {"name": "A"})
    second = world.edit("~1", {"email": "c1@x"}, {"email": "b@x"})
    world.propose(world.ann, first)
    assert world.propose(world.max, second).state == "applied"
    assert (world.customer().name, world.customer().email) == ("A", "b@x")


def test_the_same_column_conflicts_and_nothing_is_written_or_lost(world: World) -> None:
    world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "A"}))
    with pytest.raises(Conflict) as caught:
        world.propose(
            world.max, world.edit("~1", {"name": "Customer 1", "code": "C1"}, {"name": "B", "code": "X"})
        )
    (field,) = caught.value.fields
    assert (field.column, field.original, field.proposed, field.current) == ("name", "Customer 1", "B", "A")
    assert (world.customer().name, world.customer().code) == ("A", "C1")
    assert world.one("SELECT count(*) FROM ops.change_set") == 1


def test_a_row_that_is_gone_is_told_as_gone(world: World) -> None:
    for key in ("~999", "~abc", "nonsense", "~1,2"):
        with pytest.raises((Conflict, Invalid)) as caught:
            world.propose(world.ann, world.edit(key, {"name": "x"}, {"name": "y"}))
        if isinstance(caught.value, Conflict):
            assert caught.value.row_gone


def test_only_what_differs_from_what_was_shown_is_touched(world: World) -> None:
    both = world.edit("~1", {"name": "Customer 1", "code": "C1"}, {"name": "Customer 1", "code": "X"})
    world.propose(world.ann, both)
    assert world.one("SELECT after FROM ops.operation") == {"code": "X"}
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"name": "n"}, {"name": "n"}))
    assert caught.value.general


def test_null_and_empty_are_two_things(world: World) -> None:
    world.propose(world.ann, world.edit("~1", {"code": "C1"}, {"code": ""}))
    assert world.customer().code == ""
    world.propose(world.ann, world.edit("~1", {"code": ""}, {"code": None}))
    assert world.customer().code is None
    with pytest.raises(Conflict):
        world.propose(world.ann, world.edit("~1", {"code": ""}, {"code": "x"}))


def test_one_row_by_two_spellings_of_its_key_is_one_row(world: World) -> None:
    world.propose(world.ann, world.edit("~01", {"name": "Customer 1"}, {"name": "A"}))
    assert world.events()[0].row_key == "~1"
    assert world.one("SELECT row_key FROM ops.operation") == ["1"]


@pytest.mark.parametrize(
    "column", ["nothing", "secret", "card", "changed", "id", "twice", "name; DROP TABLE x", ""]
)
def test_p15_forged_fields_change_nothing(world: World, column: str) -> None:
    before = world.customer()
    with pytest.raises(Forbidden):
        world.propose(
            world.ann, world.edit("~1", {"name": "Customer 1", column: "1"}, {"name": "Z", column: "2"})
        )
    assert world.customer() == before
    (event,) = world.events()
    assert (event.action, event.outcome, event.person_id) == ("change.submitted", "refused", 1)


def test_p15_a_hidden_column_is_refused_in_the_same_words_as_none(world: World) -> None:
    words = set()
    for column in ("secret", "nothing"):
        with pytest.raises(Forbidden) as caught:
            world.propose(world.ann, world.edit("~1", {column: "1"}, {column: "2"}))
        words.add(str(caught.value).replace(column, "COLUMN"))
    assert len(words) == 1


def test_p15_a_form_without_its_base_is_incomplete(world: World) -> None:
    with pytest.raises(Invalid):
        world.propose(world.ann, world.edit("~1", {}, {"name": "Z"}))
    with pytest.raises(Invalid):
        world.propose(world.ann, Operation("delete", world.table("plain"), "~1", {"id": "1"}))
    assert world.customer().name == "Customer 1"


def test_p14_a_row_out_of_sight_is_not_there(world: World) -> None:
    for name in ("Customer 5", "wrong"):
        with pytest.raises(Conflict) as caught:
            world.propose(world.ann, world.edit("~5", {"name": name}, {"name": "Z"}))
        assert caught.value.row_gone and not caught.value.fields
    world.propose(world.oz, world.edit("~5", {"name": "Customer 5"}, {"name": "Z"}))


def test_nobody_puts_a_row_out_of_their_own_sight(world: World) -> None:
    with pytest.raises(Invalid):
        world.propose(world.ann, world.edit("~1", {"country": "DE"}, {"country": "FR"}))
    with pytest.raises(Invalid):
        world.propose(
            world.ann, Operation("create", world.table("customer"), after={"name": "x", "country": "FR"})
        )
    assert world.customer().country == "DE"


def test_the_ladder_of_who_may(world: World) -> None:
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "Z"})
    for actor in (world.bo, world.cy):
        with pytest.raises(Forbidden):
            world.propose(actor, edit)
    with pytest.raises(NotVisible):
        world.propose(world.dee, edit)
    assert [event.outcome for event in world.events()] == ["refused"] * 3
    assert world.customer().name == "Customer 1"


def test_p16_rights_are_those_of_the_moment_of_writing(world: World) -> None:
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "Z"})
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    with pytest.raises(NotVisible):
        world.propose(world.ann, edit)
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 5")
    with pytest.raises(identity.Disabled):
        world.propose(world.oz, edit)
    assert world.customer().name == "Customer 1"


def test_p30_a_form_sent_again_gives_the_first_result(world: World) -> None:
    edit = world.edit("~1", {"code": "C1"}, {"code": "C1b"})
    first = world.propose(world.ann, edit, token="form-1")
    again = world.propose(world.ann, edit, token="form-1")
    assert again.repeated and (again.change_id, again.state, again.result_key) == (
        first.change_id,
        "applied",
        "~1",
    )
    assert world.customer().changed == 1
    # The token is the person's own: another's form of the same name is another form.
    assert (
        world.propose(world.max, world.edit("~1", {"code": "C1b"}, {"code": "x"}), token="form-1").change_id
        > first.change_id
    )


def test_a_failed_attempt_does_not_use_the_form_up(world: World) -> None:
    with pytest.raises(Invalid):
        world.propose(world.ann, world.edit("~1", {"born": None}, {"born": "tomorrowish"}), token="t")
    assert not world.propose(
        world.ann, world.edit("~1", {"born": None}, {"born": "2000-02-29"}), token="t"
    ).repeated


def test_a_locked_row_is_busy_not_waited_for(world: World) -> None:
    import psycopg

    with psycopg.connect(world.db.url) as other:
        other.execute("UPDATE shop.customer SET name = 'held' WHERE id = 1")
        with pytest.raises(Busy):
            world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Z"}))
        other.rollback()
    assert world.customer().name == "Customer 1"


def test_several_operations_are_one_change_all_or_nothing(world: World) -> None:
    good = world.edit("~1", {"name": "Customer 1"}, {"name": "A"})
    bad = world.edit("~2", {"code": "C2"}, {"code": "C3"})
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, good, bad)
    assert caught.value.position == 1 and "code" in caught.value.fields
    assert world.customer().name == "Customer 1"
    out = world.propose(world.ann, good, world.edit("~2", {"code": "C2"}, {"code": "D"}))
    assert [e.row_key for e in world.events("row.updated")] == ["~1", "~2"]
    assert world.one("SELECT count(*) FROM ops.operation WHERE change_id = :id", id=out.change_id) == 2
    with pytest.raises(Invalid):
        world.propose(world.ann, good, good)


def test_p47_a_column_that_is_gone_is_told_and_nothing_written(world: World) -> None:
    world.sql("ALTER TABLE shop.customer DROP COLUMN code")
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Z"}))
    assert "changed by its owners" in (caught.value.general or "")


def test_long_texts_are_compared_by_their_digest(world: World) -> None:
    long = "ü" * 9000
    world.sql("UPDATE shop.plain SET v = :v WHERE id = 1", v=long)
    edit = world.edit("~1", changes.base_of({"v": long}), {"v": long + "!"}, table="plain")
    assert (edit.base["v"] or "").startswith("sha256:")
    world.propose(world.ann, edit)
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == long + "!"
    with pytest.raises(Conflict):
        world.propose(world.ann, edit)
    assert world.events()[0].body["after"]["v"] == long + "!"


def test_values_python_cannot_hold_pass_through(world: World) -> None:
    world.sql(
        "CREATE TABLE shop.odd (id int PRIMARY KEY, "
        "ts timestamptz, d date, n numeric, i interval, t time, j json, "
        "p point, b bytea, r int4range, u bit(3), e inet)"
    )
    world.sql("INSERT INTO shop.odd (id) VALUES (1)")
    world.catalog = _reloaded(world)
    values = {
        "ts": "infinity", "d": "0044-03-15 BC", "n": "1" * 400, "i": "1 mon -1 days", "t": "24:00:00",
        "j": '{"a":  1.0, "a": 2}', "p": "(1,2)",
        "b": "\\x00ff", "r": "[1,5)", "u": "101", "e": "10.0.0.1/32",
    }  # fmt: skip
    world.propose(world.ann, world.edit("~1", dict.fromkeys(values), values, table="odd"))
    assert world.events()[0].body["after"] == values
    world.propose(world.ann, world.edit("~1", values, {**values, "n": "NaN"}, table="odd"))
    assert world.one("SELECT n::text FROM shop.odd") == "NaN"


def test_odd_names_do_not_meet(world: World) -> None:
    world.sql(
        'CREATE TABLE shop."o.d%d (x)" ("a.b" int PRIMARY KEY, '
        '"a_b" text, "a b" text, "%(x)s" text, "ü:y" text, "q""" text)'
    )
    world.sql('INSERT INTO shop."o.d%d (x)" VALUES (1)')
    world.catalog = _reloaded(world)
    after = {"a_b": "1", "a b": "2", "%(x)s": "3", "ü:y": "4", 'q"': "5"}
    world.propose(world.ann, world.edit("~1", dict.fromkeys(after), after, table="o.d%d (x)"))
    assert list(world.sql('SELECT * FROM shop."o.d%d (x)"')[0]) == [1, "1", "2", "3", "4", "5"]


def test_whom_saving_would_ask_is_told_before(world: World) -> None:
    world.rule("deletes", kinds=["delete"])
    edit = world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "20000"})
    small = world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "20"})
    bad = world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "lots"})
    delete = world.delete("~2", world.ann)
    with world.db.reading() as tx:
        roles = [
            [stage.role for stage in changes.asks(tx, world.catalog, world.ann, [one])]
            for one in (edit, small, bad, delete)
        ]
    assert roles == [["manager"], [], [], ["manager"]]


def test_the_trail_is_the_shape_the_page_says(world: World) -> None:
    from tests.audit import stranger

    world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "Zed"}))
    rows = world.sql("SELECT e.line, p.salt, p.body FROM ops.event e JOIN ops.event_payload p USING (uid)")
    for row in rows:
        stranger.verify(row.line, bytes(row.salt), row.body)
        assert "Zed" not in row.line
    assert json.loads(rows[0].line)["oid"] == str(world.table("customer").oid)


def _reloaded(world: World):
    from ops import catalog
    from tests.changes.company import Customers

    with world.db.reading() as tx:
        return catalog.load(tx, schemas=("shop",), resources=[Customers])


def test_a_reason_is_bounded_and_what_was_typed_is_kept(world: World) -> None:
    edit = world.edit("~1", {"note": "a"}, {"note": "b"}, table="ticket")
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, edit, reason="x" * 4001, token="t")
    assert "4,000" in (caught.value.general or "") and "4,001" in (caught.value.general or "")
    assert world.propose(world.ann, edit, reason="x" * 3999 + "\r\n", token="t").state == "applied"


def test_seconds_are_never_rounded_silently(world: World) -> None:
    world.sql(
        "CREATE TABLE shop.moment (id int PRIMARY KEY, exact timestamptz, whole timestamp(0), at time(2))"
    )
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, schemas=("shop",), resources=[])
    table = world.table("moment")
    given = {
        "id": "1",
        "exact": "2001-02-03 10:00:00.123456",
        "whole": "2001-02-03 10:00:00.0",
        "at": "10:00:00.25",
    }
    world.propose(world.ann, Operation("create", table, after=given))
    for name, text in (
        ("exact", "2001-02-03 10:00:00.1234567"),
        ("whole", "2001-02-03 10:00:00.6"),
        ("at", "1:2:3.456"),
    ):
        with pytest.raises(Invalid) as caught:
            world.propose(world.ann, Operation("create", table, after={**given, "id": "2", name: text}))
        assert "rounded" in caught.value.fields[name]
