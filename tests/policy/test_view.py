"""The View: what leaves, what leaves as a mask, what does not exist."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.actor import Actor, platform_actor
from ops.catalog import Resource, load
from ops.db import Database
from ops.policy import (
    GRANTS,
    Forbidden,
    Masked,
    NotVisible,
    Permission,
    mask,
    masked,
    may,
    require,
    view,
)

ANN, BO, CY, OZ = (
    Actor(n, name, frozenset({role}))
    for n, name, role in (
        (1, "Ann", "operator"),
        (2, "Bo", "manager"),
        (3, "Cy", "auditor"),
        (5, "Oz", "owner"),
    )
)
DEE = Actor(4, "Dee", frozenset())


class Customers(Resource):
    table = "customer"
    title = "{name} ({iban}{risk_name})"
    hidden = ("risk",)
    masked = {"iban": "manager", "blob": "manager"}
    readonly = ("since",)
    rows = {"*": "gone is false", "operator": "country <> 'IS' or risk < 5", "viewer": "country = 'DE'"}


class Orders(Resource):
    table = "sale"
    title = "{customer} #{id}"


@pytest.fixture(scope="module")
def database(make_module_database) -> Iterator[Database]:
    found = Database(make_module_database(), application_name="countersign tests", pool_size=3)
    with found.transaction() as tx:
        for line in (
            "CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, "
            "country char(2), iban text, risk int, risk_name text, since date, blob bytea, "
            "gone boolean NOT NULL DEFAULT false, "
            "twice int GENERATED ALWAYS AS (risk * 2) STORED)",
            "CREATE TABLE sale (id int PRIMARY KEY, customer_id bigint REFERENCES customer)",
            "INSERT INTO customer (name, country, iban, risk, risk_name, since, blob, gone) "
            "VALUES ('A', 'DE', 'DE89370400440532013000', 9, '', '2020-01-01', '\\x00', false), "
            "('B', 'IS', 'IS123', 9, '', NULL, NULL, false), ('C', 'IS', NULL, 1, '', NULL, NULL, false), "
            "('D', 'DE', NULL, 1, '', NULL, NULL, true)",
            "INSERT INTO sale VALUES (1, 1), (2, 2), (3, NULL)",
        ):
            tx.execute(sa.text(line))
    yield found
    found.close()


@pytest.fixture(scope="module")
def catalog(database):
    with database.reading() as tx:
        return load(tx, resources=[Customers, Orders])


def names(database, catalog, actor):
    it = view(actor, catalog.table("customer"), catalog)
    with database.reading() as tx:
        return sorted(tx.scalars(it.select(it.text("name"))))


def test_row_conditions_add_up_by_role(database, catalog):
    """P14: a role without a condition of its own sees every row; the condition for everybody always holds."""
    assert names(database, catalog, ANN) == ["A", "C"]
    assert names(database, catalog, BO) == ["A", "B", "C"]
    assert names(database, catalog, Actor(1, "", frozenset({"viewer"}))) == ["A"]
    assert names(database, catalog, Actor(1, "", frozenset({"viewer", "operator"}))) == ["A", "C"]
    assert names(database, catalog, Actor(1, "", frozenset({"viewer", "manager"}))) == ["A", "B", "C"]
    # A role that reads nothing opens nothing.
    assert names(database, catalog, Actor(1, "", frozenset({"viewer", "finance"}))) == ["A"]


@pytest.mark.parametrize("actor", [DEE, platform_actor("clock"), Actor(9, "", frozenset({"finance"}))])
def test_without_a_reading_role_no_table_exists(catalog, actor):
    """P13: closed by default."""
    for table in catalog:
        with pytest.raises(NotVisible):
            view(actor, table)


def test_hidden_columns_do_not_exist(catalog):
    """P14: hidden from everybody, the owner too."""
    for actor in (ANN, BO, OZ):
        it = view(actor, catalog.table("customer"))
        assert "risk" not in [one.name for one in it.columns]
        for ask in (
            it.text,
            it.raw,
            it.column,
            lambda n, it=it: it.brief(n, 5),
            lambda n, it=it: it.constant(n, "1"),
        ):
            with pytest.raises(NotVisible):
                ask("risk")
        assert it.redact({"risk": "9", "name": "A", "never": "x"}) == {"name": "A"}


def test_masked_columns_leave_as_masks(database, catalog):
    """P14: the mask is made by the database; the raw column is not to be had for WHERE or ORDER BY."""
    it = view(ANN, catalog.table("customer"))
    with pytest.raises(Masked):
        it.raw("iban")
    with database.reading() as tx:
        rows = tx.execute(it.select(it.text("iban"), it.brief("blob", 10)).order_by(it.raw("id"))).all()
        assert [tuple(row) for row in rows] == [("••••3000", "••••"), (None, None)]
        raw = view(BO, catalog.table("customer"))
        assert tx.scalars(raw.select(raw.text("iban"))).first() == "DE89370400440532013000"
    assert it.redact({"iban": "DE89370400440532013000", "blob": None}) == {"iban": "••••3000", "blob": None}
    both = view(Actor(6, "Max", frozenset({"manager", "operator"})), catalog.table("customer"))
    assert not it.column("iban").editable and both.column("iban").editable
    assert not raw.column("iban").editable  # a manager changes nothing


@given(
    st.one_of(
        st.none(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=14)
    )
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_masks_agree(database, value):
    """P14: what the database masks and what Python masks is the same text."""
    with database.reading() as tx:
        assert tx.scalar(sa.select(mask(sa.cast(sa.literal(value, sa.Text), sa.Text)))) == masked(value)


def test_titles_are_made_of_readable_columns_only(database, catalog):
    """P14: masks and rows one may not see hold in titles too, also in those of other tables."""
    with database.reading() as tx:
        customer = view(ANN, catalog.table("customer"), catalog)
        assert list(tx.scalars(customer.select(customer.title()).order_by(customer.raw("id")))) == [
            "A (••••3000)",
            "C ()",
        ]
        for actor, expected in ((ANN, ["A (••••3000) #1", "2 #2", " #3"]),
                                (BO, ["A (DE89370400440532013000) #1", "B (IS123) #2", " #3"])):  # fmt: skip
            sale = view(actor, catalog.table("sale"), catalog)
            assert list(tx.scalars(sale.select(sale.title()).order_by(sale.raw("id")))) == expected
        alone = view(ANN, catalog.table("sale"))
        assert tx.scalars(alone.select(alone.title()).order_by(alone.raw("id"))).first() == "1 #1"


def test_an_alias_keeps_the_row_condition(database, catalog):
    """P14: a second look at a table inside one statement is no way around."""
    it = view(ANN, catalog.table("customer")).alias("other")
    with database.reading() as tx:
        assert sorted(tx.scalars(it.select(it.text("name")))) == ["A", "C"]


def test_what_may_be_edited(catalog):
    """P15: never the key, what PostgreSQL computes, what is read-only, what one sees as a mask."""
    editable = {one.name for one in view(ANN, catalog.table("customer")).columns if one.editable}
    assert editable == {"name", "country", "risk_name", "gone"}


def test_verbs_by_role(catalog):
    table = catalog.table("customer")
    able = {actor.name: [v for v in ("create", "edit", "delete", "export") if view(actor, table).may(v)]
            for actor in (ANN, BO, CY, OZ)}  # fmt: skip
    assert able == {"Ann": ["create", "edit", "delete", "export"], "Bo": ["export"], "Cy": [],
                    "Oz": ["create", "edit", "delete", "export"]}  # fmt: skip


def test_permissions_have_names_and_sentences():
    """P13: area.verb, one sentence each; the owner has all but an emergency (P33), no other role what it must not."""
    for one in Permission:
        area, _, verb = one.value.partition(".")
        assert area.isalpha() and verb.isalpha() and one.sentence.endswith(".")
        assert may(OZ, one) == (one is not Permission.CHANGES_EMERGENCY) and not may(DEE, one)
    assert may(BO, Permission.CHANGES_DECIDE) and not may(ANN, Permission.CHANGES_DECIDE)
    assert may(CY, Permission.TRAIL_READ) and not may(BO, Permission.TRAIL_READ)
    assert set(GRANTS) == {"viewer", "operator", "manager", "auditor", "owner"}
    with pytest.raises(Forbidden, match="Read the audit trail"):
        require(ANN, Permission.TRAIL_READ)
