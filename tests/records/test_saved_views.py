"""Saved views below the pages: laying states over each other, fitting a reader, counting cheaply, who may do what."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ops import policy
from ops.actor import Actor
from ops.catalog import Catalog
from ops.db import Database
from ops.policy import Forbidden
from ops.records import facts, from_query_string, saved_views
from ops.records.saved_views import (
    ChangedMeanwhile,
    NameTaken,
    NoSuchView,
    TooManyViews,
    Wanted,
    counts,
    difference,
    fitted,
    laid_over,
    split,
)

Place = tuple[Database, Catalog]

words = st.text(alphabet="ab&=,.é %", max_size=4)
pairs = st.one_of(
    st.tuples(st.sampled_from(["f.a.is", "f.b.gt", "f.c.in"]), words),
    st.tuples(
        st.sampled_from(["q", "sort", "columns", "size", "pin", "widths", "density"]), words.filter(bool)
    ),
)


def _state(found: list[tuple[str, str]]) -> str:
    """A state says each aspect but the filters once."""
    filters = [pair for pair in found if pair[0].startswith("f.")]
    return urlencode([*filters, *{name: (name, value) for name, value in found if "." not in name}.values()])


@given(st.lists(pairs, max_size=6), st.lists(pairs, max_size=6))
def test_what_an_address_says_on_top_gives_back_what_was_wanted(
    saved: list[tuple[str, str]], wanted: list[tuple[str, str]]
) -> None:
    """Every link of a list with a view on leads to the very list it says, whatever was saved."""
    below, above = _state(saved), _state(wanted)
    address = urlencode([("view", "7"), *difference((below,), above)])
    told = {
        aspect: [p for p in found if p[1] or p[0] != aspect]
        for aspect, found in split(laid_over((below,), address)).items()
    }
    told = {aspect: found for aspect, found in told.items() if found}
    assert told == split(above)


def test_columns_and_order_that_are_gone_are_left_out(small: Place, operator: Actor) -> None:
    """P14, P47."""
    view = policy.view(operator, small[1].table("customer"), small[1])
    fit = fitted(view, "columns=name,risk,gone,country&sort=risk&f.country.is=DE")
    assert (fit.missing, fit.sort_missing, fit.stopped) == (("risk", "gone"), True, None)
    assert from_query_string(view, fit.list).columns == ("name", "country")
    assert fitted(view, "columns=risk").list == "", "nothing left: the table's own columns"


@pytest.mark.parametrize(
    ("saved", "why"),
    [
        ("f.risk.is=x", "unseen"), ("f.iban.starts=DE", "unseen"), ("f.gone.is=1", "unseen"),
        ("f.name.nonsense=1", "bad"), ("f.country.is=DE&f.risk.is=x", "unseen"),
    ],
)  # fmt: skip
def test_p14_filters_that_cannot_be_used_stop_the_view(
    small: Place, operator: Actor, saved: str, why: str
) -> None:
    fit = fitted(policy.view(operator, small[1].table("customer"), small[1]), f"{saved}&sort=name")
    assert fit.stopped == why and "f." not in fit.list
    assert "DE" not in " ".join(fit.problems)


def test_counts_are_those_of_plain_sql_and_bounded(large: Place, operator: Actor) -> None:
    database, catalog = large
    facts.forget()
    orders, customers = (
        policy.view(operator, catalog.table(name), catalog) for name in ("orders", "customer")
    )
    asked = [
        (customers, from_query_string(customers, "f.country.is=DE")),
        (customers, from_query_string(customers, "")),
        (orders, from_query_string(orders, "f.customer_id.is=7")),
        (orders, from_query_string(orders, "f.status.is=open")),
        (orders, from_query_string(orders, "f.note.contains=nothing")),
        (orders, from_query_string(orders, "")),
    ]
    started = time.monotonic()
    with database.reading() as tx:
        found = counts(tx, asked)
        assert tx.scalar(sa.text("SHOW statement_timeout")) == "5s"
        assert tx.scalar(sa.text("SELECT count(*) FROM orders WHERE customer_id = 7")) == found[2].rows
    assert time.monotonic() - started < 2
    assert (found[0].rows, found[1].rows) == (180, 180), "twenty are in Iceland"
    assert (found[3].rows, found[3].more) == (1000, True)
    assert found[4].rows is None, "no index serves it: it is not counted"
    assert found[5].estimated


def test_one_count_that_fails_takes_no_other_along(small: Place, manager: Actor) -> None:
    database, catalog = small
    view = policy.view(manager, catalog.table("customer"), catalog)
    good = from_query_string(view, "f.country.is=DE")
    broken = replace(good, filters=(replace(good.filters[0], column="born", value="not a day"),))
    with database.reading() as tx:
        found = counts(tx, [(view, good), (view, broken), (view, good)])
    assert [one.rows for one in found] == [180, None, 180]


class Town:
    """People with roles, on one table."""

    def __init__(self, place: Place) -> None:
        self.db, self.catalog = place
        self.table = self.catalog.table("orders")

    def person(self, name: str, *roles: str) -> Actor:
        """Somebody who holds these roles."""
        with self.db.transaction() as tx:
            made = tx.scalar(
                sa.text(
                    "INSERT INTO ops.person (iss, sub, name) VALUES ('x', gen_random_uuid()::text, :name) RETURNING id"
                ),
                {"name": name},
            )
            for role in roles:
                tx.execute(
                    sa.text(
                        "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, :role, 'hand')"
                    ),
                    {"id": made, "role": role},
                )
        return Actor(made, name, frozenset(roles))

    def make(self, who: Actor, name: str, role: str | None = None, token: str | None = None) -> int:
        """A view of theirs."""
        with self.db.transaction() as tx:
            return saved_views.create(
                tx, who, self.table, Wanted(name, role, "f.status.is=open"), token or name
            )

    def sees(self, who: Actor) -> list[str]:
        """The names of the views they see."""
        with self.db.reading() as tx:
            return [one.name for one in saved_views.mine(tx, who).views]


@pytest.fixture
def town(ops_small: Place) -> Town:
    return Town(ops_small)


@pytest.fixture
def ops_small(make_database: object) -> Iterator[Place]:
    """The tables beside the platform's own schema."""
    from tests.records.conftest import build

    database, catalog = build(make_database("ops"), 100)  # type: ignore[operator]  # a fixture of tests/conftest.py
    yield database, catalog
    database.close()


