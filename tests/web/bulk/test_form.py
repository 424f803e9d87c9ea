"""From ticked boxes to a change of many rows: the bar of a list, the form, its preview, the button."""

from __future__ import annotations

import csv
import io
import json

from tests.web.bulk.conftest import ManyHouse


def test_a_list_has_boxes_and_a_bar_for_who_may(house: ManyHouse) -> None:
    """Each box is named by its row; who may only look has none."""
    ann = house.visit("ann")
    assert ann.get("/tables/shop.tickets/?f.id.lt=40").status_code == 200
    boxes = ann.page.select("table.records tbody input[name=k]")
    assert len(boxes) == len(ann.page.select("table.records tbody tr"))
    for box in boxes:
        assert box["form"] == "many"
        assert ann.page.select_one(f"#{box['aria-labelledby']}").name == "tr"
    bar = ann.page.select_one("form#many")
    assert bar["action"] == "/tables/shop.tickets/many"
    assert bar.select_one("input[name=list]")["value"] == "f.id.lt=40"
    assert [one["value"] for one in bar.select("button[name=do]")] == ["edit", "delete", "export"]
    bo = house.visit("bo")
    bo.get("/tables/shop.tickets/")
    assert [one["value"] for one in bo.page.select("form#many button[name=do]")] == ["export"]


def test_columns_are_added_previewed_and_set_without_scripts(house: ManyHouse) -> None:
    """P35: two tickets get a new subject; each has its event."""
    ann = house.ticked("ann", "shop.tickets", "~7", "~8")
    assert ann.answer.status_code == 200
    assert ann.page.h1.text == "Edit tickets"
    assert "Rows chosen: 2" in ann.page.select_one(".head").text
    assert ann.page.select_one("button[value=apply]") is None, "nothing is to be set yet"
    house.send(ann, "shop.tickets", "add", add="subject")
    assert ann.page.select_one("[name='v.subject']") is not None
    house.send(ann, "shop.tickets", "preview", **{"v.subject": "Checked <b>"})
    rows = ann.page.select("#preview tbody tr")
    assert len(rows) == 2
    assert rows[0].ins.text == "Checked <b>"
    assert ann.page.select_one("[name='v.subject']")["value"] == "Checked <b>"
    house.send(ann, "shop.tickets", "apply")
    assert ann.answer.status_code == 303, ann.page.select_one("main").text
    address = ann.answer.location
    assert house.one("SELECT count(*) FROM shop.tickets WHERE subject = 'Checked <b>'") == 2
    assert house.events("row.updated") == 2
    ann.get(address)
    assert "Edit 2 tickets" in ann.page.h1.text
    assert "Written 2" in ann.page.select_one("#progress").text


def test_p30_the_form_sent_twice_changes_once(house: ManyHouse) -> None:
    """P30."""
    ann = house.ticked("ann", "shop.tickets", "~7")
    house.send(ann, "shop.tickets", "add", add="subject")
    page = ann.answer
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Once"})
    first = ann.answer.location
    ann.answer = page
    house.send(ann, "shop.tickets", "apply", **{"v.subject": "Once"})
    assert ann.answer.location == first
    assert house.events("row.updated") == 1


def test_what_cannot_be_is_told_beside_the_field_and_kept(house: ManyHouse) -> None:
    ann = house.ticked("ann", "shop.customers", "~7", "~8")
    house.send(ann, "shop.customers", "add", add="credit_limit")
    house.send(ann, "shop.customers", "apply", **{"v.credit_limit": "a lot"})
    assert ann.answer.status_code == 422
    field = ann.page.select_one("[name='v.credit_limit']")
    assert field["value"] == "a lot"
    assert field["aria-invalid"] == "true"


