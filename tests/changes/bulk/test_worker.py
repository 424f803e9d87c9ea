"""Many rows: frozen, asked about and written by a worker, in chunks, with a result for each row."""

from __future__ import annotations

import pytest

from ops import work
from ops.changes import Stale, bulk, heads
from ops.changes.bulk import chunk as chunks
from ops.changes.bulk import freeze
from ops.policy import Forbidden, NotVisible
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


def test_p35_rows_that_match_are_written_in_chunks(world: World, many: Many) -> None:
    """P35: 1,203 rows, each with one event; no transaction holds more than 500."""
    many.plain(1203)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}, reason="because"))
    assert outcome.state == "draft"
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": 1203}
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 1203
    events = world.events("row.updated")
    assert len({one.row_key for one in events}) == len(events) == 1203
    assert {one.body["reason"] for one in events} == {"because"}
    assert {one.person_id for one in events} == {1}
    # One moment an event batch: no more than 500 rows were written in one transaction.
    batches = world.sql(
        "SELECT count(*) AS many FROM ops.event WHERE action = 'row.updated' GROUP BY xmin::text"
    )
    assert sorted(row.many for row in batches) == [203, 500, 500]
    title = world.one("SELECT title FROM ops.change_set WHERE id = :id", id=outcome.change_id)
    assert title.startswith("Edit 1,203 ")


