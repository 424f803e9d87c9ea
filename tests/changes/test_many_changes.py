"""Speed with many changes (issue 5): pages by index alone, few round trips, and `ops.turn` always what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from ops import changes
from ops.approvals import reminding, waiting_for
from ops.catalog import queries
from ops.changes import ChangePage, desk
from ops.changes.states import OPEN_SQL
from ops.db import reset_statements, statements
from tests.changes.company import World
from tests.changes.heard import heard

MANY, OPEN, THEIRS = 20_000, 400, 120
MOST_BUFFERS = 2_000

FILL = f"""
INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id, submitted_at)
SELECT 10000 + n, 'Edit plain', 'form', CASE WHEN n % {MANY // OPEN} = 0 THEN 'in_review' ELSE 'applied' END, 'x',
       CASE WHEN n % 97 = 0 THEN 6 ELSE 5 END, now() FROM generate_series(1, {MANY}) n;
INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, base, after)
SELECT id, 0, 'update', 'shop', 'plain', 'x', jsonb_build_array(CAST(1 + id % 2 AS text)),
       '{{"v": "a"}}', '{{"v": "b"}}'
FROM ops.change_set WHERE digest = 'x';
INSERT INTO ops.change_party SELECT id, proposer_id, 'maker', 'proposer' FROM ops.change_set WHERE digest = 'x';
INSERT INTO ops.stage (change_id, revision, position, role, needed, why, closed_at)
SELECT id, 1, 1, CASE WHEN id % 500 < 150 THEN 'manager' ELSE 'owner' END, 1, '{{}}',
       CASE state WHEN 'applied' THEN now() END
FROM ops.change_set WHERE digest = 'x' ORDER BY id;
SELECT pg_stat_force_next_flush();
"""
SEEN = """
SELECT relname, seq_scan FROM pg_stat_user_tables
WHERE schemaname = 'ops' AND relname IN ('change_set', 'operation', 'change_party', 'stage') ORDER BY 1
"""
# Whose turn it is, by when, and whose it is not any more, from what decides it.
TURNS = """
SELECT change_id, asked, nullif(due_at, 'infinity') AS due_at,
       ARRAY(SELECT DISTINCT p FROM unnest(had) AS p ORDER BY 1) AS had
FROM ops.turn ORDER BY 1, 2
"""
FOLLOWS = """
SELECT c.id AS change_id, a.asked, s.due_at, ARRAY(
    SELECT y.person_id FROM ops.change_party y WHERE y.change_id = c.id AND y.side = 'maker'
    UNION SELECT x FROM ops.decision d, unnest(ARRAY[d.person_id, d.on_behalf_of]) AS x
    WHERE d.change_id = c.id AND d.revision = c.revision AND x IS NOT NULL ORDER BY 1) AS had
FROM ops.change_set c
CROSS JOIN LATERAL (SELECT * FROM ops.stage s WHERE s.change_id = c.id AND s.revision = c.revision
                    AND s.closed_at IS NULL ORDER BY s.position LIMIT 1) AS s
CROSS JOIN LATERAL (SELECT s.role UNION SELECT s.escalate_to WHERE s.escalated_at IS NOT NULL
                    UNION SELECT '#' || p FROM unnest(s.people) AS p) AS a (asked)
