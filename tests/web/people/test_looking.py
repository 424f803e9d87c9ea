"""Looking as a role: never more than both may see, nothing written, both ends in the trail."""

from __future__ import annotations

from dataclasses import replace

from ops import identity, policy
from ops.actor import Actor
from tests.web.people.conftest import Town


def look(house: Town, sub: str, role: str) -> None:
    visitor = house.visit(sub)
    visitor.get("/people/preview")
    assert visitor.post("/people/preview", {"role": role}).status_code == 303
    visitor.follow()


def acting(house: Town, sub: str) -> Actor:
    """The person with the rights of today."""
    person = house.id_of(sub)
    with house.platform.db.reading() as tx:
        return identity.actor_for(tx, person, source="web")


def test_it_says_so_on_every_page_until_it_is_stopped(house: Town) -> None:
    """P35: both ends are told."""
    oz = house.visit("oz")
    look(house, "oz", "operator")
    for path in ("/tables/shop.orders/", "/", "/people/me", "/tables/nothing/"):
        oz.get(path)
        assert "You are looking as Operator" in oz.page.select_one("#looking").text, path
    assert house.last("preview.started")["facts"] == {"role": "operator"}
    assert oz.get("/people/").status_code == 403
    assert not [one for one in oz.page.select("#rail a") if one["href"].startswith(("/people/", "/audit/"))]
    oz.get("/tables/shop.orders/~1")
    assert oz.page.select_one("a[href$='/edit']"), "what an operator sees"
    oz.post("/people/preview/stop")
    oz.follow()
    assert oz.page.select_one("#looking").text.strip() == ""
    assert house.last("preview.stopped")["facts"] == {"role": "operator"}
    assert oz.get("/people/").status_code == 200
    before = house.events("preview.stopped")
    oz.post("/people/preview/stop")
    assert house.events("preview.stopped") == before


