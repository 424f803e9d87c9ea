"""Imports by pages: bring, look, check, propose; the ladder of works, 403, 404, 422, audited, without JavaScript."""

from __future__ import annotations

import io
from uuid import UUID

from ops import imports, work
from ops.changes import bulk
from tests.web.shop_house import House
from tests.web.visiting import Visitor

FILE = "id;name;city\n{first};A new name;\n;Nobody yet;Oslo\nx;Broken;Bergen\n"


def bring(visitor: Visitor, data: str, table: str = "shop.customers", token: str = "t" * 22, name: str = "a.csv") -> str:
    """Open the form, send the file, and return the import's address."""
    visitor.get(f"/imports/new?table={table}")
    answer = visitor.post(
        "/imports/",
        {"table": table, "form_token": token, "file": (io.BytesIO(data.encode()), name)},
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def do(house: House, address: str, part: str = "") -> None:
    """What a worker does with it."""
    subject = f"{UUID(address.rpartition('/')[2])}:%{part}"
    work_id = house.one("SELECT id FROM ops.work WHERE subject LIKE :s AND state = 'due'", s=subject)
    claim = work.claim(house.platform.db, work_id, "test")
    assert claim is not None
    imports.run(house.platform, claim)


def choices(visitor: Visitor, address: str, **more: str) -> dict[str, str]:
    """What the form of the choices holds."""
    visitor.get(f"{address}?choices=1")
    form = visitor.page.select_one("form#choices")
    assert form is not None, visitor.answer and visitor.answer.text
    held = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[name]")}
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]")
        held[str(select["name"])] = str(chosen["value"]) if chosen else ""
    return {**held, **more}


def test_bring_look_check_propose(house: House) -> None:
    ann = house.visit("ann")
    first = house.one("SELECT min(id) FROM shop.customers WHERE country <> 'IS'")
    address = bring(ann, FILE.format(first=first))
    ann.get(address)
    text = ann.page.get_text()
    assert "A new name" in text and "How the file is read" in text
    answer = ann.post(f"{address}/check", choices(ann, address))
    assert answer.status_code == 303, answer.text
    ann.follow()
    part = ann.page.select_one("#run")
    assert part is not None and part["hx-get"] == f"{address}/progress"
    assert ann.page.select_one("noscript a[href]") is not None
    do(house, address)
    ann.get(f"{address}/progress", **{"HX-Request-Type": "partial"})
    assert ann.page.select_one("#run")["hx-get"] == address
    ann.get(address)
    assert ann.page.select_one("#result") is not None, ann.page.get_text()
