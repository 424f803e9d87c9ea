"""The one exception used by whom it is not for, and for what it is not for (P27, P33)."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.bypass.conftest import House, number
from tests.bypass.test_many_rows import many


@pytest.fixture
def night(house: House) -> House:
    """Ann, Bo and Oz may apply in an emergency; all have proved who they are a moment ago."""
    house.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('fire', 'Fire', '{changes.emergency}')"
    )
    for sub in ("ann", "bo", "oz", "pat"):
        house.gives_role(sub, "fire")
    house.visit("eve")
    house.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")
    return house


def uses(house: House, sub: str, reference: str, reason: str = "It is night") -> TestResponse:
    """Send the form of an emergency, whether one's page offers it or not."""
    visitor = house.visit(sub)
    visitor.get("/people/me")
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=number(reference))
    said = {"reason": reason, "digest": digest, "form_token": f"emergency-{sub}-{reference}"}
    return visitor.post(f"/changes/{reference}/emergency", said)


def test_emergency_without_permission(night: House) -> None:
    """P33: the maker without it; the owner's role does not hold it either."""
    reference = night.limit("eve")
    assert uses(night, "eve", reference).status_code == 403
    night.sql("DELETE FROM ops.person_role WHERE role = 'fire'")
    own = night.limit("oz", "~2")
    assert uses(night, "oz", own).status_code == 403
    night.unmoved(reference)
    night.unmoved(own, key=2)


def test_emergency_by_a_non_maker(night: House) -> None:
    """P33: a manager who would be asked, an owner: it is for who made the change, and nobody lends it."""
    reference = night.limit("eve")
    for sub in ("bo", "oz", "ann"):
        assert uses(night, sub, reference).status_code == 403, sub
    night.unmoved(reference)


@pytest.mark.parametrize("path", ["/people/roles/new", "switch"])
def test_emergency_on_rights(night: House, path: str) -> None:
    """P17, P33: who could do that could give themselves the permission, or take a rule away for a night."""
    night.visit("ola")
    night.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")
    if path == "switch":
        rule = night.one("SELECT id FROM ops.approval_rule WHERE condition <> ''")
        night.fill("oz", f"/rules/{rule}/switch", {"reason": "tonight"}, "switch-form")
    else:
        said = {"name": "fire2", "label": "Fire", "permissions": "changes.emergency", "reason": "x"}
        night.fill("oz", path, said, "role-form")
    reference = night.newest()
    assert night.at(reference) == "in_review"
    assert uses(night, "oz", reference).status_code in (403, 409)
    assert night.at(reference) == "in_review"
    assert night.one("SELECT count(*) FROM ops.approval_rule WHERE NOT enabled") == 0
    assert night.one("SELECT count(*) FROM ops.role WHERE name = 'fire2'") == 0


def test_emergency_on_many_rows(night: House) -> None:
    """P33."""
    reference = many(night, "ann", "~1", "~2", **{"v.credit_limit": "18500.00"})
    assert uses(night, "ann", reference).status_code in (403, 409)
    night.works("bulk", "%")
    assert night.at(reference) == "in_review" and night.worth() == "5000.00"


def test_emergency_after_the_answer(night: House) -> None:
    """P28, P33: what was rejected, sent back or withdrawn is not applied after all."""
    for key, verdict in (("~1", "reject"), ("~2", "send_back")):
        reference = night.limit("ann", key)
        night.says("bo", reference, verdict, comment="no")
        assert uses(night, "ann", reference).status_code in (403, 409)
        night.unmoved(reference, key=int(key[1:]), state="rejected" if verdict == "reject" else "sent_back")


def test_emergency_reviewed_by_its_user(night: House) -> None:
    """P33: neither by who used it nor by another maker of it, whatever roles they have."""
    reference = night.limit("ann")
    night.fill("pat", f"/changes/{reference}/edit", {"v.0.credit_limit": "17000.00"}, "revise-form")
    night.gives_role("ann", "manager")
    assert uses(night, "ann", reference).status_code == 303
    assert night.worth() == "17000.00"
    for sub in ("ann", "pat", "eve"):
        visitor = night.visit(sub)
        visitor.get("/people/me")
        said = {"finding": "justified", "comment": "well done"}
        assert visitor.post(f"/changes/{reference}/emergency/review", said).status_code == 403, sub
    assert night.one("SELECT count(*) FROM ops.emergency_review WHERE closed_at IS NULL") == 1


def test_emergency_on_what_was_not_on_the_screen(night: House) -> None:
    """P28, P33: the digest of an earlier revision applies nothing."""
    reference = night.limit("ann")
    ann = night.visit("ann")
    ann.get(f"/changes/{reference}/emergency")
    form = {
        str(one["name"]): str(one.get("value", "")) for one in ann.page.select("#emergency-form input[name]")
    }
    night.fill("pat", f"/changes/{reference}/edit", {"v.0.credit_limit": "49000.00"}, "revise-form")
    answer = ann.post(f"/changes/{reference}/emergency", {**form, "reason": "night"}, csrf=form["csrf_token"])
    assert answer.status_code in (409, 422)
    night.unmoved(reference)
