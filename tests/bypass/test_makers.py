"""Whoever made a change tries to be the one who agrees to it: in every disguise, each its own test (P27, P32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.bypass.conftest import House, number
from tests.web.records.forms import posted


def lends(house: House, sub: str, to: str) -> None:
    """Somebody lends their seat by the page, from today on."""
    today = datetime.now(UTC).date()
    said = {"to": str(house.actor(to).person_id), "starts": today.isoformat(), "reason": "away",
            "ends": (today + timedelta(days=3)).isoformat()}  # fmt: skip
    visitor = house.visit(sub)
    visitor.get("/delegations/")
    form = posted(visitor.page, "delegate")
    visitor.post("/delegations/", {**form, **said}, csrf=form["csrf_token"])
    assert visitor.answer is not None and visitor.answer.status_code == 303, visitor.page.get_text(" ")


@pytest.mark.parametrize("maker", ["pat", "oz"])
def test_own_change(house: House, maker: str) -> None:
    """P27: a manager's own, and an owner's own: no button, and sent all the same it is refused and written down."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    house.rule("one of theirs", role="owner" if maker == "oz" else "manager")
    reference = house.limit(maker)
    for verdict, action in (("approve", "approved"), ("reject", "rejected"), ("send_back", "sent_back")):
        assert house.forces(maker, reference, verdict).status_code == 403
        assert house.events(f"change.{action}", "refused") == 1
    house.unmoved(reference)


def test_co_editor(house: House) -> None:
    """P27: who made any revision of it is a maker for good, also once another one is made after theirs."""
    reference = house.limit("ann")
    edit = f"/changes/{reference}/edit"
    house.fill("pat", edit, {"v.0.credit_limit": "18000.00"}, "revise-form")
    assert house.forces("pat", reference).status_code == 403
    house.fill("ann", edit, {"v.0.credit_limit": "17000.00"}, "revise-form")
    assert house.forces("pat", reference).status_code == 403
    house.unmoved(reference)
    house.says("bo", reference)
    assert house.worth() == "17000.00"


def test_second_role(house: House) -> None:
    """P27, P32: a role given afterwards makes no decider of a maker, and two roles do not fill two stages."""
    house.rule("an owner as well", role="owner")
    reference = house.limit("ann")
    for role in ("manager", "owner"):
        house.gives_role("ann", role)
        assert house.forces("ann", reference).status_code == 403
    house.gives_role("bo", "owner")
    assert house.says("bo", reference).status_code == 303
    assert house.forces("bo", reference).status_code == 403
    house.unmoved(reference)
    assert house.yeses(reference) == 1


def test_two_sessions(house: House) -> None:
    """P27, P32: a second browser is the same person, whichever of the two sends what."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    browsers = [house.visit("bo"), house.another("bo")]
    forms = []
    for browser in browsers:
        browser.get(f"/changes/{reference}")
        forms.append(posted(browser.page, "decision"))
    assert house.sends(browsers[0], reference, forms[0]).status_code == 303
    assert house.sends(browsers[1], reference, forms[1]).status_code in (403, 409)
    house.unmoved(reference)
    assert house.yeses(reference) == 1
    other = house.another("ann")
    other.get("/people/me")
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=number(reference))
    held = {"csrf_token": other.token(), "form_token": "s" * 22, "digest": digest}
    assert house.sends(other, reference, held).status_code == 403
    house.unmoved(reference)


def test_delegated_to_maker(house: House) -> None:
    """P27, P32: a seat that is lent to its maker stays empty."""
    reference = house.limit("pat")
    lends(house, "bo", "pat")
    assert house.forces("pat", reference).status_code == 403
    house.unmoved(reference)


def test_a_makers_seat_is_lent_to_nobody(house: House) -> None:
    """P27, P32: whoever stands in for the maker has no seat by that; neither twice beside the lender."""
    house.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('cfo', 'CFO', '{changes.decide}')")
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) "
        "VALUES ('cfo', '*', '*', '{see,create,edit,approve}')"
    )
    house.gives_role("pat", "cfo")
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    house.rule("the CFO", role="cfo")
    reference = house.limit("pat")
    lends(house, "pat", "max")
    assert house.forces("max", reference).status_code == 403
    house.unmoved(reference)


def test_revised_by_somebody_who_decided(house: House) -> None:
    """P27: who has said yes to any revision makes none, by the page or past it."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    pat = house.visit("pat")
    pat.get(f"/changes/{reference}/edit")
    form = posted(pat.page, "revise-form")
    house.says("pat", reference)
    assert pat.get(f"/changes/{reference}/edit").status_code == 403
    answer = pat.post(
        f"/changes/{reference}/edit", {**form, "v.0.credit_limit": "40000.00"}, csrf=form["csrf_token"]
    )
    assert answer.status_code == 403
    house.unmoved(reference)
    assert house.one("SELECT revision FROM ops.change_set WHERE id = :id", id=number(reference)) == 1


def test_a_maker_who_withdraws_and_comes_again(house: House) -> None:
    """P27: what a colleague agreed to is the change they saw, not the next one with the same values."""
    house.rule("two of them", needed=2)
    first = house.limit("pat")
    house.says("bo", first)
    pat = house.visit("pat")
    pat.get("/people/me")
    assert pat.post(f"/changes/{first}/withdrawal").status_code == 303
    second = house.limit("pat")
    assert second != first and house.yeses(second) == 0
    house.says("max", second)
    house.unmoved(second)


def test_what_one_inherits_is_ones_own(house: House) -> None:
    """P27: who takes a change over from somebody who leaves is a maker of it."""
    reference = house.limit("ann")
    house.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")
    oz, ann, bo = house.visit("oz"), house.actor("ann").person_id, house.actor("pat").person_id
    house.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")
    oz.get(f"/people/{ann}/leave?to={bo}")
    assert oz.post(f"/people/{ann}/leave", {"to": str(bo), "reason": "Last day"}).status_code == 303
    assert house.forces("pat", reference).status_code == 403
    house.unmoved(reference)
