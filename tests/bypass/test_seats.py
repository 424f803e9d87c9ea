"""A yes that is nobody's any more, or never could be theirs: seats lent, rights taken, rules in code (P9, P16)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ops.catalog import Action, Catalog
from ops.changes import Operation, acting
from ops.policy import acting_view
from tests.bypass.conftest import House, number
from tests.bypass.test_interplay import alone, asks
from tests.bypass.test_many_rows import many, subject
from tests.bypass.test_rules_bent import _comes


def _two(house: House) -> str:
    """Bo and Oz are both asked by name, one after the other's; Bo has agreed to a large limit."""
    rule = alone(house, "Bo and Oz")
    people = [house.actor(sub).person_id for sub in ("bo", "oz")]
    asks(house, rule, json.dumps([{"people": [one], "needed": 1} for one in people]))
    reference = house.limit("ann")
    house.says("bo", reference)
    return reference


def _takes(house: House, way: str) -> None:
    """Managers may no longer approve on customers, see the limit, or approve in this country."""
    rights = {
        "the verb": "('{see}', '{}', '')",
        "the column": "('{see,approve}', '{credit_limit}', '')",
        "the row": "('{see,approve}', '{}', 'country = ''SE''')",
    }[way]
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, hidden, rows) SELECT 'manager', 'shop', "
        f"'customers', CAST(r.verbs AS text[]), CAST(r.hidden AS text[]), r.rows FROM (VALUES {rights}) "
        "AS r (verbs, hidden, rows)"
    )


@pytest.mark.parametrize("way", ["the verb", "the column", "the row"])
def test_a_right_to_approve_that_was_taken(house: House, way: str) -> None:
    """P9, P16, P34: who could not decide it any more is not counted, though their role is asked still."""
    reference = _two(house)
    _takes(house, way)
    house.says("oz", reference)
    house.unmoved(reference)


def test_a_right_to_approve_that_was_taken_before_a_worker_writes(house: House) -> None:
    """P16: the same of many rows, between the yes and the writing."""
    reference = many(house, "ann", "~1", "~2", **{"v.credit_limit": "18500.00"})
    house.says("bo", reference)
    _takes(house, "the column")
    house.works("bulk", subject(house, reference))
    assert (house.at(reference), house.worth()) == ("in_review", "5000.00")


def _board(house: House, decides: str = "") -> None:
    """The board is asked. Dee sits on it and sees no customers; Eve may approve there and does not sit on it."""
    alone(house, "the board", role="board")
    house.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('board', 'Board', CAST(:decides AS text[])), "
        "('lead', 'Lead', '{changes.decide}')",
        decides=f"{{{decides}}}",
    )
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) "
        "VALUES ('lead', 'shop', 'customers', '{see,approve}')"
    )
    house.gives_role("dee", "board")
    house.gives_role("eve", "lead")


def _lends(house: House, one: str, other: str) -> None:
    house.sql(
        "INSERT INTO ops.delegation (from_person, to_person, starts_at, ends_at, reason, form_token) "
        "VALUES (:one, :other, now() - interval '1 hour', now() + interval '2 days', 'Holidays', 'a token')",
        one=house.actor(one).person_id,
        other=house.actor(other).person_id,
    )


@pytest.mark.parametrize("decides", ["", "changes.decide"])
def test_a_seat_is_not_lent_by_who_could_not_fill_it(house: House, decides: str) -> None:
    """P34: a role of the one and the rights of the other are no decider: neither of them could say yes alone."""
    _board(house, decides)
    reference = house.limit("ann")
    _lends(house, "dee", "eve")
    assert house.visit("dee").get(f"/changes/{reference}").status_code == 404
    assert house.forces("eve", reference).status_code == 403
    house.unmoved(reference)
    assert "Eve Stone" not in house.visit("ann").get(f"/changes/{reference}").text


def test_a_seat_is_lent_by_who_could_fill_it(house: House) -> None:
    """The same with rights of her own: then Eve decides for Dee."""
    _board(house, "changes.decide")
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) "
        "VALUES ('board', 'shop', 'customers', '{see,approve}')"
    )
    reference = house.limit("ann")
    _lends(house, "dee", "eve")
    house.says("eve", reference)
    assert house.worth() == "18500.00"


@pytest.fixture
def declares(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let "Put on hold" ask that role each time, as if its code had been deployed anew."""

    def declare(role: str) -> None:
        table = house.platform.catalog.by_name("shop", "customers")
        actions = {**table.resource.actions, "hold": replace(table.resource.actions["hold"], asks=role)}
        monkeypatch.setattr(house.platform, "catalog", _with(house, table.ref, actions))

    return declare


def _with(house: House, ref: str, actions: dict[str, Action]) -> Catalog:
    catalog = house.platform.catalog
    table = catalog.tables[ref]
    other = replace(table, resource=replace(table.resource, actions=actions))
    return replace(catalog, tables={**catalog.tables, ref: other})


def test_an_action_that_asks_by_now(house: House, declares: Callable[[str], None]) -> None:
    """P29: what its code asks each time is asked when it is applied, as any rule that came meanwhile."""
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    table, actor = house.platform.catalog.by_name("shop", "customers"), house.actor("oz")
    action = table.resource.actions["hold"]
    seen = acting_view(actor, table, action, house.platform.catalog)
    assert seen is not None
    with house.platform.db.reading() as tx:
        ready = acting.prepare(tx, seen, action, "~1", {"why": "unpaid"}, {"why": "unpaid"})
    outcome = house.propose("oz", *ready, source="action", apply_at=datetime.now(UTC) + timedelta(days=2))
    assert house.state(outcome) == "approved"
    declares("manager")
    _comes(house, outcome.reference)
    assert house.state(outcome) == "in_review"
    assert house.one("SELECT CAST(status AS text) FROM shop.customers WHERE id = 1") == "active"
    house.says("bo", outcome.reference)
    assert house.one("SELECT CAST(status AS text) FROM shop.customers WHERE id = 1") == "on_hold"


def test_a_generated_column_is_given_by_who_gives_what_it_is_made_of(house: House) -> None:
    """P27: a rule about the total of an offer asks of a new one as it does of an edit."""
    house.sql(
        "CREATE TABLE shop.offers (id integer PRIMARY KEY, many integer, price numeric, "
        "total numeric GENERATED ALWAYS AS (many * price) STORED)"
    )
    house.platform.reload()
    alone(house, "totals", tables=["shop.offers"], kinds=["create", "update"], columns=["total"])
    table = house.platform.catalog.by_name("shop", "offers")
    outcome = house.propose("oz", Operation("create", table, after={"id": "1", "many": "2", "price": "300"}))
    assert (outcome.state, house.one("SELECT count(*) FROM shop.offers")) == ("in_review", 0)
    house.says("bo", outcome.reference)
    assert house.one("SELECT total FROM shop.offers") == 600
    assert number(outcome.reference) == outcome.change_id
