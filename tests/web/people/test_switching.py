"""Switching a person off and on by the page: at once, with a reason, never oneself."""

from __future__ import annotations

from tests.web.people.conftest import Town


def test_off_counts_at_once_and_is_written_down(house: Town) -> None:
    """P9, P35."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    oz.get(f"/people/{ann}/off")
    assert "One open session" in oz.page.select_one("#what").text
    oz.post(f"/people/{ann}/off", {"reason": "Left the company"})
    oz.follow()
    assert "Ann Arbor is switched off" in oz.page.select_one("#flashes").text
    assert "Switched off" in oz.page.select_one(".head").text
    assert "while they are switched off" in oz.page.select_one("#reach").text
    assert house.visit("ann").get("/tables/").status_code == 303
    told = house.last("people.disabled")
    assert told["reason"] == "Left the company" and told["person"] == house.id_of("oz")
    assert told["key"] == f"~{ann}"
    assert oz.get(f"/people/{ann}/off").status_code == 303


def test_on_again(house: Town) -> None:
    ann, oz = house.id_of("ann"), house.visit("oz")
    house.sql("UPDATE ops.person SET disabled_at = now(), disabled_by = 'hand' WHERE id = :id", id=ann)
    oz.get(f"/people/{ann}/on")
    assert oz.post(f"/people/{ann}/on", {"reason": ""}).status_code == 422
    oz.post(f"/people/{ann}/on", {"reason": "Back from leave"})
    oz.follow()
    assert "Active" in oz.page.select_one(".head").text
    assert house.last("people.enabled")["reason"] == "Back from leave"


def test_whom_scim_holds_is_switched_on_there(house: Town) -> None:
    """P9."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    house.sql("UPDATE ops.person SET disabled_at = now(), disabled_by = 'scim' WHERE id = :id", id=ann)
    house.sql("INSERT INTO ops.scim_token (label, digest) VALUES ('t', '\\x00')")
    house.sql(
        "INSERT INTO ops.scim_user (user_name, user_key, active, resource, person_id) "
        "VALUES ('ann', 'ann', false, '{}', :id)",
        id=ann,
    )
    oz.get(f"/people/{ann}")
    assert "SCIM switched them off" in oz.page.select_one("#off").text
    oz.get(f"/people/{ann}/on")
    assert oz.post(f"/people/{ann}/on", {"reason": "please"}).status_code == 409
    assert "SCIM says they are not active" in oz.page.select_one("#answer").text
    assert "please" in oz.page.select_one("textarea").text


def test_a_reason_is_needed_and_nobody_switches_themselves(house: Town) -> None:
    ann, me, oz = house.id_of("ann"), house.id_of("oz"), house.visit("oz")
    oz.get(f"/people/{ann}/off")
    assert oz.post(f"/people/{ann}/off", {"reason": " "}).status_code == 422
    assert "Say why" in oz.page.select_one("#f-reason-error").text
    assert oz.post(f"/people/{me}/off", {"reason": "me"}).status_code == 403
    for sub in ("ann", "bo", "cy"):
        house.visit(sub).get("/people/me")
        assert house.visit(sub).post(f"/people/{me}/off", {"reason": "x"}).status_code == 403
    assert house.one("SELECT count(*) FROM ops.person WHERE disabled_at IS NOT NULL") == 0


def test_p17_who_is_no_owner_switches_no_owner(house: Town) -> None:
    """P17: else whoever keeps people could leave no owner to ask, or bring one back who would agree."""
    ola, bo, dee = house.ola(), house.visit("bo"), house.id_of("dee")
    house.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('keeper', 'Keeper', '{people.read,people.edit}')"
    )
    house.sql(
        "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, 'keeper', 'hand')",
        id=house.id_of("bo"),
    )
    bo.get("/people/")
    for way in ("off", "leave"):
        assert bo.post(f"/people/{ola}/{way}", {"reason": "x"}).status_code == 403, way
        assert "Only an owner" in bo.page.text
        bo.get(f"/people/{ola}")
    assert house.last("access")["outcome"] == "refused"
    assert bo.post(f"/people/{dee}/off", {"reason": "x"}).status_code == 303
    house.sql("UPDATE ops.person SET disabled_at = now(), disabled_by = 'hand' WHERE id = :id", id=ola)
    bo.get("/people/")
    assert bo.post(f"/people/{ola}/on", {"reason": "x"}).status_code == 403
    oz = house.visit("oz")
    oz.get(f"/people/{ola}/on")
    assert oz.post(f"/people/{ola}/on", {"reason": "Back"}).status_code == 303
    assert house.one("SELECT count(*) FROM ops.person WHERE disabled_at IS NOT NULL") == 1