def test_rows_are_frozen_piece_by_piece(world: World, many: Many, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the key, each row once, whatever the number of pieces."""
    monkeypatch.setattr(freeze, "PIECE", 100)
    many.plain(450)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": 450}
    positions = world.sql("SELECT position FROM ops.change_target ORDER BY position")
    assert [row.position for row in positions] == list(range(1, 451))


def test_rows_that_moved_since_they_were_frozen_are_reported_not_written(world: World, many: Many) -> None:
    many.plain(300)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    world.rule("all", table_name="plain")
    assert many.work(outcome.change_id) == "in_review"
    world.sql("UPDATE shop.plain SET v = 'theirs' WHERE id IN (7, 8)")
    world.sql("DELETE FROM shop.plain WHERE id = 9")
    assert world.decide(world.bo, outcome.change_id).state == "approved"
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": 297, "moved": 2, "gone": 1}
    assert [row.v for row in world.sql("SELECT v FROM shop.plain WHERE id IN (7, 8)")] == ["theirs", "theirs"]
    failure = world.one("SELECT failure FROM ops.change_set WHERE id = :id", id=outcome.change_id)
    assert failure == "297 of 300 rows were written; 2 changed meanwhile, 1 gone."


def test_p28_nobody_decides_on_rows_they_were_not_shown(world: World, many: Many) -> None:
    """P28, P29: frozen rows cannot be changed; what is applied has the digest that was decided on."""
    many.plain(200)
    world.rule("all", table_name="plain")
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert many.work(outcome.change_id) == "in_review"
    with pytest.raises(Exception, match="frozen"):
        world.sql("UPDATE ops.change_target SET row_key = '[\"9999\"]' WHERE position = 1")
    # Somebody who gets round the trigger by adding a row is found by the digest.
    world.sql(
        "INSERT INTO ops.change_target (change_id, position, kind, row_key, base) "
        "SELECT change_id, 9999, kind, '[\"201\"]', base FROM ops.change_target WHERE position = 1"
    )
    world.decide(world.bo, outcome.change_id)
    assert many.work(outcome.change_id) == "failed"
    assert not world.events("row.updated")


def test_p27_the_proposer_cannot_decide_and_the_digest_counts(world: World, many: Many) -> None:
    """P27, P28."""
    many.plain(150)
    world.rule("all", table_name="plain")
    outcome = many.propose(world.max, many.wish(after={"v": "x"}))
    assert many.work(outcome.change_id) == "in_review"
    with pytest.raises(Forbidden):
        world.decide(world.max, outcome.change_id)
    with pytest.raises(Stale):
        world.decide(world.bo, outcome.change_id, digest="0" * 64)
    assert world.show(world.bo, outcome.change_id).may_decide


def test_every_rule_looks_at_every_row(world: World, many: Many) -> None:
    """A rule that matches a single one of the rows asks about the change."""
    many.plain(2500)
    world.rule("the odd one", table_name="plain", condition="old.v = 'v2345'")
    world.rule("none", table_name="plain", condition="old.v = 'nowhere'", role="owner")
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert many.work(outcome.change_id) == "in_review"
    shown = world.show(world.bo, outcome.change_id)
    assert [(stage.role, stage.why) for stage in shown.stages] == [("manager", ("the odd one",))]


def test_few_rows_that_a_rule_asks_about_wait_at_once(world: World, many: Many) -> None:
    outcome = many.propose(world.ann, many.wish("customer", 1, 2, after={"credit_limit": "20000"}))
    assert outcome.state == "in_review"
    assert world.customer(1).credit_limit == 1000
    assert world.decide(world.bo, outcome.change_id).state == "approved"
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": 2}
    assert world.customer(1).credit_limit == 20000


def test_a_rule_that_matches_only_now_holds_these_rows_back(world: World, many: Many) -> None:
    """Design, section 6: at apply, rules run again on the live row; a newly matching one reopens the review."""
    many.plain(150)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    world.rule("all", table_name="plain")
    assert many.work(outcome.change_id) == "in_review"
    world.rule("new", table_name="plain", condition="old.id = 5", role="owner")
    assert world.decide(world.bo, outcome.change_id).state == "approved"
    assert many.work(outcome.change_id) == "in_review"
    assert many.results(outcome.change_id) == {"applied": 149, "held": 1}
    shown = world.show(world.oz, outcome.change_id)
    assert [stage.role for stage in shown.stages if stage.turn] == ["owner"]
    assert world.decide(world.oz, outcome.change_id).state == "approved"
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": 150}
    assert len(world.events("row.updated")) == 150


def test_p34_who_does_not_see_every_row_cannot_decide(world: World, many: Many) -> None:
    """P34: Bo sees customers of every country, a colleague limited to France does not see them all."""
    world.sql("UPDATE ops.person_role SET role = 'operator' WHERE person_id = 4")
    outcome = many.propose(world.max, many.wish("customer", 1, 5, after={"credit_limit": "20000"}))
    assert outcome.state == "in_review"
    assert world.show(world.bo, outcome.change_id).may_decide
    with pytest.raises(NotVisible):
        world.show(world.ann, outcome.change_id)


def test_p16_rights_are_asked_again_when_the_worker_writes(world: World, many: Many) -> None:
    """P16: the proposer lost the role meanwhile: nothing is written, and it says so."""
    many.plain(150)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    world.rule("all", table_name="plain")
    many.work(outcome.change_id)
    world.decide(world.bo, outcome.change_id)
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    assert many.work(outcome.change_id) == "failed"
    assert many.results(outcome.change_id) == {"stopped": 150}
    assert not world.events("row.updated")


def test_p16_switched_off_while_it_is_under_way(
    world: World, many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P16: after the first chunk the person is switched off; what is written stays, the rest is left."""
    monkeypatch.setattr(chunks, "SIZE", 50)
    many.plain(200)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    turns = iter([False, False, False, True])
    many.work(outcome.change_id, lambda: next(turns))
    written = many.results(outcome.change_id)["applied"]
    assert 0 < written < 200
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 1")
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": written, "stopped": 200 - written}


def test_p47_a_table_that_changed_meanwhile_is_not_written(world: World, many: Many) -> None:
    """P47."""
    many.plain(150)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    world.sql("ALTER TABLE shop.plain ADD COLUMN w text")
    assert many.work(outcome.change_id) == "failed"
    assert not world.events("row.updated")


def test_withdrawn_before_it_begins(world: World, many: Many) -> None:
    from ops import changes

    many.plain(150)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert changes.withdraw(world.db, world.catalog, world.ann, outcome.change_id).state == "withdrawn"
    assert many.work(outcome.change_id) == "withdrawn"
    assert not world.events("row.updated")


def test_pause_go_on_and_stop(world: World, many: Many, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "SIZE", 50)
    many.plain(300)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    change = outcome.change_id
    turns = iter([False] * 4 + [True])
    many.work(change, lambda: next(turns))
    bulk.pause(world.db, world.catalog, world.ann, change)
    assert many.work(change) == "applying"
    paused = many.results(change)
    assert paused["waiting"] > 0
    with pytest.raises(Forbidden):
        bulk.stop(world.db, world.catalog, world.cy, change)
    bulk.go_on(world.db, world.catalog, world.ann, change)
    turns = iter([False] * 2 + [True])
    many.work(change, lambda: next(turns))
    written = many.results(change)["applied"]
    assert paused["applied"] < written < 300
    assert bulk.stop(world.db, world.catalog, world.ann, change) == "applied"
    assert many.results(change) == {"applied": written, "stopped": 300 - written}
    assert "Ann stopped it." in world.one("SELECT failure FROM ops.change_set WHERE id = :id", id=change)
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == written
    with pytest.raises(Stale):
        bulk.pause(world.db, world.catalog, world.ann, change)
    assert {one.action for one in world.events("change.paused", "change.resumed", "change.stopped")} == {
        "change.paused", "change.resumed", "change.stopped",
    }  # fmt: skip


def test_all_or_nothing_in_the_worker(world: World, many: Many) -> None:
    world.rule("all", table_name="plain")
    outcome = many.propose(world.ann, many.wish("plain", 1, 2, after={"v": "x"}, mode="whole"))
    assert outcome.state == "in_review"
    world.sql("UPDATE shop.plain SET v = 'theirs' WHERE id = 2")
    world.decide(world.bo, outcome.change_id)
    assert many.work(outcome.change_id) == "conflicted"
    assert many.results(outcome.change_id) == {"moved": 1, "stopped": 1}
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"


def test_p48_a_fenced_worker_writes_nothing(world: World, many: Many) -> None:
    """P48: whoever lost the lease writes no further chunk."""
    many.plain(150)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    with world.db.reading() as tx:
        head = heads.head(tx, outcome.change_id)
    assert head is not None
    work_id = world.one("SELECT id FROM ops.work WHERE subject = :s", s=head.subject)
    stale = work.claim(world.db, work_id, "one")
    assert stale is not None
    world.sql("UPDATE ops.work SET until = now() - interval '1 second'")
    assert work.claim(world.db, work_id, "two") is not None
    with pytest.raises(work.Fenced):
        bulk.run(world.db, world.catalog, stale)
    assert many.results(outcome.change_id) == {}


def test_guilty_rows_among_many(world: World, many: Many) -> None:
    many.plain(600)
    world.sql("ALTER TABLE shop.plain ADD CONSTRAINT plain_luck CHECK (v <> 'x' OR id NOT IN (13, 313, 513))")
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    assert many.work(outcome.change_id) == "applied"
    assert many.results(outcome.change_id) == {"applied": 597, "failed": 3}
    assert set(many.problems(outcome.change_id)) == {"13", "313", "513"}
    assert len(world.events("row.updated")) == 597


def test_undo_puts_back_what_still_stands(world: World, many: Many) -> None:
    many.plain(150)
    outcome = many.propose(world.ann, many.wish(after={"v": "x"}))
    many.work(outcome.change_id)
    world.sql("UPDATE shop.plain SET v = 'theirs' WHERE id = 7")
    undone = bulk.undo(world.db, world.catalog, world.ann, outcome.change_id, reason="wrong list")
    assert many.work(undone.change_id) == "applied"
    assert many.results(undone.change_id) == {"applied": 149, "moved": 1}
    rows = world.sql("SELECT id, v FROM shop.plain ORDER BY id LIMIT 8")
    assert [row.v for row in rows] == ["one", "two", "v3", "v4", "v5", "v6", "theirs", "v8"]
    row = world.sql("SELECT title, source FROM ops.change_set WHERE id = :id", id=undone.change_id)[0]
    assert (row.title, row.source) == (f"Undo {outcome.reference}", "undo")


def test_undo_puts_long_texts_back_from_the_trail(world: World, many: Many) -> None:
    """A change keeps the digest of a text over 8 kB, the trail the text: undo puts the very text back."""
    many.plain(150)
    was, new = "\u00e4" * 30_000, "new " * 5_000
    world.sql("UPDATE shop.plain SET v = :was || id WHERE id IN (3, 4, 5)", was=was)
    outcome = many.propose(world.ann, many.wish(after={"v": new}))
    assert many.work(outcome.change_id) == "applied"
    other = "UPDATE ops.change_target SET base = jsonb_build_object('v', 'sha256:' || repeat('0', 64)) "
    world.sql("ALTER TABLE ops.change_target DISABLE TRIGGER USER")
    world.sql(other + "WHERE change_id = :id AND row_key = '[\"5\"]'", id=outcome.change_id)
    world.sql("ALTER TABLE ops.change_target ENABLE TRIGGER USER")
    undone = bulk.undo(world.db, world.catalog, world.ann, outcome.change_id)
    many.work(undone.change_id)
    assert many.results(undone.change_id) == {"applied": 149, "failed": 1}
    assert "no longer" in many.problems(undone.change_id)["5"]
    assert world.one("SELECT v FROM shop.plain WHERE id = 4") == was + "4"
    assert world.one("SELECT v FROM shop.plain WHERE id = 7") == "v7"


def test_undo_of_a_deletion_makes_the_rows_again(world: World, many: Many) -> None:
    many.plain(150)
    outcome = many.propose(world.max, many.wish(kind="delete", listed="f.id.gt=10"))
    assert many.work(outcome.change_id) == "applied"
    assert world.one("SELECT count(*) FROM shop.plain") == 10
    undone = bulk.undo(world.db, world.catalog, world.max, outcome.change_id)
    assert many.work(undone.change_id) == "applied"
    assert world.one("SELECT count(*) FROM shop.plain") == 150
    assert world.one("SELECT v FROM shop.plain WHERE id = 77") == "v77"
    assert len(world.events("row.created")) == 140


def test_targets_of_ones_own(world: World, many: Many) -> None:
    """What imports do: new rows and changed ones, each with its values; a taken key fails by itself."""
    table = world.table("plain")
    made = bulk.Draft(
        table, ("create", "update"), ("id", "v"), None, "chunks", {"import": "1"}, "Import", "", "import"
    )
    with world.db.transaction() as tx:
        change_id = bulk.draft(tx, world.ann, "t", made)
        rows = [
            bulk.Target(1, "create", None, {}, {"id": "10", "v": "ten"}),
            bulk.Target(2, "update", ("1",), {"v": "one"}, {"v": "1"}),
            bulk.Target(3, "create", None, {}, {"id": "2", "v": "taken"}),
            bulk.Target(4, "update", ("2",), {"v": "other"}, {"v": "2"}),
        ]
        bulk.fill(tx, change_id, rows)
    outcome = bulk.submit(world.db, world.catalog, world.ann, change_id)
    assert outcome.state == "approved"
    assert many.work(change_id) == "applied"
    assert many.results(change_id) == {"applied": 2, "failed": 1, "moved": 1}
    assert [tuple(row) for row in world.sql("SELECT id, v FROM shop.plain ORDER BY id")] == [
        (1, "1"), (2, "two"), (10, "ten"),
    ]  # fmt: skip