WHERE c.state = 'in_review' AND a.asked <> '' ORDER BY 1, 2
"""
OPEN_ROWS = "SELECT change_id, position, schema_name, table_name, row_key FROM ops.open_row ORDER BY 1, 2"
ROWS_FOLLOW = f"""
SELECT o.change_id, o.position, o.schema_name, o.table_name, o.row_key
FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id
WHERE c.state IN {OPEN_SQL} AND o.row_key IS NOT NULL ORDER BY 1, 2
"""


@pytest.fixture
def filled(world: World) -> World:
    world.sql(FILL)
    with world.db.connect() as connection:
        connection.execute(
            "VACUUM ANALYZE ops.change_set, ops.operation, ops.change_party, ops.stage, ops.turn"
        )
    return world


def follows(world: World) -> None:
    assert world.sql(TURNS) == world.sql(FOLLOWS)
    assert world.sql(OPEN_ROWS) == world.sql(ROWS_FOLLOW)


def pages(world: World) -> dict[str, Callable[[Any], Any]]:
    catalog, bo, max_ = world.catalog, world.bo, world.max
    open_ = ("submitted", "in_review", "sent_back", "approved", "applying")
    return {
        "waiting": lambda tx: changes.waiting(tx, catalog, bo),
        "all": lambda tx: changes.everything(tx, catalog, bo),
        "open": lambda tx: changes.everything(tx, catalog, bo, states=open_),
        "deep": lambda tx: changes.everything(tx, catalog, bo, before=20_000),
        "mine": lambda tx: changes.mine(tx, catalog, max_),
        "mine, open": lambda tx: changes.mine(tx, catalog, max_, states=open_),
        "desk": lambda tx: desk.lately(tx, catalog, bo),
        "frame": lambda tx: tx.execute(sa.text("SELECT * FROM ops.frame_counts(2, '{manager}')")).all(),
    }


def test_pages_of_many_changes_read_by_indexes_alone(filled: World) -> None:
    """No table of changes is read from end to end, no statement touches more than 2,000 blocks, few are sent."""
    world = filled
    with world.db.connect() as connection:
        for name, page in pages(world).items():
            for _ in range(2):  # the second time plans are there
                with heard(world) as found, world.db.reading() as tx:
                    page(tx)
            reads = [one for one in found if one[0].lstrip().startswith(("SELECT", "WITH"))]
            assert len(reads) <= 3, (name, reads)
            for text, values in reads:
                explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}"
                plans = [connection.execute(explain.encode(), values or None).fetchone() for _ in range(2)]
                top = plans[1][0][0]["Plan"]
                assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] <= MOST_BUFFERS, (name, text)
    with world.db.connect() as connection:
        before = seq_scans(connection)
        for page in pages(world).values():
            with world.db.reading() as tx:
                page(tx)
                tx.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        assert seq_scans(connection) == before


def seq_scans(connection: Any) -> list[Any]:
    connection.execute("SELECT pg_stat_clear_snapshot()")
    return connection.execute(SEEN).fetchall()


def test_what_pages_show_is_what_there_is(filled: World) -> None:
    """Every change once, newest first, however many pages; what waits is what is counted."""
    world = filled
    follows(world)
    theirs = [row.change_id for row in world.sql(
        "SELECT t.change_id FROM ops.turn t JOIN ops.change_set c ON c.id = t.change_id WHERE t.asked = 'manager' "
        "ORDER BY 1 DESC")]  # fmt: skip
    assert len(theirs) == THEIRS

    def walked(find: Callable[..., ChangePage], **how: Any) -> list[int]:
        found, before = list[int](), None
        with world.db.reading() as tx:
            while True:
                page = find(tx, world.catalog, world.bo, before=before, **how)
                found += [row.id for row in page.rows]
                if (before := page.next) is None:
                    return found

    assert walked(changes.waiting) == theirs
    with world.db.reading() as tx:
        assert waiting_for(tx, world.bo, limit=1000) == sorted(theirs)
        row = tx.execute(sa.text("SELECT waiting FROM ops.frame_counts(2, '{manager}')")).one()
        assert row.waiting == [[[["shop", "plain"]], 100]], "a hundred, and no more is told"
    assert walked(changes.everything, states=("in_review",), size=90) == [
        row.id
        for row in world.sql("SELECT id FROM ops.change_set WHERE state = 'in_review' ORDER BY id DESC")
    ]


def test_who_sees_little_goes_on_page_by_page(filled: World) -> None:
    """P14: changes of tables that are out of sight are passed over, four hundred at a time, and never shown."""
    world = filled
    world.sql("UPDATE ops.operation SET table_name = 'nowhere' WHERE change_id > 10600")
    with world.db.reading() as tx:
        first = changes.everything(tx, world.catalog, world.bo)
        assert first.rows == () and first.next == 10000 + MANY - 399
        last = changes.everything(tx, world.catalog, world.bo, before=10_650)
        assert [row.id for row in last.rows] == list(range(10_600, 10_550, -1))


def test_asking_and_agreeing_take_few_round_trips(world: World) -> None:
    """From BEGIN, which asks who it is on a page, to COMMIT: a proposal five, and the yes that applies it seven."""
    world.rule("notes", table_name="plain", role="manager")

    def counted(act: Callable[[], Any]) -> tuple[int, Any]:
        reset_statements()
        answer = act()
        return statements(), answer

    was = "one"
    for now in ("two of it", "three of it"):
        edit = world.edit("~1", {"v": was}, {"v": now}, "plain")
        sent, out = counted(lambda e=edit, n=now: world.propose(world.ann, e, token=f"token of {n}"))
        told = [(out.state, sent)]
        digest = world.one("SELECT digest FROM ops.change_set WHERE id = :id", id=out.change_id)
        sent, done = counted(
            lambda i=out.change_id, d=digest: world.decide(world.bo, i, digest=d, token=f"yes to {i}")
        )
        told.append((done.state, sent))
        was = now
    # The first round reads the rights as well, which are kept from then on.
    assert told == [("in_review", 5), ("applied", 7)]


def test_whose_turn_it_is_follows_every_step(world: World) -> None:
    """P31, P32: asked, agreed in part, escalated, sent back, revised, withdrawn, applied, by name, by lapse of time."""
    world.rule(
        "two", table_name="plain",
        stages=[{"role": "manager", "needed": 2, "due": 1, "escalate_to": "owner"}, {"people": [5], "needed": 1}],
    )  # fmt: skip
    out = world.propose(world.ann, world.edit("~1", {"v": "one"}, {"v": "1"}, "plain"))
    other = world.propose(world.ann, world.edit("~2", {"v": "two"}, {"v": "2"}, "plain"))
    follows(world)
    assert world.sql("SELECT asked FROM ops.turn WHERE change_id = :id", id=out.change_id) == [("manager",)]
    world.decide(world.bo, out.change_id)
    follows(world)
    world.sql("UPDATE ops.stage SET escalate_at = now() - interval '1 minute' WHERE position = 1")
    with world.db.transaction() as tx:
        assert reminding.escalate(tx) == 2
    follows(world)
    assert len(world.sql("SELECT asked FROM ops.turn WHERE change_id = :id", id=out.change_id)) == 2
    world.decide(world.max, out.change_id)
    follows(world)
    assert world.sql("SELECT asked FROM ops.turn WHERE change_id = :id", id=out.change_id) == [("#5",)]
    world.decide(world.max, other.change_id, "send_back", comment="Less.")
    follows(world)
    row = world.sql("SELECT digest FROM ops.change_set WHERE id = :id", id=other.change_id)[0]
    less = world.edit("~2", {"v": "two"}, {"v": "3"}, "plain")
    changes.revise(
        world.db, world.catalog, world.ann, other.change_id, [less], reason="Less", digest=row.digest
    )
    follows(world)
    changes.withdraw(world.db, world.catalog, world.ann, other.change_id)
    follows(world)
    assert world.decide(world.oz, out.change_id).state == "applied"
    follows(world)
    assert world.sql("SELECT * FROM ops.turn") == []


def test_the_shape_of_a_table_is_told_alike_to_catalog_and_door(world: World) -> None:
    """P47: what `ops.table_shapes` says is what the catalog was made of."""
    names = sorted(table.name for table in world.catalog)
    with world.db.reading() as tx:
        values = {"schemas": ["shop"] * len(names), "names": names}
        told = tx.execute(queries.SHAPES, {"oids": [], **values}).all()
        kept = tx.execute(
            sa.text("SELECT * FROM ops.table_shapes(CAST(:schemas AS text[]), CAST(:names AS text[]))"),
            values,
        ).all()
    assert {(r.schema, r.name): (r.columns, r.keys_) for r in told} == {
        (r.schema, r.name): (r.columns, r.keys_) for r in kept
    }
    assert len(kept) == len(names)