def test_rows_that_ask_a_manager_wait(house: ManyHouse) -> None:
    """P27, P34: the manager sees the rows, decides, a worker writes them."""
    ann = house.ticked("ann", "shop.customers", "~7", "~8")
    house.send(ann, "shop.customers", "add", add="credit_limit")
    house.send(ann, "shop.customers", "preview", **{"v.credit_limit": "18000"})
    assert "Needs the agreement of" in ann.page.select_one("#asks").text
    house.send(ann, "shop.customers", "apply")
    address = ann.answer.location
    reference = address.rpartition("/")[2]
    ann.get(address)
    assert ann.page.select_one("#decision") is None
    bo = house.visit("bo")
    bo.get(address)
    assert bo.page.select_one("#what ins").text == "18,000.00"
    assert len(bo.page.select("#rows tbody tr")) == 2
    form = {str(one["name"]): str(one["value"]) for one in bo.page.select("form#decision input[name]")}
    bo.post(f"{address}/decision", {**form, "verdict": "approve"})
    assert house.work(reference) == "applied"
    assert house.one("SELECT count(*) FROM shop.customers WHERE credit_limit = 18000 AND id IN (7, 8)") == 2
    bo.get(address)
    assert "Written 2" in bo.page.select_one("#progress").text


def test_all_that_match_go_to_a_worker_and_can_be_undone(house: ManyHouse) -> None:
    """Progress, results by state, a file of them, and undo."""
    total = house.one("SELECT count(*) FROM shop.orders")
    assert total > 100
    ann = house.ticked("ann", "shop.orders", list="", all="1")
    house.send(ann, "shop.orders", "add", add="delivery_note")
    house.send(ann, "shop.orders", "preview", **{"v.delivery_note": "Ring twice"})
    assert f"{total:,}" in ann.page.select_one(".head").text
    house.send(ann, "shop.orders", "apply")
    address = ann.answer.location
    ann.get(address)
    progress = ann.page.select_one("#progress")
    assert progress["hx-get"] == f"{address}/progress?was=draft"
    assert ann.get(f"{address}/progress?was=draft").status_code == 200
    assert house.work(address.rpartition("/")[2]) == "applied"
    told = json.loads(ann.get(f"{address}/progress?was=draft").headers["HX-Location"])
    assert told["path"] == address and told["target"] == "#main" and told["itself"] is True
    assert house.one("SELECT count(*) FROM shop.orders WHERE delivery_note = 'Ring twice'") == total
    ann.get(f"{address}/rows?state=applied")
    assert len(ann.page.select("table tbody tr")) == 50
    ann.get(ann.page.select_one("a[rel=next]")["href"])
    assert len(ann.page.select("table tbody tr")) == 50
    file = ann.get(f"{address}/rows.csv?state=applied")
    assert len(list(csv.reader(io.StringIO(file.text)))) == total + 1
    assert house.events("change.downloaded") == 1
    ann.get(address)
    ann.post(f"{address}/undo", {"form_token": "undo-once", "reason": "wrong list"})
    undone = ann.answer.location
    assert house.work(undone.rpartition("/")[2]) == "applied"
    assert house.one("SELECT count(*) FROM shop.orders WHERE delivery_note = 'Ring twice'") == 0
    ann.get(address)
    assert undone.rpartition("/")[2] in ann.page.select_one("main").text
    assert ann.page.select_one("#undo-ask") is None


def test_pause_and_stop(house: ManyHouse) -> None:
    ann = house.ticked("ann", "shop.orders", list="", all="1")
    house.send(ann, "shop.orders", "add", add="delivery_note")
    house.send(ann, "shop.orders", "apply", **{"v.delivery_note": "x"})
    address = ann.answer.location
    ann.get(address)
    assert ann.page.select_one("#pause") is None, "nothing is written yet: it can be withdrawn"
    house.sql(
        "UPDATE ops.change_set SET state = 'applying' WHERE id = :id", id=int(address.rpartition("-")[2])
    )
    ann.get(address)
    ann.post(f"{address}/pause", {})
    assert ann.answer.status_code == 303
    ann.get(address)
    assert "Paused" in ann.page.select_one("#progress").text
    assert ann.page.select_one("#progress").get("hx-get") is None
    cy = house.visit("cy")
    cy.get(address)
    cy.post(f"{address}/stop", {}, csrf=cy.token())
    assert cy.answer.status_code == 403
    ann.get(address)
    ann.post(f"{address}/resumption", {})
    ann.get(address)
    ann.post(f"{address}/stop", {})
    ann.get(address)
    assert "Failed" in ann.page.select_one(".head").text or "Applied" in ann.page.select_one(".head").text


