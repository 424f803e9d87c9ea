"""Every road of the pages of records, views, drafts, exports, imports: by somebody who may, with what is valid."""

from __future__ import annotations

from tests.bypass.walk import Walk
from tests.web.imports.test_pages import bring, choices
from tests.web.records.forms import posted

CUSTOMER = "/tables/shop.customers/~8"


def records(walk: Walk) -> None:
    """A row is made, edited in its form and in a cell, deleted; one looks, and one value is revealed."""
    walk.fill("ann", f"{CUSTOMER}/edit", {"v.city": "Bergen"})
    ann = walk.fill("ann", "/tables/shop.tickets/new", {"v.subject": "Walked", "v.priority": "low"})
    assert ann.answer is not None and ann.answer.status_code == 303, ann.page.get_text(" ", strip=True)[:900]
    ann.get(f"{CUSTOMER}/cell/city")
    fields = {**posted(ann.page, "cell-form"), "v.city": "Molde"}
    assert ann.post(f"{CUSTOMER}/cell/city", fields, csrf=fields["csrf_token"]).status_code == 303
    walk.fill("ann", "/tables/shop.tickets/~3/delete", form="delete-form")
    assert walk.agrees("bo", walk.newest()) == "applied"
    walk.sends_form("ann", f"{CUSTOMER}/presence", {"mode": "edit"}, takes=200)
    walk.sql("UPDATE shop.customers SET iban = 'NL00TEST0000000001' WHERE id = 8")
    walk.watch.forget()
    walk.press(
        "oz", f"{CUSTOMER}/reveal?column=iban", "form#reveal-form, main form", {"reason": "Ticket 4711"}
    )


def basket(walk: Walk) -> None:
    """Edits are collected, one is taken out, the rest is sent in; another basket is discarded."""
    for key, city in (("~7", "Bodø"), ("~8", "Bodø"), ("~9", "Bodø")):
        walk.fill("ann", f"/tables/shop.customers/{key}/edit", {"v.city": city, "basket": "1"})
    walk.press("ann", "/basket/", "#row-1 form")
    walk.press("ann", "/basket/", "form#basket-form", {"reason": "moved north"})
    assert walk.at(walk.newest()) == "applied"
    walk.fill("ann", "/tables/shop.customers/~7/edit", {"v.city": "Vardø", "basket": "1"})
    walk.sends_form("ann", "/basket/discard", {})


def actions(walk: Walk) -> None:
    """An action on a row, and one on none."""
    for path, said in (
        ("/tables/shop.customers/~6/act/hold", {"a.why": "Unpaid"}),
        ("/tables/shop.tickets/act/report", {"a.subject": "Walked on", "a.priority": "low"}),
    ):
        walk.press("ann", path, "form#action-form", {**said, "step": "look"}, takes=200)
        ann = walk.visit("ann")
        fields = {**posted(ann.page, "action-form"), "step": "do"}
        assert ann.post(path, fields, csrf=fields["csrf_token"]).status_code == 303, ann.page.get_text()


def many_rows(walk: Walk) -> None:
    """Two rows at once and undone; of those that wait one is paused, goes on and is applied, another is stopped."""
    ann, path = walk.visit("ann"), "/tables/shop.tickets/many"
    for subject in ("Checked", "Checked again"):
        ann.get(f"{path}?k=~10&k=~11&do=edit")
        for step, said in (("add", {"add": "subject"}), ("apply", {"v.subject": subject})):
            fields = {**posted(ann.page, "many-form"), **said, "step": step, "k": ["~10", "~11"]}
            ann.post(path, fields, csrf=fields["csrf_token"])
        assert ann.answer is not None and ann.answer.status_code == 303, ann.page.get_text(" ", strip=True)
        walk.worker()
    assert walk.one("SELECT count(*) FROM shop.tickets WHERE subject = 'Checked again'") == 2
    walk.sends_form("ann", f"/changes/{walk.newest()}/undo", {"reason": "a slip"})
    walk.worker()
    for end in ("resumption", "stop"):
        reference = _deletes(walk, "~12" if end == "stop" else "~13")
        assert walk.agrees("bo", reference) == "approved"
        for step in ("pause", end):
            walk.sends_form("ann", f"/changes/{reference}/{step}", {})
        walk.worker()
        assert walk.at(reference) == ("applied" if end == "resumption" else "failed"), end


