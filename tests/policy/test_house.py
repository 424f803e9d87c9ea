"""The platform's own tables: seen by permission, under no `*`, and without columns that hold secrets."""

from __future__ import annotations

import pytest

from ops import catalog, policy
from ops.actor import Actor
from ops.db import Database


@pytest.fixture
def loaded(ops_url: str) -> catalog.Catalog:
    db = Database(ops_url, application_name="test")
    with db.reading() as tx:
        found = catalog.load(tx)
    db.close()
    return found


def test_p13_only_who_may_read_people_sees_them(loaded: catalog.Catalog) -> None:
    """P13, P14: an operator, who sees every table of the company, sees none of the platform's own."""
    for name in ("person", "person_role", "group_role"):
        table = loaded.by_name("ops", name)
        for role in ("viewer", "operator"):
            with pytest.raises(policy.NotVisible):
                policy.view(Actor(1, "x", frozenset({role})), table, loaded)
        for role in ("auditor", "manager"):
            assert policy.view(Actor(1, "x", frozenset({role})), table, loaded).may("edit") is False
    owner = Actor(1, "x", frozenset({"owner"}))
    assert policy.view(owner, loaded.by_name("ops", "group_role"), loaded).may("create")
    assert not policy.view(owner, loaded.by_name("ops", "person"), loaded).may("edit")


def test_p42_only_named_columns_exist(loaded: catalog.Catalog) -> None:
    """P42: what is kept of a person beside name and address has no way out through a View."""
    assert set(loaded.by_name("ops", "person").columns) <= {
        "id", "iss", "sub", "name", "email", "email_verified", "signed_in_at", "disabled_at", "created_at",
    }  # fmt: skip


def test_the_company_s_tables_stay_by_themselves(loaded: catalog.Catalog) -> None:
    assert not [table for table in loaded if table.schema == "ops"]
    assert "ops" not in {table.schema for group in loaded.groups for table in group.tables}
