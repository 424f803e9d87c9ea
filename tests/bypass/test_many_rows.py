"""Changes of many rows, files and jobs as a way round: mixed with one's own, brought by oneself, forged (P27, P52)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from jobs import run
from ops import work
from ops.changes import heads
from tests.bypass.conftest import House, number
from tests.web.imports.test_pages import bring, choices
from tests.web.records.forms import posted


def many(house: House, sub: str, *keys: str, do: str = "edit", **said: str) -> str:
    """Tick rows of customers and send the form; the change's reference."""
    visitor, path = house.visit(sub), "/tables/shop.customers/many"
    visitor.get(f"{path}?{'&'.join(f'k={key}' for key in keys)}&do={do}")
    steps = [("add", {"add": name.removeprefix("v.")}) for name in said] if do == "edit" else []
    for step, more in (*steps, ("apply", {**said, "reason": "a good year"})):
        form = {**posted(visitor.page, "many-form"), **more, "step": step, "k": list(keys)}
        visitor.post(path, form, csrf=form["csrf_token"])
    assert visitor.answer is not None
    assert visitor.answer.status_code == 303, visitor.page.get_text(" ", strip=True)[:1500]
    return house.newest()


def subject(house: House, reference: str) -> str:
    """What the work of a change of many rows is called."""
    with house.platform.db.reading() as tx:
        head = heads.head(tx, number(reference))
    assert head is not None
    return str(head.subject)


def rich(house: House) -> int:
    """How many of the first customers have the large limit."""
    return int(house.one("SELECT count(*) FROM shop.customers WHERE id <= 9 AND credit_limit = 18500"))


def test_bulk_mixed_with_own(house: House) -> None:
    """P27, P34: hidden among many rows one's own is one's own: the whole of it is decided by others, row for row."""
    reference = many(house, "pat", "~1", "~2", "~3", **{"v.credit_limit": "18500.00"})
    assert house.at(reference) == "in_review"
    assert house.forces("pat", reference).status_code == 403
    # Rows that wait in a change of Bo's own do not let him be asked less of, nor more, about Pat's.
    assert house.says("bo", reference).status_code == 303
    house.works("bulk", subject(house, reference))
    assert (house.at(reference), rich(house)) == ("applied", 3)
    undone = house.visit("pat")
    undone.get("/people/me")
    house.sql("UPDATE ops.approval_rule SET condition = 'new.credit_limit < 10000' WHERE condition <> ''")
    assert (
        undone.post(f"/changes/{reference}/undo", {"reason": "no", "form_token": "u" * 22}).status_code == 303
    )
    house.works("bulk", "%")
    assert rich(house) == 3 and house.at(house.newest()) == "in_review"
    assert house.forces("pat", house.newest()).status_code == 403


def test_bulk_with_one_row_that_is_asked_about(house: House) -> None:
    """P27, P34: harmless rows do not carry the other one through; nor does stopping and going on."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    house.rule("one of them", columns=[], condition="old.credit_limit = 4999")
    house.sql("UPDATE shop.customers SET credit_limit = 4999 WHERE id = 2")
    reference = many(house, "pat", "~1", "~2", "~3", **{"v.city": "Bodø"})
    house.works("bulk", "%")
    assert house.at(reference) == "in_review"
    assert house.forces("pat", reference).status_code == 403
    for step in ("pause", "resumption"):
        visitor = house.visit("pat")
        visitor.get("/people/me")
        visitor.post(f"/changes/{reference}/{step}")
    house.works("bulk", "%")
    assert house.one("SELECT city = 'Bodø' FROM shop.customers WHERE id = 2") is False


def test_import_approved_by_its_importer(house: House) -> None:
    """P27: whoever brought the file made the change, whoever's role it is."""
    pat = house.visit("pat")
    house.sql("UPDATE shop.customers SET credit_limit = 5000 WHERE id = 1")
    address = bring(pat, "id;credit_limit\n1;18500.00\n2;18500.00\n")
    assert pat.post(f"{address}/check", choices(pat, address)).status_code == 303
    house.works("import", "%")
    pat.get(address)
    pat.post(f"{address}/proposal", {"reason": "the yearly list", "how": "chunks"})
    house.works("import", "%")
    house.works("bulk", "%")
    reference = house.newest()
    assert house.at(reference) == "in_review", pat.page.get_text(" ", strip=True)[:800]
    how = house.one(
        "SELECT how FROM ops.change_party WHERE change_id = :id AND side = 'maker'", id=number(reference)
    )
    assert how == "importer"
    assert house.forces("pat", reference).status_code == 403
    assert rich(house) == 0
    house.says("bo", reference)
    house.works("bulk", "%")
    assert rich(house) == 2


@pytest.mark.parametrize("kind", ["apply", "bulk", "import", "rehearse"])
def test_forged_job(house: House, kind: str) -> None:
    """P27, P52: work that somebody put there for a change nobody agreed to writes nothing, of whatever kind."""
    single = house.limit("ann", "~4")
    bulk = many(house, "ann", "~1", "~2", **{"v.credit_limit": "18500.00"})
    subjects = {
        subject(house, bulk),
        f"{number(bulk)}:1",
        f"{number(single)}:1",
        str(number(bulk)),
        "x",
        "-1:0",
    }
    with house.platform.db.transaction() as tx:
        forged = [work.add(tx, kind, one) for one in sorted(subjects)]
    for one in forged:
        claim = work.claim(house.platform.db, one, "forger")
        if claim is not None:
            run.perform(house.platform, claim)
    assert {house.at(single), house.at(bulk)} == {"in_review"}
    assert rich(house) == 0


def test_forged_ring(house: House) -> None:
    """P28, P52: whoever can write to Redis rings for what is there and nothing else, and never before its time."""
    moment = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    reference = house.edits("ann", "shop.customers/~1", {"v.credit_limit": "18500.00", "apply_at": moment})
    house.says("bo", reference)
    assert house.at(reference) == "approved"
    with house.platform.db.transaction() as tx:
        early = work.add(tx, "apply", f"{number(reference)}:1")
    run.serve(house.platform)
    for name in (str(uuid4()), str(early), str(early)):
        run.work(name)
    house.unmoved(reference, state="approved")
