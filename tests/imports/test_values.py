"""Every kind of value, row by row: what fits is written as PostgreSQL writes it, what does not is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from ops import imports
from ops.actor import Actor
from ops.imports import Unfit
from ops.platform import Platform
from tests.imports.conftest import bring, checked, claim, execute, shown, staged

HEAD = "sku,name,amount,pieces,big,ok,day,at,seen,shade,tags,more,pair,span,ip,code"


def one(platform: Platform, actor: Actor, **cells: str):
    """The verdict on one row with these cells."""
    names = ["sku", "name", *cells]
    quoted = ['"' + text.replace('"', '""') + '"' for text in ("A", "Anvil", *cells.values())]
    run_id = bring(platform, actor, f"{','.join(names)}\n{','.join(quoted)}\n")
    plan = shown(platform, actor, run_id).plan
    reading = replace(plan.reading, decimal=plan.reading.decimal or ".", dates=plan.reading.dates or "dmy")
    run = checked(platform, actor, run_id, replace(plan, reading=reading))
    (row,) = [row for state in imports.STATES for row in staged(platform, run, state)]
    return row


GOOD = [
    ("amount", "1234.5", "1234.50"), ("amount", "-0.10", "-0.10"), ("amount", "1e2", "100.00"), ("pieces", " 7 ", "7"),
    ("pieces", "7.00", "7"), ("big", "9223372036854775807", "9223372036854775807"), ("ok", "Ja", "true"),
    ("ok", "0", "false"), ("day", "5.1.2026", "2026-01-05"), ("day", "20260105", "2026-01-05"),
    ("at", "2026-01-05 10:00+02", "2026-01-05 08:00:00+00"), ("seen", "5.1.2026 10:00:00.25", "2026-01-05 10:00:00.25"),
    ("shade", "GREEN", "Green"), ("tags", "{a,b}", "{a,b}"), ("more", '{"b": 1, "a": 2}', '{"a": 2, "b": 1}'),
    ("pair", "4", "4"), ("span", "1 day 2:00", "1 day 02:00:00"), ("ip", "10.0.0.1", "10.0.0.1/32"),
    ("code", "ab", "ab"),
    ("note", "=1+1", "=1+1"), ("note", "'=1+1", "=1+1"), ("note", "  two ", "  two "),
    ("note", "line\nbreak", "line\nbreak"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cell", "value"), GOOD)
def test_good(platform: Platform, ann: Actor, column: str, cell: str, value: str) -> None:
    row = one(platform, ann, **{column: cell})
    assert (row.state, row.problems) == ("new", [])
    assert row.after[column] == value


BAD = [
    ("amount", "1.005"), ("amount", "123456789.00"), ("amount", "abc"), ("pieces", "7.5"), ("pieces", "3000000000"),
    ("ok", "perhaps"), ("day", "31.02.2026"), ("day", "5.1.26"), ("at", "soon"), ("shade", "mauve"), ("tags", "{a"),
    ("more", "{"), ("pair", "3"), ("span", "a while"), ("ip", "10.0.0.999"), ("code", "abcd"),
    ("name2", ""), ("note", "nul\x00"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cell"), BAD)
def test_bad(platform: Platform, ann: Actor, column: str, cell: str) -> None:
    """Nothing is rounded, cut or left to break the transaction of the whole: the cell is named with a sentence."""
    if column == "name2":
        run_id = bring(platform, ann, "sku,name\nA,\n")
        run = checked(platform, ann, run_id)
        (row,) = staged(platform, run, "bad")
        column = "name"
    else:
        row = one(platform, ann, **{column: cell})
    assert row.state == "bad"
    ((named, sentence),) = row.problems
    assert named == column and sentence[0].isupper() and sentence.endswith((".", "?")), sentence


def test_every_bad_row_has_its_own_reason(platform: Platform, ann: Actor) -> None:
    execute(platform, "INSERT INTO stock (id, sku, name) VALUES (1, 'A', 'Anvil'), (2, 'B', 'Bolt')")
    file = (
        "id,sku,name\n1,A2,Anvil\n9,B,Nine\n3,C,Clamp,more\n4,D\n5,E,Eel\n6,E,Elk\n5,F,Fox\n,G,Gnu\n2,B,Bolt\n,,\n"
        ',H,"a name that is longer than twenty letters"\n'
    )
    run = checked(platform, ann, bring(platform, ann, file))
    said = {row.line: " ".join(text for _, text in row.problems) for row in staged(platform, run, "bad")}
    assert set(said) == {3, 4, 5, 7, 8, 12}, said
    assert "Another row has this" in said[3] and "4 cells" in said[4] and "only 2 cells" in said[5]
    assert "Line 6" in said[7] and "Line 6" in said[8] and "20" in said[12]
    assert (run.new, run.changed, run.same) == (2, 1, 1)


def test_empty_cells_and_words_for_nothing(platform: Platform, ann: Actor) -> None:
    execute(platform, "INSERT INTO stock (sku, name, note, pieces) VALUES ('A', 'Anvil', 'old', 5)")
    file = "sku,name,note,pieces\nA,Anvil,,\nB,Bolt,NULL,\n"
    results = {}
    for empty in ("keep", "null", "text"):
        run_id = bring(platform, ann, file)
        plan = shown(platform, ann, run_id).plan
        run = checked(platform, ann, run_id, replace(plan, reading=replace(plan.reading, empty=empty)))
        found = {
            row.line: dict(row.after) for state in ("new", "changed") for row in staged(platform, run, state)
        }
        results[empty] = found
    assert results["keep"] == {3: {"sku": "B", "name": "Bolt", "note": None}}
    assert results["null"][2] == {"note": None, "pieces": None}
    assert results["text"][2] == {"note": "", "pieces": None}


def test_references_and_rights(platform: Platform, ann: Actor) -> None:
    """A reference to nothing, a read-only column and a masked one are said before anything is asked."""
    orders = "customer_id,status\n999999,open\n"
    run_id = bring(platform, ann, orders, "shop.orders")
    assert shown(platform, ann, run_id).plan.columns[0] == "customer_id"
    run_id = bring(platform, ann, "id,iban,internal_risk_score,name\n1,DE,1,x\n", "shop.customers")
    plan = shown(platform, ann, run_id).plan
    assert plan.columns == ("id", None, None, "name"), "masked and hidden columns are nobody's to fill"
    forged = replace(plan, columns=("id", "iban", "internal_risk_score", "name"))
    with pytest.raises(Unfit) as wrong:
        imports.check(platform, ann, run_id, forged)
    assert set(wrong.value.fields) == {"c.1", "c.2"}
    assert (
        len(
            {
                text.replace("iban", "X").replace("internal_risk_score", "X")
                for text in wrong.value.fields.values()
            }
        )
        == 1
    )


def test_a_reference_to_nothing(platform: Platform, ann: Actor) -> None:
    execute(platform, "CREATE TABLE public.box (id int PRIMARY KEY, stock_id int REFERENCES stock)")
    execute(platform, "INSERT INTO stock (id, sku, name) VALUES (1, 'A', 'Anvil')")
    platform.reload()
    run = checked(platform, ann, bring(platform, ann, "id,stock_id\n1,1\n2,77\n3,\n", "box"))
    assert (run.new, run.bad) == (2, 1)
    assert staged(platform, run, "bad")[0].problems == [("stock_id", "There is no such row to refer to.")]


def test_what_was_chosen_is_remembered_for_the_same_header(platform: Platform, ann: Actor, oz: Actor) -> None:
    run_id = bring(platform, ann, "Article,Called\nA,Anvil\n")
    plan = shown(platform, ann, run_id).plan
    assert plan.columns == (None, None)
    checked(platform, ann, run_id, replace(plan, columns=("sku", "name"), match=("sku",), mode="create"))
    again = shown(platform, ann, bring(platform, ann, "Article,Called\nB,Bolt\n")).plan
    assert (again.columns, again.match, again.mode) == (("sku", "name"), ("sku",), "create")
    assert shown(platform, oz, bring(platform, oz, "Article,Called\nB,Bolt\n")).plan.columns == (None, None)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("SKU,Name", ("sku", "name")), ("s.k.u.,NAME ", ("sku", "name")), ("sku,sku", ("sku", None)),
        ("made,id", (None, "id")), ("Amount;x", (None,)), ("námé,Pieces", ("name", "pieces")),
    ],
)  # fmt: skip
def test_columns_are_guessed(
    platform: Platform, ann: Actor, header: str, columns: tuple[str | None, ...]
) -> None:
    plan = shown(platform, ann, bring(platform, ann, f"{header}\n1,2\n3,4\n")).plan
    assert plan.columns[: len(columns)] == columns


def test_a_broken_file_says_where_and_what_was_kept(platform: Platform, ann: Actor) -> None:
    good = "".join(f"S{n},Name\n" for n in range(2500))
    run = checked(platform, ann, bring(platform, ann, f'sku,name\n{good}X,"open\n'))
    assert run.state == "failed"
    assert "line 2502" in str(run.error) and "2,000 rows" in str(run.error)
    assert run.new == 2000


def test_too_large_and_too_many(platform: Platform, ann: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.imports import dry_run

    monkeypatch.setattr(dry_run, "MOST_ROWS", 2)
    run = checked(platform, ann, bring(platform, ann, "sku,name\nA,a\nB,b\nC,c\n"))
    assert run.state == "failed" and "Split it" in str(run.error)
    platform.settings = replace(platform.settings, import_bytes=10)
    with pytest.raises(imports.ImportRefused, match="more than"):
        bring(platform, ann, "sku,name\nA,a\n")


def test_it_goes_on_where_another_died(platform: Platform, ann: Actor) -> None:
    """P48: given back or dead in the middle, the next goes on behind the last thousand; no row comes twice."""
    file = "sku,name\n" + "".join(f"S{n},Name {n}\n" for n in range(3500))
    run_id = bring(platform, ann, file)
    imports.check(platform, ann, run_id, shown(platform, ann, run_id).plan)
    turns = iter([False, False, True])
    imports.run(platform, claim(platform, run_id), lambda: next(turns))
    run = shown(platform, ann, run_id)
    assert (run.state, run.position, run.read) == ("waiting", 2000, 2001)
    imports.run(platform, claim(platform, run_id))
    run = shown(platform, ann, run_id)
    assert (run.state, run.new, run.bad) == ("checked", 3500, 0)
    with platform.db.reading() as tx:
        found = tx.execute(
            sa.text(
                "SELECT count(*), count(DISTINCT line), max(line) FROM ops.import_row WHERE run_id = :id"
            ),
            {"id": run_id},
        ).one()
    assert tuple(found) == (3500, 3500, 3501)


def test_a_column_that_nobody_guessed_is_looked_at_before_it_is_read(platform: Platform, ann: Actor) -> None:
    """`1.234` under a header of another language: a thousand, or one and a bit? One is asked, once, and remembered."""
    run_id = bring(platform, ann, "sku;name;Betrag\nA;Anvil;1.234\nB;Bolt;12\n")
    plan = shown(platform, ann, run_id).plan
    assert plan.columns == ("sku", "name", None) and plan.reading.decimal == "."
    chosen = replace(plan, columns=("sku", "name", "amount"))
    with pytest.raises(Unfit) as asked:
        imports.check(platform, ann, run_id, chosen)
    assert set(asked.value.fields) == {"decimal"}
    assert asked.value.plan is not None and asked.value.plan.reading.decimal == ""
    run = checked(
        platform, ann, run_id, replace(chosen, reading=replace(plan.reading, decimal=",", thousands="."))
    )
    assert [row.after["amount"] for row in staged(platform, run, "new")] == ["1234.00", "12.00"]


@pytest.mark.parametrize(("meant", "kept"), [("hundred", "12.50"), ("one", None), ("no", None)])
def test_percentages_are_asked_for(platform: Platform, ann: Actor, meant: str, kept: str | None) -> None:
    """12,5% is 12.5 or 0.125: nobody guesses; what does not fit the column or is none is said."""
    run_id = bring(platform, ann, 'sku;name;amount;note\nA;Anvil;"12,5 %";5%\n')
    plan = shown(platform, ann, run_id).plan
    assert (plan.reading.decimal, plan.reading.percent) == (",", "")
    with pytest.raises(Unfit) as asked:
        imports.check(platform, ann, run_id, plan)
    assert set(asked.value.fields) == {"percent"}
    run = checked(platform, ann, run_id, replace(plan, reading=replace(plan.reading, percent=meant)))
    if kept is not None:
        (row,) = staged(platform, run, "new")
        assert (row.after["amount"], row.after["note"]) == (kept, "5%")
    else:
        (row,) = staged(platform, run, "bad")
        said = row.problems[0][1]
        assert "A percentage" in said if meant == "no" else "2" in said, said


def test_a_file_without_names_of_columns(platform: Platform, ann: Actor) -> None:
    """Row 0 names them: every row is one of the table, the columns are called by their number."""
    run_id = bring(platform, ann, "A,Anvil,3\nB,Bolt,4\n")
    plan = shown(platform, ann, run_id).plan
    plan = imports.read_as(platform, ann, run_id, replace(plan.reading, header=0))
    assert (plan.header, plan.columns) == (("Column 1", "Column 2", "Column 3"), (None, None, None))
    run = checked(
        platform, ann, run_id, replace(plan, columns=("sku", "name", "pieces"), match=("sku",), mode="both")
    )
    assert [(row.line, row.after["sku"]) for row in staged(platform, run, "new")] == [(1, "A"), (2, "B")]


def test_money_with_its_currency_is_told(platform: Platform, ann: Actor) -> None:
    """Which currency a column is in nobody reads out of a file."""
    for cell in ("€ 12.50", "12.50 EUR", "-US$ 5", "12.50 €"):
        row = one(platform, ann, amount=cell)
        assert "currency" in row.problems[0][1], cell
