"""The page of a change of many rows that ends while others of its rows wait: what it says, and its maker's button."""

from __future__ import annotations

from ops import notices, outbox
from tests.web.bulk.conftest import ManyHouse


def test_p31_stopped_after_some_of_its_rows(house: ManyHouse) -> None:
    """P31: never called withdrawn; the rows that are written can be undone from there."""
    house.sql("DELETE FROM ops.approval_rule")
    ann = house.ticked("ann", "shop.tickets", "~7", "~8", "~9")
    house.send(ann, "shop.tickets", "add", add="subject")
    house.rule("all", tables=["shop.tickets"])
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Half"})
    address = ann.answer.location
    ann.get(address)
    assert ann.page.select_one("#withdraw").h2.text.startswith("Withdraw CH-")
    bo = house.visit("bo")
    bo.get(address)
    said = {str(i["name"]): str(i.get("value", "")) for i in bo.page.select("form#decision input[name]")}
    house.rule("new", tables=["shop.tickets"], condition="old.id = 8", role="owner")
    bo.post(f"{address}/decision", {**said, "verdict": "approve"}, csrf=said["csrf_token"])
    assert house.work(address.rpartition("/")[2]) == "in_review"

    ann.get(address)
    assert "2 of 3 rows are written." in ann.page.select_one("#written").text
    assert ann.page.select_one("#withdraw").h2.text == "Stop here?"
    assert ann.post(f"{address}/withdrawal").status_code == 303
    ann.get(address)
    assert "is stopped" in ann.page.select_one("[data-tone=ok]").text
    head = ann.page.select_one("header.head")
    assert "Stopped after 2 of 3 rows" in head.text and "Withdrawn" not in head.text
    note = ann.page.select_one("#cut-short").text
    assert "Not all of its rows are written." in note
    assert "2 of 3 rows were written" in note and "can be undone" in note
    assert "Stopped after 2 of 3 rows" in ann.page.select_one("[aria-labelledby=history-title]").text
    assert ann.page.select_one("#undo-ask") is not None
    assert house.one("SELECT count(*) FROM shop.tickets WHERE subject = 'Half'") == 2
    ann.get("/changes/")
    assert "Stopped after 2 of 3 rows" in ann.page.select_one(f"tr[id='{address.rpartition('/')[2]}']").text
    while outbox.drain(house.platform.db, notices.handlers(house.platform), 100):
        pass
    told = [row.text for row in house.sql("SELECT text FROM ops.notice")]
    assert f"{address.rpartition('/')[2]} was stopped after some of its rows were written" in told
    ann.get("/")
    assert "Stopped after 2 of 3 rows" in ann.page.select_one("#mine").text
    bo.get("/")
    assert "Stopped after 2 of 3 rows" in bo.page.select_one("#lately").text, "as everywhere else"


def test_sent_back_says_what_its_maker_can_do(house: ManyHouse) -> None:
    """Many rows are not revised by hand: nobody is told to rework them."""
    ann = house.ticked("ann", "shop.tickets", "~7", "~8", do="delete")
    house.send(ann, "shop.tickets", "apply", reason="Twice")
    address = ann.answer.location
    bo = house.visit("bo")
    bo.get(address)
    said = {str(i["name"]): str(i.get("value", "")) for i in bo.page.select("form#decision input[name]")}
    bo.post(
        f"{address}/decision",
        {**said, "verdict": "send_back", "comment": "Only one"},
        csrf=said["csrf_token"],
    )
    ann.get(address)
    told = ann.page.select_one("main .note").text
    assert "Only one" in told and "Withdraw it, and ask anew" in told and "rework it" not in told
    bo.get(address)
    assert "It waits for Ann Arbor" in bo.page.select_one("main .note").text


def test_what_is_not_written_of_all_rows_is_not_called_applied(house: ManyHouse) -> None:
    """Some moved meanwhile: page, list and desk say for how many it was done, and why not for the others."""
    ann = house.ticked("ann", "shop.tickets", "~7", "~8", "~9")
    house.send(ann, "shop.tickets", "add", add="subject")
    house.rule("all", tables=["shop.tickets"])
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Part"})
    address = ann.answer.location
    house.sql("UPDATE shop.tickets SET subject = 'moved' WHERE id = 8")
    bo = house.visit("bo")
    bo.get(address)
    said = {str(i["name"]): str(i.get("value", "")) for i in bo.page.select("form#decision input[name]")}
    bo.post(f"{address}/decision", {**said, "verdict": "approve"}, csrf=said["csrf_token"])
    assert house.work(address.rpartition("/")[2]) == "applied"
    ann.get(address)
    assert ann.page.select_one("header.head > .badge").text == "Applied to 2 of 3 rows"
    assert "2 of 3 rows were written; 1 changed meanwhile" in ann.page.select_one("#in-part").text
    assert "Applied to 2 of 3 rows" in ann.page.select_one("[aria-labelledby=history-title]").text
    ann.get("/changes/")
    assert "Applied to 2 of 3 rows" in ann.page.select_one("tbody").text
    ann.get("/")
    assert "Applied to 2 of 3 rows" in ann.page.select_one("#mine").text
