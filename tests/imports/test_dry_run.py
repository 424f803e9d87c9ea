"""The dry run: what each row of a file would do, with the reasons of those that can do nothing."""

from __future__ import annotations

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
