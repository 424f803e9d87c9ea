"""From a checked file to written rows: one change set, by the door, with rules, makers and events."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from ops import changes, imports, work
from ops.actor import Actor
from ops.changes import bulk
from ops.imports import ImportRefused, Run, Unfit
from ops.platform import Platform
from tests.imports.conftest import bring, checked, claim, execute, shown, staged


def proposed(platform: Platform, actor: Actor, run: Run, **how: str) -> int:
    """Propose it, and let a worker make the change."""
    said = {"reason": "the supplier's list", "mode": "chunks", "token": "t" * 22, **how}
    made = imports.propose(platform, actor, run.id, **said)
    imports.run(platform, claim(platform, run.id))
    return made.change_id


def applied(platform: Platform, change_id: int) -> str:
    """Let a worker write it; the change's state."""
    with platform.db.reading() as tx:
        work_id = tx.scalar(
            sa.text("SELECT id FROM ops.work WHERE kind = 'bulk' AND subject LIKE :s AND state = 'due'"),
            {"s": f"{change_id}:%"},
        )
    if work_id is not None:
        held = work.claim(platform.db, work_id, "test")
        assert held is not None
        bulk.run(platform.db, platform.catalog, held)
    return one(platform, "SELECT state FROM ops.change_set WHERE id = :id", id=change_id)


def one(platform: Platform, text: str, **values: object):
    with platform.db.reading() as tx:
        return tx.scalar(sa.text(text), values)


def test_rows_are_written_once_with_an_event_each(platform: Platform, ann: Actor) -> None:
    """P35, P36: one change set of the person's, an event for each row; the importer is its maker (P27)."""
    execute(platform, "INSERT INTO stock (sku, name, amount) VALUES ('A', 'Anvil', 1.50), ('B', 'Bolt', 2)")
    run = checked(platform, ann, bring(platform, ann, "sku,name,amount\nA,Anvil,1.50\nB,Bolt,3\nC,Clamp,4\n"))
    assert (run.new, run.changed, run.same, run.bad) == (1, 1, 1, 0)
    change_id = proposed(platform, ann, run)
    assert applied(platform, change_id) == "applied"
    assert one(platform, "SELECT string_agg(sku || name || amount, ' ' ORDER BY sku) FROM stock") == (
        "AAnvil1.50 BBolt3.00 CClamp4.00"
    )
    rows = "SELECT count(*) FROM ops.event WHERE change_id = :id AND action = :action"
    assert one(platform, rows, id=change_id, action="row.created") == 1
    assert one(platform, rows, id=change_id, action="row.updated") == 1
    assert one(
        platform, "SELECT how FROM ops.change_party WHERE change_id = :id AND side = 'maker'", id=change_id
    ) == ("importer")
    assert one(platform, "SELECT source FROM ops.change_set WHERE id = :id", id=change_id) == "import"
    assert shown(platform, ann, run.id).state == "proposed"
    # Proposed once more, it is the same change (P30).
    again = imports.propose(platform, ann, run.id, reason="again", mode="chunks", token="u" * 22)
    assert again.change_id == change_id


def test_a_row_that_moved_since_is_reported_not_overwritten(platform: Platform, ann: Actor) -> None:
    """P29: the dry run's difference is the base."""
    execute(platform, "INSERT INTO stock (sku, name, amount) VALUES ('A', 'Anvil', 1), ('B', 'Bolt', 2)")
    run = checked(platform, ann, bring(platform, ann, "sku,amount\nA,5\nB,6\n"))
    change_id = proposed(platform, ann, run)
    execute(platform, "UPDATE stock SET amount = 9 WHERE sku = 'A'")
    applied(platform, change_id)
    assert one(platform, "SELECT string_agg(amount::text, ' ' ORDER BY sku) FROM stock") == "9.00 6.00"
    assert one(platform, "SELECT moved FROM ops.change_bulk WHERE change_id = :id", id=change_id) == 1


