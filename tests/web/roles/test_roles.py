"""The screens about roles: all on one, one with its rights, the form of a role; each climbs the same ladder."""

from __future__ import annotations

from ops.db import statements
from tests.web.people.conftest import Town

REASON = "They take over the bookings in December."


def finance(house: Town) -> None:
    """A role of the company's own, with rights."""
    house.sql(
        "INSERT INTO ops.role (name, label, description, permissions) "
        "VALUES ('finance', 'Finance', 'Books and pays', '{trail.read}')"
    )
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked, readonly) VALUES "
        "('finance', 'shop', 'customers', '{see,edit}', 'country <> ''IS''', '{notes}', '{\"phone\": \"last4\"}', "
        "'{number}'), ('finance', 'shop', 'payments', '{see,export}', '', '{}', '{}', '{}')"
    )


def test_every_role_on_one_screen(house: Town) -> None:
    """Issue 3: who may is data on one screen, with how many hold it and through which groups."""
    finance(house)
    for sub in ("ann", "bo", "oz"):
        house.visit(sub)
    oz = house.visit("oz")
    assert oz.get("/people/roles/").status_code == 200
    rows = {row["id"]: row for row in oz.page.select("#on-tables tbody tr")}
    assert list(rows) == [
        f"role-{name}" for name in ("viewer", "operator", "manager", "auditor", "owner", "finance")
    ]
    marks = [cell["class"][1] for cell in rows["role-operator"].select("td.mark")]
    assert marks == ["all", "all", "all", "all", "all", "all", "none"]
    assert [cell["class"][1] for cell in rows["role-finance"].select("td.mark")][:3] == [
        "some",
        "none",
        "some",
    ]
    assert "operations" in rows["role-operator"].text
    assert rows["role-operator"].select_one("td.num").text == "1"
    single = oz.page.select_one("#single").text
    assert "Country is not IS" in single
    assert "Phone (last four characters)" in single
    assert "Hidden: Notes" in single


