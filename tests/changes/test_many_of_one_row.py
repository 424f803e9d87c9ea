"""Speed with a row that thousands of changes were about (issue 5): pages read what they show, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ops import changes, history, records
from ops.changes.pending import waits_item
from ops.policy import view
from tests.changes.company import World
from tests.changes.heard import heard

FEW, MANY = 50, 2_000
# Every fiftieth is open; of each that was applied there is the event. By Max, so that Bo may look at all.
FILL = """
INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id, submitted_at)
SELECT n, 'Edit plain', 'form', CASE WHEN n % 50 = 0 THEN 'in_review' ELSE 'applied' END, 'x', 5, now()
FROM generate_series(10000 + {since}, 9999 + {until}) n;
INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, base, after)
SELECT id, 0, 'update', 'shop', 'plain', 'x', '["1"]', '{{"v": "a"}}', '{{"v": "b"}}' FROM ops.change_set
WHERE digest = 'x' AND id >= 10000 + {since};
INSERT INTO ops.change_party SELECT id, 5, 'maker', 'proposer' FROM ops.change_set
WHERE digest = 'x' AND id >= 10000 + {since};
INSERT INTO ops.stage (change_id, revision, position, role, needed, why)
SELECT id, 1, 1, 'manager', 1, '{{}}' FROM ops.change_set
WHERE digest = 'x' AND state = 'in_review' AND id >= 10000 + {since};
INSERT INTO ops.event (uid, action, person_id, schema_name, table_name, row_key, change_id, line)
SELECT gen_random_uuid(), 'row.updated', 5, 'shop', 'plain', '~1', id, '{{"source": "web"}}' FROM ops.change_set
WHERE digest = 'x' AND state = 'applied' AND id >= 10000 + {since};
"""


def fill(world: World, since: int, until: int) -> None:
    """So many changes of the row, from a number on."""
    world.sql(FILL.format(since=since, until=until))
    for table in ("change_set", "operation", "open_row", "event"):
        world.sql(f"ANALYZE ops.{table}")


def pages(world: World) -> dict[str, Callable[[Any], int]]:
    """Each gives the number of changes, or events, that it found."""
    catalog, bo, table = world.catalog, world.bo, world.table("plain")
    newest = world.one("SELECT max(id) FROM ops.change_set WHERE state = 'in_review'")

    def others(tx: Any) -> int:
        return len(changes.also_open(tx, catalog, bo, changes.show(tx, catalog, bo, newest)))

    return {
        "the page of a change": others,
        "the page of a record": lambda tx: len(changes.pending(tx, view(bo, table, catalog), "~1")),
        "its history": lambda tx: len(history.timeline(tx, catalog, view(bo, table, catalog), "~1", 10)),
    }


def blocks(world: World) -> dict[str, tuple[int, int]]:
    """What the dearest statement of each touches, and what the page found; of a connection whose plans are there."""
    found = {}
    with world.db.connect() as connection:
        for name, page in pages(world).items():
            with heard(world) as sent, world.db.reading() as tx:
                many = page(tx)
            most = 0
            for text, values in sent:
                if text.lstrip().startswith(("SELECT", "WITH")):
                    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}".encode()
                    plans = [connection.execute(explain, values or None).fetchone() for _ in range(2)]
                    top = plans[1][0][0]["Plan"]
                    most = max(most, top["Shared Hit Blocks"] + top["Shared Read Blocks"])
            found[name] = (most, many)
    return found


def test_a_page_reads_as_little_of_two_thousand_changes_of_a_row_as_of_fifty(world: World) -> None:
    """So many blocks for the newest forty that are open, and not one for those that are over."""
    fill(world, 0, FEW * 20)  # twenty are open: as many as are shown
    few = blocks(world)
    fill(world, FEW * 20, FEW * 20 + MANY)
    many = blocks(world)
    assert world.one("SELECT count(*) FROM ops.open_row WHERE row_key = '[\"1\"]'") == 20 + MANY // 50
    for name, (most, found) in many.items():
        assert found >= 10, (name, found)
        assert most <= few[name][0] + 250 and most <= 500, (name, few[name], most)


def test_a_list_finds_the_newest_open_change_of_such_a_row(world: World) -> None:
    """The mark of a row in a list is one look, however many changes were about it, or wait for it."""

    def marks() -> tuple[list[Any], int]:
        with world.db.connect() as connection, heard(world) as sent, world.db.reading() as tx:
            seen = view(world.bo, world.table("plain"), world.catalog)
            query = records.from_query_string(seen, "")
            found = records.page(tx, seen, query, size=50, also=waits_item).rows.also
            text, values = sent[-1]
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}".encode()
            plans = [connection.execute(explain, values or None).fetchone() for _ in range(2)]
        top = plans[1][0][0]["Plan"]
        return found, top["Shared Hit Blocks"] + top["Shared Read Blocks"]

    fill(world, 0, FEW)
    found, few = marks()
    assert found == [None, 10000]
    fill(world, FEW, MANY)
    found, many = marks()
    assert found == [None, 10000 + MANY - 50]
    assert many <= 100, (few, many)
