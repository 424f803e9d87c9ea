"""Rows of every table, written as a file as they stand and brought back, change nothing: every type comes through."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from ops import imports
from ops.actor import Actor
from ops.catalog import Table
from ops.imports import mapping
from ops.platform import Platform, build
from ops.policy import view
from ops.settings import load
from tests.conftest import Databases
from tests.exports.conftest import person
from tests.imports.conftest import checked, shown, staged

ROWS = 60


def brought_back(platform: Platform, actor: Actor, table: Table) -> list[str]:
    """What the dry run finds wrong with the table's own rows; [] where all are as they are."""
    seen = view(actor, table, platform.catalog)
    names = mapping.settable(seen)
    if not any(set(match) <= set(names) for match in mapping.matchable(seen)):
        return []
    with platform.db.reading() as tx:
        rows = tx.execute(seen.select(*(seen.text(name) for name in names)).limit(ROWS)).all()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([["\\N" if value is None else value for value in row] for row in rows])
    if not rows:
        return []
    file = io.BytesIO(text.getvalue().encode())
    run_id = imports.upload(platform, actor, table.ref, f"{table.name}.csv", file, uuid4().hex)
    plan = shown(platform, actor, run_id).plan
    assert plan.columns == tuple(names), f"{table.ref}: {plan.columns}"
    reading = replace(
        plan.reading,
        decimal=".",
        thousands="",
        dates="iso",
        empty="text",
        apostrophe=False,
        zone="UTC",
        nulls=("\\N",),
    )
    try:
        run = checked(platform, actor, run_id, replace(plan, reading=reading, mode="update"))
    except imports.Unfit:
        assert set(names) == set(plan.match), "a table of nothing but its key has nothing to change"
        return []
    wrong = [f"{table.ref}: {run.error}"] if run.error else []
    for row in staged(platform, run, "bad"):
        wrong.append(f"{table.ref} line {row.line}: {row.problems}")
    for row in staged(platform, run, "changed"):
        wrong.append(f"{table.ref} line {row.line}: {row.base} -> {row.after}")
    if not wrong and run.same != len(rows):
        wrong.append(f"{table.ref}: {run}")
    return wrong


@pytest.fixture(params=["shop", "northwind", "pagila"])
def company(
    request: pytest.FixtureRequest, make_database: Databases, redis_url: str, tmp_path: Path
) -> Iterator[Platform]:
    url = make_database(request.param)
    found = build(
        load({"OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": url, "OPS_REDIS_URL": redis_url}),
        "worker",
    )  # fmt: skip
    yield found
    found.close()


@pytest.mark.slow
def test_rows_as_they_stand_change_nothing(company: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """What PostgreSQL writes is read as what it is: of every type and table, also of databases nobody here made."""
    monkeypatch.setattr(
        sys.modules["ops.imports.upload"], "MOST_OPEN", 1000
    )  # the room has a function of that name
    oz = person(company.db, "Oz", "owner", "operator")
    tables = [table for table in company.catalog if table.writable]
    assert len(tables) > 8
    wrong = [text for table in tables for text in brought_back(company, oz, table)]
    assert not wrong, "\n".join(wrong[:40])
