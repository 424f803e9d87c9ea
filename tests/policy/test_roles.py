"""Roles on tables: verbs in their own rows, columns that add up, closed by default."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ops.catalog import Resource
from ops.policy import Masked, NotVisible, limited_views, sees, view
from tests.policy.company import Company, loaded


def test_without_see_a_table_does_not_exist(company: Company) -> None:
    """P13: other verbs alone open nothing, nor does a role without a rule."""
    company.role("clerk", verbs="edit delete export act approve create")
    company.role("nothing", verbs="")
    for held in (("clerk",), ("nothing",), (), ("finance",), ("clerk", "nothing")):
        with pytest.raises(NotVisible):
            company.view(*held)
        assert not sees(company.actor(*held), company.catalog.by_name("shop", "customer"))
    with pytest.raises(NotVisible):
        company.view("clerk", table="orders")
    # A rule of a built-in role replaces its default for that table alone.
    company.role("viewer", verbs="")
    with pytest.raises(NotVisible):
        company.view("viewer")
    assert company.view("viewer", table="orders")


def test_verbs_are_a_union_each_in_its_own_rows(company: Company) -> None:
    """P14: who sees everything and edits Germany edits nothing in Iceland."""
    company.role("reader", verbs="see")
    company.role("german", verbs="see edit", rows="country = 'DE'")
    company.role("icelandic", verbs="delete", rows="country = 'IS'")
    seen = company.view("reader", "german", "icelandic")
    assert company.rows(seen) == [1, 2, 3, 4] and not seen.limited_rows() and seen.rows() is None
    assert company.rows(seen, "edit") == [1, 2] and company.rows(seen, "delete") == [3, 4]
    assert seen.under("edit").limited_rows() and seen.under("edit") is not seen
    assert [verb for verb in ("see", "create", "edit", "delete", "export", "act", "approve") if seen.may(verb)] == [
        "see", "edit", "delete",
    ]  # fmt: skip
    assert company.rows(seen, "export") == [], "a verb nobody gives holds in no row"
    # Without the reader: deleting in Iceland, of which nothing is seen, is deleting nothing.
    narrow = company.view("german", "icelandic")
    assert company.rows(narrow) == [1, 2] and company.rows(narrow, "delete") == []
    with pytest.raises(ValueError, match="fly"):
        seen.may("fly")


def test_rows_add_up_over_roles(company: Company) -> None:
    company.role("german", verbs="see", rows="country = 'DE'")
    company.role("rich", verbs="see", rows="salary > 15")
    assert company.rows(company.view("german", "rich")) == [1, 2, 3]
    assert company.rows(company.view("german", "rich", "viewer")) == [1, 2, 3, 4]


def test_a_condition_that_cannot_be_used_lets_nothing_through(company: Company) -> None:
    """P14: closed by default: a typo, a column that is gone, a condition of a rule of approval."""
    for n, rows in enumerate(
        ("country =", "gone = 1", "old.country = 'DE'", "salary = 'much'", "internal = me.id and")
    ):
        company.role(f"r{n}", verbs="see edit", rows=rows)
        seen = company.view(f"r{n}")
        assert company.rows(seen) == [] and company.rows(seen, "edit") == [] and seen.limited_rows()
    assert company.rows(company.view("r0", "viewer")) == [1, 2, 3, 4]


def test_what_the_resource_says_holds_as_well(company: Company) -> None:
    """P14: no role shows what a Resource hides, masks from it, or keeps out of everybody's rows."""

    class Customers(Resource):
        table = "shop.customer"
        hidden = ("internal",)
        masked = {"email": ("support", "email"), "iban": "finance"}
        readonly = ("name",)
        rows = {"*": "id < 4", "support": "country = 'DE'"}

    company.role("support", verbs="see edit", rows="salary > 15")
    company.role("finance", verbs="", schema="shop", table="orders")
    company.catalog = loaded(company.db, [Customers])
    seen = company.view("support")
    assert company.rows(seen) == [2]
    assert company.rows(company.view("support", "viewer")) == [1, 2, 3]
    assert "internal" not in seen.shape.by_name and "password" not in seen.shape.by_name
    assert seen.column("email").pattern is None and seen.column("iban").pattern == "last4"
    assert company.view("viewer").column("email").pattern == "email"
    assert company.view("viewer", "finance").column("iban").pattern is None
    assert "name" not in seen.settable("edit") and "email" in seen.settable("edit")
    assert "iban" not in seen.settable("edit") and "twice" not in seen.settable("edit")


def test_a_column_is_plain_where_a_role_for_every_row_shows_it(company: Company) -> None:
    """P14: a role for some rows opens nothing in the others; several for some rows open what all of them open."""
    company.role("all_masked", masked='{"iban": "full", "email": "email"}', hidden=["internal"])
    company.role("all_plain")
    company.role("some_plain", rows="country = 'DE'")
    company.role("some_masked", rows="country = 'IS'", masked='{"iban": "last4", "email": "hash"}')
    company.role("some_hidden", rows="id = 1", hidden=["iban", "internal"])

    def of(name: str, *held: str) -> str | None:
        found = company.view(*held).shape.by_name.get(name)
        return "hidden" if found is None else found.pattern

    assert of("iban", "all_masked") == "full" and of("internal", "all_masked") == "hidden"
    assert of("iban", "all_masked", "all_plain") is None and of("internal", "all_masked", "all_plain") is None
    assert of("iban", "all_masked", "some_plain") == "full", "plain in some rows is not plain in all"
    assert of("internal", "all_masked", "some_plain") == "hidden"
    assert of("iban", "some_plain") is None
    assert of("iban", "some_plain", "some_masked") == "last4"
    assert of("iban", "some_plain", "some_hidden") == "hidden"
    assert of("iban", "all_masked", "some_hidden") == "full", "masked for every row, so masked"
    assert of("iban", "some_masked", "all_masked") == "full", (
        "what is told of every row is what all_masked tells"
    )
    company.role("all_last4", masked='{"iban": "last4"}')
    assert of("iban", "all_masked", "all_last4") == "last4", "roles add up"
    company.role("some_full", rows="id = 2", masked='{"iban": "full"}')
    assert of("iban", "some_masked", "some_full") == "full", "only as much as both tell"


