"""`ops resource scaffold`: the class it writes passes the start-up checks, for every table at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ops.catalog import Catalog, Resource
from ops.catalog.scaffold import scaffold
from ops.db import Database
from tests.catalog.conftest import catalog_of


def classes(catalog: Catalog) -> list[type[Resource]]:
    found = []
    for table in catalog:
        text = scaffold(table, dict.fromkeys(list(table.columns)[:1], "last4"))
        assert all(
            len(line) <= 120 or '"""' in line or "# " in line or "=" in line for line in text.splitlines()
        ), text
        namespace: dict[str, Any] = {"__name__": "scaffolded"}
        exec(compile(text, table.full_name, "exec"), namespace)
        found += [one for one in namespace.values() if isinstance(one, type) and one is not Resource]
    return found


@pytest.mark.parametrize("template", ["shop", "northwind", "pagila", None])
def test_it_passes_the_checks_and_changes_nothing(
    make_database: Callable[..., str], nasty: Database, template: str | None
) -> None:
    database = (
        nasty if template is None else Database(make_database(template), application_name="countersign tests")
    )
    plain = catalog_of(database)
    made = classes(plain)
    assert len(made) == len(plain.tables)
    shaped = catalog_of(database, resources=made)
    for ref, table in plain.tables.items():
        now = shaped.tables[ref]
        assert now.resource.declared is not None and now.key == table.key, ref
        for option in ("title", "columns", "order", "hidden"):
            assert getattr(now.resource, option) == getattr(table.resource, option), (ref, option)
        assert (now.label, now.label_one) == (table.label, table.label_one)
    if template is not None:
        database.close()
