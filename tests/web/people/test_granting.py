"""Giving a role by hand and taking it away, by the page: through the door, never for oneself."""

from __future__ import annotations

from ops import changes
from tests.web.people.conftest import Town


def test_it_goes_to_the_change_and_waits_for_another_owner(house: Town) -> None:
    """P17, P27: works; nothing counts before Ola agrees; then it does, with no further sign-in."""
    ola, dee, oz = house.ola(), house.id_of("dee"), house.visit("oz")
    oz.get(f"/people/{dee}/roles/new")
    form = oz.page.select_one("form#give")
    fields = {one["name"]: one.get("value", "") for one in form.select("input[type=hidden]")}
    oz.post(f"/people/{dee}/roles/new", {**fields, "role": "viewer", "reason": "Stocktaking"})
    assert oz.answer.status_code == 303
    oz.follow()
    assert "Give Dee Field the role Viewer" in oz.page.h1.text
    assert "waits for another owner" in oz.page.select_one("#flashes").text
    assert "had a hand" in oz.page.text
    assert house.visit("dee").get("/tables/shop.orders/").status_code == 403
    change_id = house.one("SELECT max(id) FROM ops.change_set")
    assert house.approve(ola, change_id) == "applied"
    assert house.visit("dee").get("/tables/shop.orders/").status_code == 200
    # Sent again, it is the same change.
    oz.get(f"/people/{dee}")
    oz.post(f"/people/{dee}/roles/new", {**fields, "role": "viewer", "reason": "Stocktaking"})
    assert oz.answer.headers["Location"] == f"/changes/CH-{change_id}"


def test_it_is_found_among_what_waits_for_the_other_owner(house: Town) -> None:
    house.gives("oz", house.id_of("dee"), "viewer", title="Give Dee Field the role Viewer")
    ann = house.id_of("ann")
    house.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, 'owner', 'hand')", id=ann)
    for path in ("/", "/approvals/", "/changes/"):
        house.visit("ann").get(path)
        assert "Give Dee Field the role Viewer" in house.visit("ann").page.text, path


def test_what_is_missing_is_said_beside_the_field(house: Town) -> None:
    """422, and what was typed is kept."""
    dee, oz = house.id_of("dee"), house.visit("oz")
    oz.get(f"/people/{dee}/roles/new")
    assert oz.post(f"/people/{dee}/roles/new", {"role": "", "reason": "Kept words"}).status_code == 422
    assert "Choose one of the roles" in oz.page.select_one("#f-role-error").text
    assert "Kept words" in oz.page.select_one("textarea").text
    assert oz.post(f"/people/{dee}/roles/new", {"role": "nonsense", "reason": "x"}).status_code == 422
    assert oz.post(f"/people/{dee}/roles/new", {"role": "viewer", "reason": "  "}).status_code == 422
    assert "Say why" in oz.page.select_one("#f-reason-error").text
    assert oz.page.select_one("input[value=viewer]").has_attr("checked")
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p17_nobody_gives_one_to_themselves(house: Town) -> None:
    """403 by the page and by the door, each written down."""
    oz, me, dee = house.visit("oz"), house.id_of("oz"), house.id_of("dee")
    assert oz.get(f"/people/{me}/roles/new").status_code == 403
    before = house.events("access", "refused")
    oz.get(f"/people/{dee}/roles/new")
    assert oz.post(f"/people/{me}/roles/new", {"role": "auditor", "reason": "me"}).status_code == 403
    assert house.events("access", "refused") == before + 1
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_only_those_with_the_permission(house: Town) -> None:
    """P13."""
    dee = house.id_of("dee")
    for sub in ("ann", "bo", "cy"):
        visitor = house.visit(sub)
        assert visitor.get(f"/people/{dee}/roles/new").status_code == 403
        visitor.get("/people/me")
        sent = visitor.post(f"/people/{dee}/roles/new", {"role": "viewer", "reason": "x"})
        assert sent.status_code == 403, sub