def test_who_sees_changes_and_shares(town: Town) -> None:
    ann, bo, oz = town.person("Ann", "operator"), town.person("Bo", "manager"), town.person("Oz", "owner")
    shared, private = town.make(ann, "Shared", "operator"), town.make(ann, "Private")
    assert town.sees(ann) == ["Private", "Shared"] and town.sees(bo) == [] and town.sees(oz) == ["Shared"]
    with pytest.raises(Forbidden):
        town.make(ann, "Too far", "manager")
    with pytest.raises(NameTaken):
        town.make(ann, "Shared", token="another")
    assert town.make(oz, "For managers", "manager") and town.sees(bo) == ["For managers"]
    for who, view_id in ((bo, shared), (bo, private), (oz, private)):
        with pytest.raises(NoSuchView), town.db.transaction() as tx:
            saved_views.remove(tx, who, view_id)
    with town.db.transaction() as tx:
        saved_views.remove(tx, oz, shared)
    assert town.sees(ann) == ["Private"]


def test_p16_rights_are_those_of_now(town: Town) -> None:
    """The role was taken away since the page was opened."""
    ann = town.person("Ann", "operator")
    with town.db.transaction() as tx:
        tx.execute(sa.text("DELETE FROM ops.person_role WHERE person_id = :id"), {"id": ann.person_id})
    with pytest.raises(Forbidden):
        town.make(ann, "Late", "operator")


def test_p30_one_form_makes_one_view_however_often_at_once(town: Town) -> None:
    ann = town.person("Ann", "operator")
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda: made.append(town.make(ann, "Once", token="t"))) for _ in range(6)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == 6 and len(set(made)) == 1


def test_saving_over_somebody_s_newer_view_is_refused(town: Town) -> None:
    ann, bea = town.person("Ann", "operator"), town.person("Bea", "owner", "operator")
    view_id = town.make(ann, "Shared", "operator")
    with town.db.transaction() as tx:
        saved_views.replace_list(tx, bea, view_id, "f.status.is=held", "", 1)
    with pytest.raises(ChangedMeanwhile), town.db.transaction() as tx:
        saved_views.replace_list(tx, ann, view_id, "f.status.is=done", "", 1)


def test_bounds(town: Town) -> None:
    """P24."""
    ann = town.person("Ann", "operator")
    with town.db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.saved_view (owner_id, schema_name, table_name, name) "
                "SELECT :id, 'public', 'orders', 'v' || n FROM generate_series(1, 200) n"
            ),
            {"id": ann.person_id},
        )
    with pytest.raises(TooManyViews):
        town.make(ann, "One more")
    with town.db.reading() as tx:
        mine = saved_views.mine(tx, ann).views
    with pytest.raises(TooManyViews), town.db.transaction() as tx:
        for one in mine[: saved_views.MOST_PINS + 1]:
            saved_views.pin(tx, ann, one.id, True)


def test_the_stamp_moves_with_every_change_and_with_nothing_else(town: Town) -> None:
    ann = town.person("Ann", "operator")

    def stamp() -> str:
        with town.db.reading() as tx:
            return saved_views.mine(tx, ann).stamp

    seen = [stamp()]
    assert stamp() == seen[0]
    view_id = town.make(ann, "One")
    for change in (
        lambda tx: saved_views.pin(tx, ann, view_id, True),
        lambda tx: saved_views.open_with(tx, ann, view_id, True),
        lambda tx: saved_views.describe(tx, ann, view_id, "Two", None, 1),
        lambda tx: saved_views.remove(tx, ann, view_id),
    ):
        seen.append(stamp())
        with town.db.transaction() as tx:
            change(tx)
    assert len(set(seen)) == len(seen) and stamp() not in seen
