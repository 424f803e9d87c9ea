"""A rule is bent instead of broken: taken away for a while, outlived, undone round, cut in pieces (P17, P27, P29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ops.changes import schedule
from tests.bypass.conftest import House, number
from tests.web.records.forms import posted

DAYS = timedelta(days=2)


def fresh(house: House, *subs: str) -> None:
    """These people have proved who they are a moment ago."""
    for sub in subs:
        house.visit(sub)
    house.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")


def switches(house: House, sub: str) -> str:
    """Somebody asks on the page that the rule about credit limits be switched off, or on; the change's reference."""
    rule = house.one("SELECT id FROM ops.approval_rule WHERE condition <> ''")
    house.fill(sub, f"/rules/{rule}/switch", {"reason": "For tonight"}, "switch-form")
    answer = house.visit(sub).answer
    assert answer is not None and answer.status_code == 303
    return house.newest()


def stands(house: House) -> bool:
    return bool(house.one("SELECT enabled FROM ops.approval_rule WHERE condition <> ''"))


def test_owner_removes_a_rule_to_act_and_restores_it(house: House) -> None:
    """P17, P27: it takes another owner both times; what was asked for under the rule waits on; and the trail has it."""
    fresh(house, "oz", "ola")
    waits = house.limit("oz", "~2")
    off = switches(house, "oz")
    assert house.forces("oz", off).status_code == 403 and stands(house)
    first = house.limit("oz", "~1")
    house.unmoved(first)
    house.says("ola", off)
    assert not stands(house)
    house.unmoved(first)
    house.unmoved(waits, key=2)
    assert house.forces("oz", waits).status_code == 403
    on = switches(house, "oz")
    assert house.forces("oz", on).status_code == 403
    house.says("ola", on)
    assert stands(house)
    told = house.sql(
        "SELECT e.action, p.body::jsonb -> 'after' ->> 'enabled' AS enabled FROM ops.event e "
        "JOIN ops.event_payload p USING (uid) WHERE e.table_name = 'approval_rule' AND e.action = 'row.updated' "
        "ORDER BY e.id"
    )
    assert [row.enabled for row in told] == ["false", "true"]


def test_a_lone_owner_waits_a_day_and_everybody_hears(house: House) -> None:
    """P17: with nobody to ask it takes effect after 24 hours; until then the rule stands."""
    fresh(house, "oz", "bo", "cy")
    off = switches(house, "oz")
    assert house.forces("oz", off).status_code == 403
    assert house.one(
        "SELECT lapses_at - now() > interval '23 hours' FROM ops.stage WHERE change_id = :id", id=number(off)
    )
    from ops import changes

    changes.lapse(house.platform.db, house.platform.catalog)
    assert stands(house) and house.at(off) == "in_review"
    house.unmoved(house.limit("oz"))


def test_owner_narrows_a_rule_instead(house: House) -> None:
    """P17: a condition that is never true, a role nobody has, another table: each edit of a rule is one of rights."""
    fresh(house, "oz", "ola")
    rule = house.one("SELECT id FROM ops.approval_rule WHERE condition <> ''")
    path = f"/rules/{rule}/edit"
    house.fill("oz", path, {"condition": "new.credit_limit > 99999999", "reason": "x"}, "rule-form")
    assert house.at(house.newest()) == "in_review"
    assert house.forces("oz", house.newest()).status_code == 403
    house.unmoved(house.limit("oz"))


def _at(house: House, to: str) -> str:
    moment = (datetime.now(UTC) + DAYS).strftime("%Y-%m-%dT%H:%M")
    return house.edits("ann", "shop.customers/~1", {"v.credit_limit": to, "apply_at": moment})


def _comes(house: House, reference: str) -> None:
    """Its time has come: the clock leaves work, a worker does it."""
    house.sql(
        "UPDATE ops.change_set SET apply_at = now() - interval '1 second' WHERE id = :id",
        id=number(reference),
    )
    assert len(schedule.due(house.platform.db)) == 1
    house.works("apply", f"{number(reference)}:%")