def test_taking_one_away(house: Town) -> None:
    ola, oz = house.ola(), house.visit("oz")
    nina = house.stranger("nina", "Nina New", "viewer", "operator")
    oz.get(f"/people/{nina}/roles/operator/take")
    assert "Take the role Operator away from Nina New?" in oz.page.h1.text
    assert oz.post(f"/people/{nina}/roles/operator/take", {"reason": ""}).status_code == 422
    oz.post(f"/people/{nina}/roles/operator/take", {"reason": "She moved"})
    assert oz.answer.status_code == 303
    change_id = house.one("SELECT max(id) FROM ops.change_set")
    assert house.approve(ola, change_id) == "applied"
    assert house.one("SELECT count(*) FROM ops.person_role WHERE person_id = :id", id=nina) == 1
    assert oz.get(f"/people/{nina}/roles/operator/take").status_code == 404


def test_what_a_group_gave_is_not_ours_to_take(house: Town) -> None:
    """P4: the mapping or the group is changed instead."""
    ann, oz = house.id_of("ann"), house.visit("oz")
    assert oz.get(f"/people/{ann}/roles/operator/take").status_code == 404
    oz.get(f"/people/{ann}")
    assert not oz.page.select("#roles a.btn")


def test_who_proved_long_ago_who_they_are_does_so_anew(house: Town) -> None:
    """P11: before changing roles; a form that is open is still taken."""
    dee, oz = house.id_of("dee"), house.visit("oz")
    house.sql("UPDATE ops.session SET auth_time = now() - interval '6 minutes'")
    oz.get(f"/people/{dee}/roles/new")
    assert oz.answer.status_code == 303
    assert oz.answer.headers["Location"].startswith("/sign-in/again?next=%2Fpeople%2F")
    oz.get(f"/people/{dee}")
    sent = oz.post(f"/people/{dee}/roles/new", {"role": "viewer", "reason": "x"})
    assert sent.headers["Location"].startswith("/changes/")
    house.sql("UPDATE ops.session SET auth_time = now() - interval '31 minutes'")
    oz.get(f"/people/{dee}")
    sent = oz.post(f"/people/{dee}/roles/new", {"role": "operator", "reason": "x"})
    assert sent.headers["Location"].startswith("/sign-in/again")
    assert house.one("SELECT count(*) FROM ops.change_set") == 1


def test_p11_no_other_form_gives_roles_without_it(house: Town) -> None:
    """P11: the forms every table has know the tables of rights too, by whatever spelling of their name."""
    dee, oz = house.id_of("dee"), house.visit("oz")
    oz.get("/people/me")
    house.sql("UPDATE ops.session SET auth_time = now() - interval '31 minutes'")
    for ref in ("ops.person_role", "%6Fps.person_role"):
        assert oz.get(f"/tables/{ref}/new").headers["Location"].startswith("/sign-in/again")
        oz.get("/people/me")
        sent = oz.post(f"/tables/{ref}/new", {"v.person_id": str(dee), "v.role": "viewer", "reason": "x"})
        assert sent.headers["Location"].startswith("/sign-in/again")
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p11_a_yes_to_rights_needs_it_too(house: Town) -> None:
    """P11: who proved long ago who they are decides on rights only once they did anew; a no is always taken."""
    house.gives("oz", house.id_of("dee"), "viewer")
    ann = house.id_of("ann")
    house.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, 'owner', 'hand')", id=ann)
    asked = changes.Outcome(house.one("SELECT max(id) FROM ops.change_set"), "in_review")
    path = f"/changes/{asked.reference}"
    house.sql("UPDATE ops.session SET auth_time = now() - interval '31 minutes'")
    house.visit("ann").get(path)
    sent = house.decide("ann", asked, comment="seen")
    assert sent.answer is not None and sent.answer.headers["Location"].startswith("/sign-in/again")
    assert house.state(asked) == "in_review"
    house.sql("UPDATE ops.session SET auth_time = now() - interval '29 minutes'")
    house.visit("ann").get(path)
    assert "seen" in house.visit("ann").page.text
    house.decide("ann", asked)
    assert house.state(asked) == "applied"
