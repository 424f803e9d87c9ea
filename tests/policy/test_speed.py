"""Speed: what a page asks about rights costs the same at 500 tables × 50 roles as at 5 × 5, once it is known."""

from __future__ import annotations

from bench.rights import calls, house, page


def test_a_page_s_rights_do_not_grow_with_tables_or_rules() -> None:
    """Counted in Python calls, which are the same on a busy machine."""
    counts = []
    for tables, roles in ((5, 5), (500, 50)):
        made = house(tables, roles)
        page(made)
        counts.append(calls(lambda made=made: page(made)))
    assert counts[0] == counts[1] < 400, counts


def test_another_table_of_the_same_roles_is_worked_out_once() -> None:
    made = house(20, 50)
    page(made)
    first = calls(lambda: page(made, 7))
    again = calls(lambda: page(made, 7))
    assert again < first and again == calls(lambda: page(made))
