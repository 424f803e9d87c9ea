"""Changes of many rows, by people who may not see all of them (P14, P15, P21, P34)."""

from __future__ import annotations

import re

from ops.changes import bulk
from ops.changes.bulk import Listed, Ticked, Wish
from ops.changes.operation import Outcome
from tests.web.bulk.conftest import ManyHouse

NUMBERED = re.compile(r"(?:NAME|NOTE|SALARY|CODE-)(\d)")


def rename(house: ManyHouse, sub: str, selection: Ticked | Listed, **more: str) -> Outcome:
    table = house.platform.catalog.by_name("public", "client")
    wish = Wish(table, "update", selection, {"name": "renamed", **more}, reason="asked")
    return bulk.propose_bulk(house.platform.db, house.platform.catalog, house.actor(sub), wish)


def test_p14_nobody_undoes_what_they_do_not_see(house: ManyHouse) -> None:
    """P14: an undo is one's own change, so its rows would be shown; it begins with rows one sees."""
    made = rename(house, "bo", Listed())
    assert made.state == "applied"
    ann = house.visit("ann")
    assert ann.get(f"/changes/{made.reference}").status_code == 404
    ann.get("/tables/client/")
    assert ann.post(f"/changes/{made.reference}/undo", {"reason": "mine now"}).status_code == 404
    assert house.one("SELECT count(*) FROM ops.change_set WHERE source = 'undo'") == 0


def test_p14_a_filter_by_a_hidden_column_is_not_told_by_the_change(house: ManyHouse) -> None:
    """P14: the list a change was chosen from holds values; who cannot filter so is not told it."""
    made = rename(house, "bo", Listed("f.salary.in=SALARY1,SALARY3&q=NAME"))
    assert made.state == "applied" and house.one("SELECT count(*) FROM client WHERE name = 'renamed'") == 2
    bo, ann = house.visit("bo"), house.visit("ann")
    assert "SALARY1" in bo.get(f"/changes/{made.reference}").text, "who may filter so is led to the list"
    assert ann.get(f"/changes/{made.reference}").status_code == 200
    for address in ("", "/rows", "/rows.csv", "/progress"):
        said = ann.get(f"/changes/{made.reference}{address}").text
        assert "SALARY" not in said, address


def test_p14_a_change_of_which_no_row_is_in_sight_is_not_there(house: ManyHouse) -> None:
    """P14: one that failed before its rows were chosen, and one whose rows are all gone, tell nothing either."""
    gone = rename(house, "bo", Ticked(("~77",)))
    ann = house.visit("ann")
    house.sql("UPDATE ops.change_set SET title = 'TELLTALE'")
    assert ann.get(f"/changes/{gone.reference}").status_code == 404
    assert "TELLTALE" not in ann.get("/changes/").text
    house.sql("DELETE FROM ops.change_target")
    house.sql("UPDATE ops.change_bulk SET total = 0")
    assert ann.get(f"/changes/{gone.reference}").status_code == 404


def test_p34_why_a_row_was_not_written_names_no_hidden_column(house: ManyHouse) -> None:
    """P14: sentences about rows are about columns; who does not see them all reads the state alone."""
    made = rename(house, "bo", Ticked(("~1", "~3")), salary="SALARY1")
    house.sql(
        "UPDATE ops.change_target SET state = 'failed', problem = 'Salary: SALARY1 is too much' WHERE change_id = :id",
        id=made.change_id,
    )
    ann, bo = house.visit("ann"), house.visit("bo")
    assert "too much" in bo.get(f"/changes/{made.reference}/rows").text
    for address in ("", "/rows", "/rows.csv"):
        answer = ann.get(f"/changes/{made.reference}{address}")
        assert answer.status_code == 200
        assert "SALARY" not in answer.text and "Salary" not in answer.text, address


def test_garbage_is_refused_and_breaks_nothing(house: ManyHouse) -> None:
    """P15, P20, P24: keys that are none, lists that are none, signs that no text holds."""
    ann = house.visit("ann")
    for query in (
        "k=~abc&do=edit", "k=~1~2&do=edit", "k=&do=delete", "k=~1%00&do=delete", "k=~99999999999999999999&do=delete",
        "k=~1&list=%0d%0aX-Evil:1&do=edit", "list=%0d%0aX-Evil:1&do=edit", "all=1&list=f.salary.is=SALARY1&do=delete",
        "all=1&list=f.code.starts=CODE&do=delete", "all=1&list=sort=salary&do=delete", "k=~2&do=delete",
        "all=1&list=f.id.is=x&do=delete", "all=1&list=f.extra.a.b.c.is=x%00&do=delete", "all=1&list=%00&do=delete",
        f"all=1&list={'f.name.is=x%26' * 300}&do=delete",
    ):  # fmt: skip
        answer = ann.get(f"/tables/client/many?{query}")
        assert answer.status_code < 500, (query, answer.status_code)
        assert "X-Evil" not in answer.headers
        assert set(NUMBERED.findall(answer.text)) <= {"1", "3"}, query
        assert "SALARY2" not in answer.text


def test_p24_the_list_of_a_wish_is_bounded(house: ManyHouse) -> None:
    """P24: no more of it is kept than an address may hold."""
    bo = house.ticked("bo", "client", all="1")
    house.send(bo, "client", "add", add="name")
    house.send(bo, "client", "apply", **{"v.name": "x", "list": "f.name.not=" + "y" * 200_000})
    assert bo.answer.status_code == 422
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p21_a_preview_of_sensitive_rows_stands_in_the_trail(house: ManyHouse) -> None:
    """P21, P35: a preview names rows and says what stands in them."""
    ann = house.ticked("ann", "letter", "~1", "~2", do="delete")
    assert "SUBJECT1" in ann.answer.text
    assert house.events("row.viewed") + house.events("rows.viewed") + house.events("record.viewed") >= 1