def test_apply_at_used_to_outlive_a_rule(house: House) -> None:
    """P29: what nobody was asked about when it was sent is asked about when its time has come."""
    reference = _at(house, "9000.00")
    assert house.at(reference) == "approved"
    house.rule("from 8,000 on", condition="new.credit_limit > 8000")
    _comes(house, reference)
    house.unmoved(reference)
    house.says("bo", reference)
    assert house.worth() == "9000.00"


def test_apply_at_used_to_outlive_those_who_agreed(house: House) -> None:
    """P9, P29: a yes of long ago counts while its giver may still give it; a row that moved is not overwritten."""
    reference = _at(house, "18500.00")
    house.says("bo", reference)
    assert house.at(reference) == "approved"
    house.sql("DELETE FROM ops.person_role r USING ops.person p WHERE p.id = r.person_id AND p.sub = 'bo'")
    _comes(house, reference)
    house.unmoved(reference)


def test_undo_to_walk_round_a_rule(house: House) -> None:
    """P27: down is free, and up again by undoing is up: the rule is asked of what the row would become."""
    house.sql("UPDATE shop.customers SET credit_limit = 48000 WHERE id = 1")
    down = house.limit("ann", to="900.00")
    assert house.at(down) == "applied"
    house.fill("ann", f"/changes/{down}/undo", {"reason": "a slip"}, "undo-form")
    up = house.newest()
    house.unmoved(up, worth="900.00")
    assert house.forces("ann", up).status_code == 403
    # An undo of what others agreed to is asked about again, too: its maker is whoever undoes.
    house.says("bo", up)
    house.fill("pat", f"/changes/{up}/undo", {"reason": "no"}, "undo-form")
    assert house.worth() == "900.00" and house.at(house.newest()) == "applied"
    house.fill("pat", f"/changes/{house.newest()}/undo", {"reason": "yes"}, "undo-form")
    house.unmoved(house.newest(), worth="900.00")
    assert house.forces("pat", house.newest()).status_code == 403


def test_splitting(house: House) -> None:
    """P27: up in small steps, each below the limit, ends at it; a row made cheap and made dear is asked about dear."""
    for step in ("7000.00", "9000.00", "10000.00"):
        assert house.at(house.limit("ann", to=step)) == "applied"
    reference = house.limit("ann", to="10000.01")
    house.unmoved(reference, worth="10000.00")
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/~3/cell/credit_limit")
    form = {**posted(ann.page, "cell-form"), "v.credit_limit": "18500.00"}
    ann.post("/tables/shop.customers/~3/cell/credit_limit", form, csrf=form["csrf_token"])
    house.unmoved(house.newest(), key=3)


def test_merging(house: House) -> None:
    """P27, P30: one row that is asked about makes the whole basket wait; taking it out again by revising asks anew."""
    for key, said in (("~1", {"v.credit_limit": "18500.00"}), ("~2", {"v.city": "Bodø"})):
        house.fill("ann", f"/tables/shop.customers/{key}/edit", {**said, "basket": "1"})
    house.fill("ann", "/basket/", {"reason": "both"}, "basket-form")
    reference = house.newest()
    house.unmoved(reference)
    assert house.one("SELECT count(*) FROM shop.customers WHERE city = 'Bodø'") == 0
    bo, form = house.held("bo", reference)
    house.fill(
        "ann", f"/changes/{reference}/edit", {"drop.1": "1", "v.0.credit_limit": "40000.00"}, "revise-form"
    )
    assert house.sends(bo, reference, form).status_code == 409
    house.unmoved(reference)


def test_many_small_ones_do_not_hide_from_a_rule_of_many(house: House) -> None:
    """P27: a rule about two rows or more counts those of a basket together, whatever tables they are of."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    rule = house.rule("two at once", columns=[])
    house.sql("UPDATE ops.approval_rule SET min_rows = 2, tables = '{*}' WHERE id = :id", id=rule)
    house.fill("ann", "/tables/shop.customers/~1/edit", {"v.city": "Bodø", "basket": "1"})
    house.fill("ann", "/tables/shop.tickets/~5/edit", {"v.subject": "Bodø", "basket": "1"})
    house.fill("ann", "/basket/", {"reason": "both"}, "basket-form")
    house.unmoved(house.newest())
    assert house.forces("ann", house.newest()).status_code == 403
