"""Every operation of every column of databases nobody here wrote, and of the demo: answered, within its blocks."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from ops.actor import Actor
from ops.catalog import load, resources_from
from ops.conditions import ARITY, joined, offered
from ops.db import Database
from ops.policy import view
from ops.records import BadFilter, filter_name, from_query_string, page

BO = Actor(2, "Bo", frozenset({"manager"}), timezone="Australia/Lord_Howe")
DEMO = Path(__file__).parents[2] / "demo" / "resources.py"
MOST = 2000  # blocks


class Measured:
    """Runs pages, and every statement they send once more under EXPLAIN."""

    def __init__(self, tx) -> None:
        self.tx, self.connection = tx, tx.connection()
        self.sent: list = []
        self.worst = 0
        sa.event.listen(self.connection, "before_cursor_execute", self.remember)

    def remember(self, _conn, _cursor, sql, parameters, _context, _many) -> None:
        if sql.startswith(("SELECT", "WITH")):
            self.sent.append((sql, parameters))

    def page(self, it, text: str):
        """The page; no statement of it reads more than it may."""
        self.sent.clear()
        found = page(self.tx, it, from_query_string(it, text), size=20)
        for sql, parameters in list(self.sent):
            if "pg_catalog" in sql:
                continue
            plan = self.connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters
            )
            top = plan.scalar_one()[0]["Plan"]
            read = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
            assert read <= MOST, (it.table.ref, text, read)
            self.worst = max(self.worst, read)
        return found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ["shop", "northwind", "pagila"])
def test_every_operation_of_every_column(make_database, name):
    """P45: filtered by a value that is there, the row is found; no statement reads more than 2,000 blocks."""
    database = Database(make_database(name), application_name="countersign tests", pool_size=2)
    asked = 0
    with database.reading() as tx:
        tx.execute(sa.text("SET LOCAL statement_timeout = '10min'"))
        catalog = load(tx, resources=resources_from(str(DEMO)) if name == "shop" else ())
        measured = Measured(tx)
        for table in catalog:
            if table.kind not in ("table", "partitioned"):
                continue
            it = view(BO, table, catalog)
            every = tuple(one.name for one in it.columns)
            first = measured.page(it, urlencode([("columns", ",".join(map(_encoded, every)))]))
            row = first.rows[0].values if first.rows else {}
            for one in it.columns:
                asked += _column(measured, it, (one.name,), one, row.get(one.name))
            for foreign in table.foreign_keys:
                target = it.of(foreign.target_ref)
                if target is not None and table.reference(foreign.role) is foreign:
                    for one in target.columns[:6]:
                        asked += _column(measured, it, (foreign.role, one.name), one, None)
    assert asked > 100
    database.close()


def _column(measured: Measured, it, path, one, value) -> int:
    if one.masked:
        return 0
    operations = offered(one.column, nullable=True, refers=bool(it.table.references_of(one.name)))
    for op in operations:
        text = _value(op, one.column, value)
        if text is None:
            continue
        state = urlencode([(filter_name(path[0], op, path[1:]), text)])
        try:
            found = measured.page(it, state)
        except BadFilter:
            assert op == "has"  # an element of some other type
            continue
        if op in ("is", "in", "contains", "starts", "ge", "le", "between") and value and len(path) == 1:
            assert found.rows or found.next, (it.table.ref, state)
    return len(operations)


def _value(op: str, column, value: str | None) -> str | None:
    own = {"last": "30", "next": "30", "during": "this-year", "has": "x"}
    if op in own:
        return own[op]
    if ARITY[op] == 0:
        return ""
    plain = {
        "integer": "1",
        "number": "1.5",
        "date": "2022-02-02",
        "timestamp": "2022-02-02",
        "text": "a",
        "uuid": None,
    }
    text = value if value else (column.enum_values or (plain.get(column.category),))[0]
    if text is None or len(text) > 150:
        return None
    return joined([text] * 2) if ARITY[op] in (2, -1) else text


def _encoded(name: str) -> str:
    return name.replace("%", "%25").replace(".", "%2E").replace(",", "%2C")
