"""Editing what other rows refer to: the form says whose rows change with it, and so does who decides read."""

from __future__ import annotations

from tests.web.records.forms import House

TABLES = """
CREATE TABLE shop.supplier_cards (
    id int PRIMARY KEY, supplier text REFERENCES shop.suppliers (code) ON UPDATE CASCADE, note text
);
INSERT INTO shop.supplier_cards SELECT n, (SELECT min(code) FROM shop.suppliers) FROM generate_series(1, 3) n;
INSERT INTO ops.approval_rule (name, tables, kinds, stages)
VALUES ('cards', '{shop.supplier_cards}', '{update}', '[{"role": "manager", "needed": 1}]')
"""


def test_p31_the_form_says_it_and_the_rule_of_the_other_table_is_asked(house: House) -> None:
    """P31, P35: from the form to the page of who decides, and to the trail."""
    house.sql(TABLES)
    house.platform.refresh()
    key = house.one("SELECT id FROM shop.suppliers ORDER BY code LIMIT 1")
    path = f"/tables/shop.suppliers/~{key}/edit"
    ann = house.visit("ann")
    ann.get(path)
    hint = ann.page.select_one("#f-v-code-hint, [id$='code-hint']")
    assert hint is not None and "Rows of Supplier cards that refer to this change with it" in hint.get_text()
    assert ann.page.get_text().count("that refer to this change with it") == 1
    house.fill("ann", path, {"v.code": "NEW-1", "reason": "renamed"})
    assert house.one("SELECT count(*) FROM shop.supplier_cards WHERE supplier = 'NEW-1'") == 0
    change = house.one("SELECT id FROM ops.change_set WHERE state = 'in_review'")
    bo = house.visit("bo")
    assert "3 of Supplier cards change where they refer to it" in bo.get(f"/changes/CH-{change}").text
    house.send(bo, f"/changes/CH-{change}/decision", {"verdict": "approve"}, "decision")
    assert house.one("SELECT count(*) FROM shop.supplier_cards WHERE supplier = 'NEW-1'") == 3
    trail = house.visit("cy").get(f"/audit/?change=CH-{change}").text
    assert trail.count("took a row along") >= 3