def test_the_part_of_a_page_says_so_too(house: Town) -> None:
    look(house, "oz", "viewer")
    oz = house.visit("oz")
    oz.get("/tables/", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "You are looking as Viewer" in oz.answer.text
    assert oz.page.select_one("#looking")["hx-swap-oob"] == "innerHTML"


def test_nothing_is_written_meanwhile(house: Town) -> None:
    """403 with a sentence, and an event; signing out and colours still work."""
    oz = house.visit("oz")
    look(house, "oz", "operator")
    refused = house.events("access", "refused")
    oz.get("/tables/shop.customers/~7/edit")
    form = {one["name"]: one.get("value", "") for one in oz.page.select("#record-form input[name]")}
    assert oz.post("/tables/shop.customers/~7/edit", {**form, "v.city": "Elsewhere"}).status_code == 403
    assert "nothing you send is taken" in oz.page.select_one("main").text
    assert oz.page.select_one("#looking form")
    for path in ("/exports/", "/notices/read", "/people/preview", "/changes/CH-1001/decision"):
        oz.get("/tables/")
        assert oz.post(path, {"role": "owner", "table": "shop.orders"}).status_code == 403, path
    assert house.events("access", "refused") == refused + 5
    assert house.one("SELECT count(*) FROM ops.change_set") == 0
    oz.get("/tables/")
    assert oz.post("/appearance", {"theme": "dark", "density": "compact", "keys": "on"}).status_code == 303
    oz.get("/tables/")
    assert oz.post("/sign-out").status_code == 303


def test_only_owners_and_only_for_this_session(house: Town) -> None:
    """P13."""
    for sub in ("ann", "bo", "cy", "dee"):
        visitor = house.visit(sub)
        assert visitor.get("/people/preview").status_code == 403
        visitor.get("/people/me")
        assert visitor.post("/people/preview", {"role": "owner"}).status_code == 403
    oz, other = house.visit("oz"), house._visit("oz")
    oz.get("/people/preview")
    assert oz.post("/people/preview", {"role": "nothing"}).status_code == 422
    look(house, "oz", "viewer")
    assert other.get("/people/").status_code == 200
    assert oz.get("/people/").status_code == 403


def test_who_may_look_no_more_sees_as_themselves(house: Town) -> None:
    """P9."""
    look(house, "oz", "operator")
    house.sql("DELETE FROM ops.person_role WHERE person_id = :id", id=house.id_of("oz"))
    oz = house.visit("oz")
    oz.get("/")
    assert oz.page.select_one("#looking").text.strip() == ""
    assert oz.get("/tables/shop.orders/").status_code == 403


def test_p14_never_more_than_both_may_see(house: Town) -> None:
    """P14: tables, rows, columns and masks of the two together, whatever the role shows."""
    house.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('deputy', 'Deputy', '{people.edit,people.read}')"
    )
    for said in (
        "('deputy', 'shop', 'orders', '{see}', '', '{}', '{}')",
        "('deputy', 'shop', 'customers', '{see,edit}', 'country = ''DE''', '{city}', '{\"email\": \"full\"}')",
        "('viewer', 'shop', 'customers', '{see,export}', 'id > 10', '{phone}', '{\"email\": \"last4\"}')",
        "('viewer', 'shop', 'products', '{see}', '', '{}', '{}')",
    ):
        house.sql(
            f"INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked) VALUES {said}"
        )
    dee = house.id_of("dee")
    house.sql("INSERT INTO ops.person_role (person_id, role) VALUES (:id, 'deputy')", id=dee)
    catalog = house.platform.catalog
    own, looks = acting(house, "dee"), policy.looking_as(acting(house, "dee"), "viewer", catalog)
    assert looks is not None
    customers = policy.view(looks, catalog.by_name("shop", "customers"), catalog)
    assert not customers.may("edit") and not customers.may("export")
    names = {one.name: one for one in customers.columns}
    assert "city" not in names and "phone" not in names
    assert names["email"].pattern == "full"
    with house.platform.db.reading() as tx:
        found = {int(row[0]) for row in tx.execute(customers.select(customers.text("id")))}
    both = {row.id for row in house.sql("SELECT id FROM shop.customers WHERE country = 'DE' AND id > 10")}
    assert found == both and both
    assert not policy.sees(looks, catalog.by_name("shop", "products")), "the role's, not one's own"
    assert policy.sees(looks, catalog.by_name("shop", "orders")), "both see it"
    assert not policy.may(looks, policy.Permission.PEOPLE_EDIT) and not policy.may(
        looks, policy.Permission.TRAIL_READ
    )
    assert policy.stamp(looks) != policy.stamp(own)
    assert policy.looking_as(own, "nothing", catalog) is None


def test_every_role_is_narrowed_by_every_other(house: Town) -> None:
    """P14: for each pair, table by table: no verb, column or plain value beyond either."""
    house.id_of("oz")
    catalog = house.platform.catalog
    base = acting(house, "oz")
    roles = ("viewer", "operator", "manager", "auditor", "owner")
    for mine in roles:
        me = replace(base, roles=frozenset((mine,)))
        for theirs in roles:
            them = replace(base, roles=frozenset((theirs,)))
            looks = policy.looking_as(me, theirs, catalog)
            assert looks is not None
            for permission in policy.Permission:
                assert not policy.may(looks, permission) or (
                    policy.may(me, permission) and policy.may(them, permission)
                )
            for table in (*catalog, *catalog.house.values()):
                if not policy.sees(looks, table):
                    continue
                seen, own, role = (policy.view(one, table, catalog) for one in (looks, me, them))
                for one in seen.columns:
                    for other in (own, role):
                        assert one.name in other.shape.by_name, (mine, theirs, table.ref, one.name)
                        assert one.masked or other.sees(one.name), (mine, theirs, table.ref, one.name)
                for verb in ("see", "create", "edit", "delete", "export", "act", "approve"):
                    assert not seen.may(verb) or (own.may(verb) and role.may(verb)), (
                        mine,
                        theirs,
                        table.ref,
                        verb,
                    )
