"""The dry run: what each row of a file would do, with the reasons of those that can do nothing."""

from __future__ import annotations

import sqlalchemy as sa

from ops.actor import Actor
from ops.platform import Platform
from tests.imports.conftest import bring, checked, execute, shown, staged


def test_new_changed_same_and_bad(platform: Platform, ann: Actor) -> None:
    execute(platform, "INSERT INTO stock (sku, name, amount) VALUES ('A', 'Anvil', 1.50), ('B', 'Bolt', 2)")
    run_id = bring(
        platform, ann, "sku;name;amount;pieces\nA;Anvil;1,5;\nB;Bolt;3,00;7\nC;Clamp;4,25;1\nD;;1,00;x\n"
    )
    plan = shown(platform, ann, run_id).plan
    assert plan.columns == ("sku", "name", "amount", "pieces")
    assert (plan.reading.separator, plan.reading.decimal) == (";", ",")
    assert (plan.match, plan.mode) == (("sku",), "both")
    run = checked(platform, ann, run_id)
    assert run.error is None
    assert (run.state, run.new, run.changed, run.same, run.bad) == ("checked", 1, 1, 1, 1)
    (changed,) = staged(platform, run, "changed")
    assert (changed.base, changed.after, changed.line) == (
        {"amount": "2.00", "pieces": None}, {"amount": "3.00", "pieces": "7"}, 3,
    )  # fmt: skip
    (new,) = staged(platform, run, "new")
    assert new.after == {"sku": "C", "name": "Clamp", "amount": "4.25", "pieces": "1"}
    (bad,) = staged(platform, run, "bad")
    assert {column for column, _ in bad.problems} == {"pieces"} | (
        {"name"} if len(bad.problems) > 1 else set()
    )
    assert bad.cells == ["D", "", "1,00", "x"]


def test_p15_rows_outside_ones_own_are_told_before_they_are_proposed(
    platform: Platform, ann: Actor, oz: Actor
) -> None:
    """P15: what the door would refuse for the person's row condition is bad in the dry run already, with the reason.

    The demo keeps customers of Iceland from operators: neither a new one nor an old one may go there.
    """
    execute(platform, "UPDATE shop.customers SET country = 'DE' WHERE id IN (1, 2)")
    numbers = _numbers(platform)
    text = f"number,name,country\n,Nice,IS\n,Near,DK\n{numbers[0]},Moved,IS\n{numbers[1]},Kept,DK\n"
    run = checked(platform, ann, bring(platform, ann, text, "shop.customers"))
    assert (run.new, run.changed, run.bad) == (1, 1, 2)
    new, old = staged(platform, run, "bad")
    assert (new.line, old.line) == (2, 4)
    assert "outside the rows that are yours" in new.problems[0][1]
    assert "outside the rows that are yours" in old.problems[0][1]
    run = checked(platform, oz, bring(platform, oz, text, "shop.customers"))
    assert run.bad == 0, "an owner sees them all"


def _numbers(platform: Platform) -> list[str]:
    with platform.db.reading() as tx:
        return list(tx.scalars(sa.text("SELECT number FROM shop.customers WHERE id IN (1, 2) ORDER BY id")))


def test_p15_a_default_counts_and_what_nobody_knows_yet_is_left_to_the_door(
    platform: Platform, ann: Actor
) -> None:
    """P15: a value that is not given is its default; a number the database will draw is not drawn for asking."""
    rule = (
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows) "
        "VALUES ('operator', 'public', 'stock', '{see,create,edit}', :rows) "
        "ON CONFLICT (role, schema_name, table_name) DO UPDATE SET rows = excluded.rows"
    )
    execute(platform, rule, rows="note = 'none'")
    text = "sku,name,note\nA,Anvil,\nB,Bolt,other\nC,Clamp,none\n"
    run = checked(platform, ann, bring(platform, ann, text))
    assert [row.line for row in staged(platform, run, "bad")] == [3]
    execute(platform, rule, rows="id < 0")
    assert checked(platform, ann, bring(platform, ann, text)).new == 3
    execute(platform, "INSERT INTO stock (sku, name) VALUES ('Z', 'Zip')")
    with platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT id FROM stock")) == 1, "no number was drawn"