def test_rules_are_asked_about_its_rows(platform: Platform, ann: Actor, bo: Actor) -> None:
    """A rule on the rows makes the whole change wait; its importer may not decide (P27)."""
    execute(
        platform,
        "INSERT INTO ops.approval_rule (name, tables, kinds, condition) "
        "VALUES ('dear', '{public.stock}', '{update,create}', 'new.amount > 100')",
    )
    cheap = checked(platform, ann, bring(platform, ann, "sku,name,amount\nA,Anvil,5\n"))
    assert applied(platform, proposed(platform, ann, cheap)) == "applied"
    dear = checked(platform, ann, bring(platform, ann, "sku,name,amount\nA,Anvil,5\nB,Bolt,500\n"))
    change_id = proposed(platform, ann, dear, token="v" * 22)
    assert one(platform, "SELECT state FROM ops.change_set WHERE id = :id", id=change_id) == "in_review"
    with platform.db.reading() as tx:
        digest = tx.scalar(sa.text("SELECT digest FROM ops.change_set WHERE id = :id"), {"id": change_id})
    changes.decide(platform.db, platform.catalog, bo, change_id, verdict="approve", digest=digest)
    assert applied(platform, change_id) == "applied"
    assert one(platform, "SELECT count(*) FROM stock") == 2


def test_a_row_out_of_sight_is_found_by_nobody(platform: Platform, ann: Actor) -> None:
    """P14: matching tells nothing about rows the person cannot see; what collides fails like anything else."""
    execute(
        platform,
        "INSERT INTO stock (sku, name, note) VALUES ('SECRET', 'Hidden', 'hidden'), ('A', 'Anvil', 'x')",
    )
    execute(
        platform,
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows) VALUES "
        "('operator', 'public', 'stock', '{see,create,edit}', 'note is empty or note <> ''hidden''')",
    )
    run = checked(platform, ann, bring(platform, ann, "sku,name\nSECRET,Seen\nFREE,Free\nA,Axe\n"))
    assert [row.after["sku"] for row in staged(platform, run, "new")] == ["SECRET", "FREE"]
    only = replace(run.plan, mode="update")
    other = checked(platform, ann, bring(platform, ann, "sku,name\nSECRET,Seen\nFREE,Free\nA,Axe\n"), only)
    said = {tuple(text for _, text in row.problems) for row in staged(platform, other, "bad")}
    assert len(said) == 1, "there and not there look the same"
    change_id = proposed(platform, ann, run)
    applied(platform, change_id)
    assert (
        one(platform, "SELECT string_agg(sku || name, ' ' ORDER BY sku) FROM stock")
        == "AAxe FREEFree SECRETHidden"
    )
    problem = one(
        platform,
        "SELECT problem FROM ops.change_target WHERE change_id = :id AND state = 'failed'",
        id=change_id,
    )
    assert problem and "Hidden" not in problem


def test_what_may_not_be_proposed(platform: Platform, ann: Actor) -> None:
    run_id = bring(platform, ann, "sku,name\nA,Anvil\n")
    with pytest.raises(ImportRefused, match="dry run"):
        imports.propose(platform, ann, run_id, reason="x", mode="chunks", token="t" * 22)
    checked(platform, ann, run_id)
    with pytest.raises(Unfit) as wrong:
        imports.propose(platform, ann, run_id, reason="", mode="chunks", token="t" * 22)
    assert set(wrong.value.fields) == {"reason"}
    # P16: judged with other rights than today's
    execute(
        platform,
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows) VALUES "
        "('operator', 'public', 'stock', '{see,create,edit}', 'sku is filled')",
    )
    with pytest.raises(ImportRefused, match="rights"):
        imports.propose(platform, ann, run_id, reason="x", mode="chunks", token="t" * 22)


def test_p47_a_table_that_moved_since_is_not_written(platform: Platform, ann: Actor) -> None:
    run = checked(platform, ann, bring(platform, ann, "sku,name\nA,Anvil\n"))
    execute(platform, "ALTER TABLE stock ALTER COLUMN name TYPE varchar(5)")
    with pytest.raises(ImportRefused, match="shape"):
        imports.propose(platform, ann, run.id, reason="x", mode="chunks", token="t" * 22)
    # The worker sees it by itself, and judges by the table as it is.
    run = checked(platform, ann, bring(platform, ann, "sku,name\nA,Anvil\nB,Longer\n"))
    assert (run.new, run.bad) == (1, 1)


def test_twenty_at_once_are_one_change(platform: Platform, ann: Actor) -> None:
    """P30: any number of clicks is one change."""
    run = checked(platform, ann, bring(platform, ann, "sku,name\nA,Anvil\n"))
    found: list[int] = []

    def click(n: int) -> None:
        made = imports.propose(platform, ann, run.id, reason="x", mode="chunks", token=f"{n:022}")
        found.append(made.change_id)

    threads = [threading.Thread(target=click, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