def test_a_role_without_see_says_nothing_of_what_is_shown(company: Company) -> None:
    company.role("editor", verbs="edit", hidden=["iban"])
    company.role("reader")
    seen = company.view("editor", "reader")
    assert seen.column("iban").pattern is None
    assert "iban" not in seen.settable("edit") and "email" in seen.settable("edit")


def test_what_may_be_written_adds_up_like_what_is_shown(company: Company) -> None:
    """P15: read-only in one role is writable in another only where that one edits as many rows."""
    company.role("fixed", verbs="see edit create", readonly=["email"])
    company.role("free_some", verbs="see edit", rows="country = 'DE'")
    company.role("free_all", verbs="see edit")
    assert "email" not in company.view("fixed").settable("edit")
    assert "email" not in company.view("fixed", "free_some").settable("edit")
    assert "email" in company.view("fixed", "free_all").settable("edit")
    assert "email" not in company.view("fixed", "free_all").settable("create"), "free_all creates nothing"
    assert "id" in company.view("fixed").settable("create") and "id" not in company.view("fixed").settable(
        "edit"
    )
    assert company.view("free_all").settable("create") == frozenset()
    assert not any(one.editable or one.creatable for one in company.view("viewer").columns)


def test_a_key_is_in_every_address_so_a_rule_that_hides_it_allows_nothing(company: Company) -> None:
    """P14: closed by default."""
    company.role("blind", verbs="see edit", hidden=["id"])
    company.role("half", verbs="see", masked='{"id": "hash"}')
    for held in (("blind",), ("half",), ("blind", "half")):
        with pytest.raises(NotVisible):
            company.view(*held)
    seen = company.view("blind", "viewer")
    assert seen.sees("id") and not seen.may("edit")


def test_masked_and_hidden_columns_cannot_be_used_to_find_rows(company: Company) -> None:
    """P14: filter, sort and search only by what one reads."""
    company.role("support", masked='{"iban": "hash"}', hidden=["salary"])
    seen = company.view("support")
    with pytest.raises(Masked):
        seen.raw("iban")
    with pytest.raises(NotVisible):
        seen.raw("salary")


def test_titles_of_other_tables_come_through_the_rules_of_those(company: Company) -> None:
    class Orders(Resource):
        table = "shop.orders"
        title = "{customer.iban}/{customer.salary}/{id}"

    company.role("support", masked='{"iban": "full"}', hidden=["salary"], rows="country = 'DE'")
    company.role("support", table="orders", verbs="see")
    company.catalog = loaded(company.db, [Orders])
    seen = company.view("support", table="orders")
    with company.db.reading() as tx:
        titles = list(tx.scalars(seen.select(seen.title()).order_by(seen.raw("id"))))
    assert titles == ["••••/1/1", "••••/2/2", "3/3/3"]


def test_people_of_the_same_roles_share_a_shape_unless_a_condition_asks_who(company: Company) -> None:
    """Speed: what is worked out for roles is worked out once."""
    company.role("plain", rows="country = 'DE'")
    company.role("own", rows="owner = me")
    one, other = company.view("plain"), company.view("plain", email="bo@x.org", person_id=2)
    assert one.shape is other.shape
    one, other = company.view("own"), company.view("own", email="bo@x.org")
    assert one.shape is not other.shape and one.columns is other.columns
    assert company.view("own", person_id=77).shape is one.shape, "only the values it compares with count"


def test_rights_of_another_stamp_are_other_rights(company: Company) -> None:
    company.role("support")
    actor = company.actor("support")
    table = company.catalog.by_name("shop", "customer")
    assert view(actor, table).sees("iban")
    company.sql("UPDATE ops.role_table SET hidden = '{iban}'")
    assert not company.view("support").sees("iban")
    assert view(actor, table).sees("iban"), (
        "an actor keeps the book it was made with; the door makes a new one"
    )


def test_limited_views_are_those_with_a_row_condition(company: Company) -> None:
    company.role("support", rows="owner = me")
    company.role("support", table="orders")
    company.role("support", table="*", verbs="")
    assert [one.table.name for one in limited_views(company.actor("support"), company.catalog)] == [
        "customer"
    ]
    assert limited_views(company.actor("viewer"), company.catalog) == []


def test_an_alias_keeps_the_rows_of_the_verb(company: Company) -> None:
    company.role("german", verbs="see edit", rows="country = 'DE'")
    seen = company.view("german", "viewer").under("edit").alias("c")
    with company.db.reading() as tx:
        assert list(tx.scalars(seen.select(sa.func.count()))) == [2]