def _deletes(walk: Walk, *keys: str) -> str:
    ann, path = walk.visit("ann"), "/tables/shop.tickets/many"
    ann.get(f"{path}?{'&'.join(f'k={key}' for key in keys)}&do=delete")
    fields = {**posted(ann.page, "many-form"), "step": "apply", "k": list(keys), "reason": "old"}
    ann.post(path, fields, csrf=fields["csrf_token"])
    assert ann.answer is not None and ann.answer.status_code == 303, ann.page.get_text(" ", strip=True)[:900]
    return walk.newest()


def files_come_in(walk: Walk) -> None:
    """A file is brought, read otherwise, checked and proposed; another is called off and thrown away."""
    ann = walk.visit("ann")
    address = bring(ann, "id;name;city\n5;A new name;Bergen\n", token="i" * 22)
    answer = ann.post(
        f"{address}/reading", {"separator": ";", "header": "1", "encoding": "utf-8"}, csrf=_csrf(walk)
    )
    assert answer.status_code == 303
    assert ann.post(f"{address}/check", choices(ann, address)).status_code == 303
    walk.worker()
    walk.press("ann", address, f"form[action='{address}/proposal']", {"reason": "the list", "how": "chunks"})
    walk.worker()
    walk.worker()
    assert walk.one("SELECT city FROM shop.customers WHERE id = 5") == "Bergen"
    other = bring(ann, "id;name\n5;Never\n", token="j" * 22)
    assert ann.post(f"{other}/check", choices(ann, other)).status_code == 303
    assert ann.post(f"{other}/cancellation", {}, csrf=_csrf(walk)).status_code == 303
    assert ann.post(f"{other}/deletion", {}, csrf=_csrf(walk)).status_code == 303


def _csrf(walk: Walk) -> str:
    ann = walk.visit("ann")
    ann.get("/people/me")
    return ann.token()


def files_go_out(walk: Walk) -> None:
    """An export is written; another is called off."""
    for token in ("e" * 22, "f" * 22):
        walk.sends_form("ann", "/exports/", {"table": "shop.orders", "list": "", "form_token": token})
        address = walk.path(walk.visit("ann"))
        if token[0] == "e":
            walk.worker()
        else:
            walk.sends_form("ann", f"{address}/cancellation", {})


def lists_and_drafts(walk: Walk) -> None:
    """A list is kept, described anew, saved anew, pinned, given up; what is typed is kept and discarded."""
    ann = walk.press(
        "ann", "/tables/shop.orders/views/new?f.status.is=draft", "form#view-form", {"name": "Mine"}
    )
    view = walk.one("SELECT max(id) FROM ops.saved_view")
    walk.press("ann", f"/views/{view}/edit", "form#view-form", {"name": "Ours"})
    page = f"/tables/shop.orders/?view={view}&sort=total"
    walk.press("ann", page, f"form[action='/views/{view}/list']")
    walk.sends_form("ann", f"/views/{view}/pin", {"on": "1"})
    walk.sends_form("ann", f"/views/{view}/delete", {})
    ann.get(f"{CUSTOMER}/edit")
    fields = {**posted(ann.page), "v.city": "Typed"}
    assert ann.post("/drafts/", fields, csrf=fields["csrf_token"]).status_code == 204
    ann.post("/drafts/discard", {"draft_of": f"{CUSTOMER}/edit", "next": "/"}, csrf=fields["csrf_token"])
    assert ann.answer is not None and ann.answer.status_code == 303


SCENES = (records, basket, actions, many_rows, files_come_in, files_go_out, lists_and_drafts)