def test_deleting_shows_first_what_holds_rows_back(house: ManyHouse) -> None:
    held = house.one("SELECT customer_id FROM shop.orders ORDER BY id LIMIT 1")
    ann = house.ticked("ann", "shop.customers", f"~{held}", do="delete")
    assert ann.answer.status_code == 200
    assert "still" in ann.page.select_one("#preview").text.lower()
    assert ann.page.select_one("button[value=apply]").text.strip().startswith("Delete")


def test_only_ticked_rows_are_exported(house: ManyHouse) -> None:
    ann = house.ticked("ann", "shop.tickets", "~7", "~8", do="export")
    form = [
        (str(one["name"]), str(one["value"]))
        for one in ann.page.select("#many-form input[name]")
        if one["name"] != "csrf_token"
    ]
    data: dict[str, list[str]] = {}
    for name, value in form:
        data.setdefault(name, []).append(value)
    ann.post("/exports/", data)
    assert ann.answer.status_code == 303, ann.page.text
    assert house.one("SELECT query->'keys' FROM ops.export_run") == ["~7", "~8"]
    from ops import exports, work

    claim = work.claim(house.platform.db, house.one("SELECT id FROM ops.work WHERE kind = 'export'"), "test")
    exports.run(house.platform, claim)
    assert house.sql("SELECT state, written FROM ops.export_run")[0] == ("done", 2)


def test_p13_p15_the_ladder(house: ManyHouse) -> None:
    """P13, P15: not allowed 403, not visible 404, forged columns change nothing."""
    bo = house.ticked("bo", "shop.tickets", "~7")
    assert bo.answer.status_code == 403
    assert house.visit("ann").get("/tables/shop.nothing/many?k=~1").status_code == 404
    ann = house.ticked("ann", "shop.customers", "~7")
    house.send(ann, "shop.customers", "apply", c=["internal_risk_score"], **{"v.internal_risk_score": "1"})
    assert ann.answer.status_code == 422
    assert house.events("row.updated") == 0
    assert house.visit("ann").get("/tables/shop.customers/many").status_code == 303
    assert house.visit("ann").get("/changes/CH-9999999/rows").status_code == 404


def test_p47_a_form_for_another_shape_is_shown_again(house: ManyHouse) -> None:
    """P47: the table changed while the form was open: it is told, with what has no place any more; nothing is set."""
    ann = house.ticked("ann", "shop.suppliers", "~1", "~2")
    house.send(ann, "shop.suppliers", "add", add="rating")
    house.sql("ALTER TABLE shop.suppliers RENAME COLUMN rating TO stars")
    house.platform.reload()
    house.send(ann, "shop.suppliers", "apply", **{"v.rating": "4"})
    assert ann.answer.status_code == 409
    said = ann.page.select_one("#problem").text
    assert "has been changed by its owners" in said and "rating (4)" in said, said
    assert house.one("SELECT count(*) FROM ops.change_set") == 0
    # The form is one for the table as it is: it can be gone on with.
    house.send(ann, "shop.suppliers", "add", add="stars")
    house.send(ann, "shop.suppliers", "apply", **{"v.stars": "4"})
    assert ann.answer.status_code == 303
    assert house.one("SELECT count(*) FROM shop.suppliers WHERE id IN (1, 2) AND stars = 4") == 2
