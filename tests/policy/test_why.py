"""Why? The answer is the View's, the reasons are the rules it was made of."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from ops.catalog import Resource, key_text
from ops.db import reset_statements, statements
from ops.policy import NotVisible, Reason, View, view, why
from ops.roles import VERBS
from tests.policy.company import Company, loaded


class Customers(Resource):
    table = "shop.customer"
    label = "Customers"
    hidden = ("internal",)
    masked = {"email": ("helpdesk", "email")}
    readonly = ("name",)
    rows = {"*": "id < 4", "operator": "country = 'DE'"}


@pytest.fixture
def company(company: Company) -> Company:
    company.catalog = loaded(company.db, [Customers])
    company.role(
        "support", verbs="see edit", rows="owner = me", hidden=["salary"], masked='{"iban": "last4"}'
    )
    company.role("broken", verbs="see", rows="cuontry = 'DE'")
    company.role("blind", verbs="see", hidden=["id"])
    company.role("clerk", verbs="edit export", readonly=["team"])
    return company


def ask(
    company: Company, *held: str, verb: str = "see", table: str = "customer", **about: str
) -> list[Reason]:
    actor = company.actor(*held)
    with company.db.reading() as tx:
        reset_statements()
        found = why(tx, company.catalog, actor, company.catalog.by_name("shop", table), verb, **about)
        assert statements() <= 2
    return found


def said(reasons: list[Reason]) -> list[tuple[bool, str]]:
    return [(one.yes, one.sentence) for one in reasons]


def test_a_role_that_gives_it(company: Company) -> None:
    found = ask(company, "viewer", table="orders")
    assert said(found) == [
        (True, "Ann may see Orders."),
        (True, "Role viewer lets its people see Orders, by what it says of *."),
    ]
    assert (found[1].rule, found[1].origin) == ("viewer on *", "built in")
    assert ask(company, "viewer", verb="edit", table="orders")[0].sentence == "Ann may not edit Orders."


def test_nobody_and_roles_that_are_gone(company: Company) -> None:
    assert said(ask(company))[:2] == [
        (False, "Ann may not see Customers."),
        (False, "Ann holds no role. Without a role nothing is allowed."),
    ]
    assert "There is no role “ghost” here" in ask(company, "ghost")[1].sentence
    assert "says nothing about Orders" in ask(company, "support", table="orders")[1].sentence


def test_a_row_and_its_conditions(company: Company) -> None:
    """The row's values decide, by the very SQL the View uses."""
    found = ask(company, "support", verb="edit", key="~1")
    assert said(found)[0] == (True, "Ann may edit Customers, row 1.")
    assert (True, "The row meets “owner = me”.") in said(found)
    found = ask(company, "support", verb="edit", key="~2")
    assert said(found)[0] == (False, "Ann may not edit Customers, row 2.")
    assert (False, "The row does not meet “owner = me”.") in said(found)
    assert (True, "The row meets “id < 4”.") in said(found)
    rules = {one.rule for one in found}
    assert {"support on shop.customer", "Customers.rows"} <= rules
    assert (False, "The row does not meet “country = 'DE'”.") in said(
        ask(company, "operator", verb="edit", key="~3")
    )
    for key in ("~99", "~x", "nonsense", "~1,2", "~99999999999999999999"):
        found = ask(company, "operator", key=key)
        assert not found[0].yes and found[-1].origin == "row"


def test_a_column(company: Company) -> None:
    assert said(ask(company, "support", column="iban")) == [
        (False, "Ann may not see Customers, column IBAN: they see a mask of it."),
        (True, "Role support lets its people see Customers, in rows where its conditions hold; it says so of "
               "shop.customer."),
        (True, "Only rows where “owner = me”."),
        (True, "For everybody the condition holds: “id < 4”."),
        (False, "Role support shows IBAN as a mask (last4)."),
    ]  # fmt: skip
    for column, word, origin in (
        ("salary", "Role support hides Salary", "role"),
        ("internal", "hidden from everybody by the resource Customers", "resource"),
        ("password", "named like a password", "name"),
        ("email", "shown to people with role helpdesk only", "resource"),
        ("gone", "There is no column gone", "database"),
    ):
        found = ask(company, "support", column=column)
        assert not found[0].yes
        assert any(word in one.sentence and one.origin == origin and not one.yes for one in found), column
    assert ask(company, "support", column="country")[0].yes
    assert ask(company, "support", "helpdesk", column="email")[0].yes
    for column, word in (
        ("name", "read-only for everybody"),
        ("twice", "filled by the database"),
        ("id", "the key"),
    ):
        found = ask(company, "operator", verb="edit", column=column)
        assert not found[0].yes and any(word in one.sentence for one in found)
    found = ask(company, "viewer", "clerk", verb="edit", column="team")
    assert not found[0].yes and (False, "Role clerk makes Team read-only.") in said(found)


def test_rules_that_cannot_be_used_say_so(company: Company) -> None:
    found = ask(company, "broken", key="~1")
    assert not found[0].yes and "cannot be used (no column “cuontry”" in found[2].sentence
    found = ask(company, "blind")
    assert not found[0].yes and "part of the key" in found[1].sentence
    found = ask(company, "clerk", verb="export")
    assert not found[0].yes and any("can neither change" in one.sentence for one in found)


def test_what_nobody_may_change_here(company: Company) -> None:
    found = ask(company, "operator", verb="edit", table="loose")
    assert not found[0].yes and found[1].origin == "database"


def test_the_platform_s_own_tables(company: Company) -> None:
    table = company.catalog.by_name("ops", "role")
    actor = company.actor("auditor")
    with company.db.reading() as tx:
        found = why(tx, company.catalog, actor, table, "edit")
    assert not found[0].yes and found[1].rule == "people.edit" and found[1].origin == "permission"


def test_a_verb_there_is_not(company: Company) -> None:
    with pytest.raises(ValueError, match="fly"):
        ask(company, "viewer", verb="fly")


def test_the_answer_is_what_the_view_does(company: Company) -> None:
    """P14: for every set of roles, verb, column and row the answer is what happens, and a no has a reason."""
    table = company.catalog.by_name("shop", "customer")
    names = ("viewer", "operator", "support", "broken", "blind", "clerk", "helpdesk")
    for held in (*itertools.combinations(names, 1), *itertools.combinations(names, 2)):
        actor = company.actor(*held)
        with company.db.reading() as tx:
            try:
                seen: View | None = view(actor, table)
            except NotVisible:
                seen = None
            for verb, column, number in itertools.product(
                VERBS, (None, "iban", "email", "name", "salary"), (None, 1, 3)
            ):
                key = None if number is None else key_text((str(number),))
                reasons = why(tx, company.catalog, actor, table, verb, column, key)
                happens = seen is not None and seen.may(verb)
                if happens and column is not None:
                    happens = (
                        column in seen.settable(verb) if verb in ("create", "edit") else seen.sees(column)
                    )
                if happens and number is not None:
                    rows = seen.under(verb)
                    found = tx.scalars(
                        rows.select(rows.text("id")).where(rows.raw("id") == sa.literal(number))
                    )
                    happens = found.first() is not None
                assert reasons[0].yes == happens, (held, verb, column, number)
                assert happens or not all(one.yes for one in reasons[1:]), (held, verb, column, number)
                assert not happens or any(one.yes for one in reasons[1:]), (held, verb, column, number)