def test_a_role_s_page_says_everything_in_words(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    oz.get("/people/roles/finance")
    text = oz.page.select_one("main").get_text(" ", strip=True)
    for words in ("See and edit", "Country is not IS", "Read-only: Number", "Read the audit trail of everybody.",
                  "Nobody holds it now.", "No group gives it.", "Add a right on a table"):  # fmt: skip
        assert words in text, words
    oz.get("/people/roles/operator")
    assert "the built-in default" in oz.page.select_one("main").text
    assert (
        oz.page.select_one("a[href$='/edit']") is None
    )  # what is code cannot be edited, only replaced by rights


def test_holders_say_where_they_have_it_from(house: Town) -> None:
    """P4: every origin there is has words; long lists are cut and say so."""
    for number, origin in enumerate(("hand", "setting", "scim")):
        house.stranger(f"s{number}", f"Somebody {number}", "auditor", origin=origin)
    for number in range(25):
        house.stranger(f"m{number}", f"Manager {number:02}", "manager")
    house.sql(
        "UPDATE ops.person SET rights_until = now() + interval '1 hour' WHERE sub = 's0'; "
        "INSERT INTO ops.person_role (person_id, role, origin) SELECT id, 'auditor', 'break_glass' FROM ops.person "
        "WHERE sub = 's0'"
    )
    oz = house.visit("oz")
    oz.get("/people/roles/auditor")
    text = oz.page.select_one("#held-by").get_text(" ", strip=True)
    for words in ("break-glass", "by hand", "by OPS_OWNERS", "by SCIM"):
        assert words in text, words
    oz.get("/people/roles/manager")
    assert "and 5 more" in oz.page.select_one("#held-by").text


def test_the_number_of_statements_stays(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    for path in ("/people/roles/", "/people/roles/finance", "/people/roles/finance/tables/shop.customers"):
        oz.get(path)
        oz.get(path)
        before = statements()
        assert oz.get(path).status_code == 200
        assert before <= 9, (path, before)


def test_an_auditor_reads_and_may_not_change(house: Town) -> None:
    """P13, P35: nothing to press, and whoever asks all the same is refused and written down."""
    finance(house)
    cy = house.visit("cy")
    assert cy.get("/people/roles/").status_code == 200
    assert cy.page.select_one("a[href='/people/roles/new']") is None
    assert cy.get("/people/roles/finance").status_code == 200
    assert cy.page.select_one("main .actions") is None
    for path in ("/people/roles/new", "/people/roles/finance/edit", "/people/roles/finance/tables/"):
        refused = house.events("access", "refused")
        assert cy.get(path).status_code == 403
        assert house.events("access", "refused") == refused + 1
    assert house.visit("ann").get("/people/roles/").status_code == 403


def test_what_is_not_there_is_404(house: Town) -> None:
    oz = house.visit("oz")
    for path in (
        "/people/roles/nothing", "/people/roles/operator/edit", "/people/roles/nothing/tables/shop.orders",
        "/people/roles/operator/tables/shop.nothing", "/people/roles/operator/tables/ops.role",
        "/people/roles/operator/tables/a.b.c", "/people/roles/operator/tables/shop.orders/delete",
    ):  # fmt: skip
        assert oz.get(path).status_code == 404, path


def test_a_new_role_waits_for_another_owner_and_is_there_afterwards(house: Town) -> None:
    """P17, P35: through the door, with a reason, by forms that need no script."""
    ola = house.ola()
    oz = house.visit("oz")
    oz.get("/people/roles/new")
    form = {field["name"]: field["value"] for field in oz.page.select("#role-form input[type=hidden]")}
    said = {**form, "name": "stock", "label": "Stock keepers", "description": "Count and move",
            "permissions": ["jobs.read", "trail.read"], "reason": REASON}  # fmt: skip
    assert oz.post("/people/roles/new", said).status_code == 303
    oz.follow()
    assert "waits for another owner" in oz.page.select_one("#flashes").text
    assert "New role Stock keepers" in oz.page.select_one("h1").text
    assert REASON in oz.page.select_one("blockquote").text
    difference = oz.page.select_one(".diff").text
    assert "See what runs in the background" in difference
    assert "{" not in difference
    assert house.one("SELECT count(*) FROM ops.role") == 0
    assert house.events("change.submitted") == 1
    change = house.one("SELECT max(id) FROM ops.change_set")
    # Sent again, it is the first result.
    assert oz.post("/people/roles/new", said).status_code == 303
    assert house.one("SELECT count(*) FROM ops.change_set") == 1
    assert house.approve(ola, change) == "applied"
    assert house.sql("SELECT label, permissions FROM ops.role") == [
        ("Stock keepers", ["trail.read", "jobs.read"])
    ]
    assert house.events("row.created") == 1
    oz.get("/people/roles/stock")
    assert "Read the audit trail of everybody." in oz.page.select_one("#opens").text


def test_a_lone_owner_is_told_of_the_24_hours(house: Town) -> None:
    oz = house.visit("oz")
    oz.get("/people/roles/new")
    oz.post("/people/roles/new", {"name": "stock", "label": "Stock", "reason": REASON})
    oz.follow()
    assert "takes effect in 24 hours" in oz.page.select_one("#flashes").text
    assert "There is no other owner to ask" in oz.page.select_one("aside").text
    assert oz.page.select_one("aside time") is not None
    oz.get("/people/roles/")
    assert "New role Stock" in oz.page.select_one(".note").text


def test_what_is_typed_is_never_lost(house: Town) -> None:
    oz = house.visit("oz")
    for said, field in (
        ({"name": "Bad Name", "label": "Kept", "description": "also kept", "reason": REASON}, "name"),
        ({"name": "new", "label": "Kept", "description": "also kept", "reason": REASON}, "name"),
        ({"name": "good", "label": "", "description": "also kept", "reason": REASON}, "label"),
        ({"name": "good", "label": "Kept", "description": "also kept", "reason": ""}, "reason"),
    ):
        oz.get("/people/roles/new")
        assert oz.post("/people/roles/new", {**said, "permissions": "jobs.read"}).status_code == 422
        assert oz.answer.headers["HX-Push-Url"] == "false"
        assert oz.page.select_one(f"#f-{field}")["aria-invalid"] == "true"
        assert oz.page.select_one(f"#errors a[href='#f-{field}']")
        assert oz.page.select_one("#f-name")["value"] == said["name"]
        assert oz.page.select_one("#f-description").text.strip() == "also kept"
        assert oz.page.select_one("input[value='jobs.read']").has_attr("checked")
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_editing_keeps_what_others_changed_meanwhile_in_sight(house: Town) -> None:
    """A conflict shows the role as it is now, and keeps what was typed."""
    finance(house)
    house.ola()
    oz = house.visit("oz")
    oz.get("/people/roles/finance/edit")
    form = {field["name"]: field["value"] for field in oz.page.select("#role-form input[type=hidden]")}
    said = {**form, "label": "Finance and tax", "description": "Books and pays", "permissions": "trail.read"}
    house.sql("UPDATE ops.role SET label = 'Money' WHERE name = 'finance'")
    assert oz.post("/people/roles/finance/edit", {**said, "reason": REASON}).status_code == 409
    assert oz.page.select_one("#f-label")["value"] == "Finance and tax"
    assert oz.page.select_one("input[name='b.label']")["value"] == "Money"
    again = {field["name"]: field["value"] for field in oz.page.select("#role-form input[type=hidden]")}
    assert oz.post("/people/roles/finance/edit", {**said, **again, "reason": REASON}).status_code == 303
    change = house.sql("SELECT base, after FROM ops.operation")[0]
    assert change.after == {"label": "Finance and tax"}
    assert change.base == {"label": "Money"}


def test_nothing_changed_is_nothing_sent(house: Town) -> None:
    finance(house)
    oz = house.visit("oz")
    oz.get("/people/roles/finance/edit")
    form = {field["name"]: field["value"] for field in oz.page.select("#role-form input[type=hidden]")}
    said = {**form, "label": "Finance", "description": "Books and pays", "permissions": "trail.read"}
    assert oz.post("/people/roles/finance/edit", {**said, "reason": REASON}).status_code == 303
    oz.follow()
    assert "Nothing was changed" in oz.page.select_one("#flashes").text
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_deleting_says_first_what_keeps_a_role(house: Town) -> None:
    finance(house)
    ola = house.ola()
    oz = house.visit("oz")
    oz.get("/people/roles/finance/delete")
    assert "remove its 2 rights on tables" in oz.page.select_one(".note").text
    assert oz.page.select_one("#f-reason") is None
    house.sql("DELETE FROM ops.role_table")
    oz.get("/people/roles/finance/delete")
    assert oz.post("/people/roles/finance/delete", {"reason": ""}).status_code == 422
    assert oz.post("/people/roles/finance/delete", {"reason": "Nobody needs it."}).status_code == 303
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    assert oz.get("/people/roles/finance").status_code == 404


def test_p17_what_one_holds_is_not_one_s_to_change(house: Town) -> None:
    """P17, P35: the page says why, and a forged form is refused, with what was typed."""
    house.ola()
    oz = house.visit("oz")
    oz.get("/people/roles/owner")
    assert "Every owner holds it" in oz.page.select_one("#own").text
    assert oz.page.select_one("main .actions") is None
    said = {"verbs": ["see", "edit"], "rows": "status = 'open'", "reason": REASON}
    refused = house.events("change.submitted", "refused")
    assert oz.post("/people/roles/owner/tables/shop.tickets", said, csrf=_token(oz)).status_code == 403
    assert "Ask another owner" in oz.page.select_one("#problem").text
    assert oz.page.select_one("#f-rows")["value"] == "status = 'open'"
    assert oz.page.select_one("#f-reason").text.strip() == REASON
    assert house.events("change.submitted", "refused") == refused + 1
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p11_forms_of_rights_ask_anew_who_one_is(house: Town) -> None:
    """P11: opening one needs a sign-in of the last minutes, sending it one of the last half hour."""
    finance(house)
    oz = house.visit("oz")
    token = _token(oz)
    house.sql("UPDATE ops.session SET auth_time = now() - interval '10 minutes'")
    assert oz.get("/people/roles/finance").status_code == 200
    for path in (
        "/people/roles/new",
        "/people/roles/finance/tables/shop.orders",
        "/people/groups/new",
        "/rules/new",
    ):
        assert oz.get(path).status_code == 303
        assert oz.answer.headers["Location"].startswith("/sign-in/again?next=")
        assert (
            oz.post(path, {}, csrf=token).status_code == 422
        )  # opened when it was fresh, sent a little later
    house.sql("UPDATE ops.session SET auth_time = now() - interval '1 hour'")
    said = {"name": "stock", "label": "Stock", "reason": REASON}
    assert oz.post("/people/roles/new", said, csrf=token).headers["Location"].startswith("/sign-in/again")
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def _token(visitor: object) -> str:
    visitor.get("/people/me")  # type: ignore[attr-defined]  # a Visitor
    return str(visitor.token())  # type: ignore[attr-defined]  # a Visitor
