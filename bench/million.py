"""A database of its own with a million change sets: whose, how old, in which state, as a house has after three years.

200 wait for the bench's person, some 2,000 are open, all others are over. Most of what is open is young; a fifth is
anywhere in the three years, so that no list finds it by chance. Every change that was applied has its event.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import psycopg

from bench import stage
from bench.inside import inside

MANY = 1_000_000
BO = 2  # who decides on what Ann asks for
BO_TOKEN = "c" * 43
RULE = "Notes are looked at"
COLUMN = "delivery_note"

WHO = """
INSERT INTO ops.person (id, iss, sub, name)
    SELECT 100 + n, 'https://bench.example', 'p' || n, 'Person ' || n FROM generate_series(1, 200) AS n
    ON CONFLICT DO NOTHING;
INSERT INTO ops.person (id, iss, sub, name) VALUES (2, 'https://bench.example', 'bo', 'Bo Bench')
    ON CONFLICT DO NOTHING;
INSERT INTO ops.person_role (person_id, role, origin) VALUES (2, 'manager', 'hand'), (2, 'operator', 'hand')
    ON CONFLICT DO NOTHING;
INSERT INTO ops.person_role (person_id, role, origin)
    SELECT 100 + n, CASE WHEN n %% 10 = 0 THEN 'manager' ELSE 'operator' END, 'hand' FROM generate_series(1, 200) AS n
    ON CONFLICT DO NOTHING;
INSERT INTO ops.approval_rule (name, tables, kinds, columns, stages)
    VALUES (%(rule)s, '{shop.orders}', '{update}', ARRAY[%(column)s], '[{"role": "manager", "needed": 1}]')
    ON CONFLICT DO NOTHING;
INSERT INTO ops.session (id, person_id, expires_at) VALUES (%(bo)s, 2, now() + interval '1 day')
    ON CONFLICT (id) DO UPDATE SET seen_at = now(), expires_at = excluded.expires_at;
"""
# What is open: for whom it waits. 1: the bench's person; 2: their own; 3: they said yes already, one more is asked;
# 4: an owner; 5: somebody by name; 6: sent back; 7: agreed, at a set time. Bulk edits, imports and others of a kind of
# their own are a few in a thousand of a house's changes and are left out.
PLAN = """
CREATE TEMP TABLE plan AS
SELECT n, 1000 + n AS id, now() - (%(many)s - n) * (interval '3 years' / %(many)s) AS at, 0 AS open,
       CASE WHEN r < 0.90 THEN 'applied' WHEN r < 0.94 THEN 'rejected' WHEN r < 0.965 THEN 'withdrawn'
            WHEN r < 0.98 THEN 'expired' WHEN r < 0.99 THEN 'conflicted' ELSE 'failed' END AS state,
       CASE WHEN p < 0.004 THEN 1 ELSE 101 + floor(200 * p * p)::int END AS proposer,
       CASE WHEN p < 0.004 THEN 110 WHEN k < 0.01 THEN 1 ELSE 101 + floor(200 * k)::int END AS decider,
       CASE WHEN k < 0.5 THEN 'orders' WHEN k < 0.8 THEN 'customers' ELSE 'products' END AS thing,
       s < 0.35 AS asked, q
FROM (SELECT n, random() AS r, random() AS p, random() AS k, random() AS s, random() AS q
      FROM generate_series(1, %(many)s) AS n) AS x;
UPDATE plan SET decider = decider + 1 WHERE decider = proposer;
UPDATE plan SET open = o.kind, asked = true,
    state = CASE o.kind WHEN 6 THEN 'sent_back' WHEN 7 THEN 'approved' ELSE 'in_review' END,
    proposer = CASE WHEN o.kind = 2 THEN 1 WHEN proposer = 1 THEN 101 ELSE proposer END,
    decider = CASE WHEN o.kind = 3 THEN 1 ELSE 102 + n %% 199 END
FROM (SELECT place, kind FROM (
        SELECT kind, CASE WHEN row_number() OVER () %% 5 = 0 THEN 1 + floor(random() * %(many)s)::int
                          ELSE %(many)s - floor(random() * %(many)s / 50)::int END AS place
        FROM (VALUES (1, 200), (2, 100), (3, 50), (4, 850), (5, 600), (6, 100), (7, 100)) AS k (kind, many),
             LATERAL generate_series(1, k.many)) AS y) AS o
WHERE o.place = plan.n;
UPDATE plan SET decider = decider + 1 WHERE decider = proposer;
CREATE INDEX ON plan (n);
ANALYZE plan;
"""
# What the foreign keys and triggers would say of every row is known: the rows are made so.
ROWS = """
SET LOCAL session_replication_role = replica;
INSERT INTO ops.change_set (id, title, reason, source, state, digest, proposer_id, created_at, submitted_at,
                            finished_at, apply_at, failure)
SELECT id, 'Edit ' || rtrim(thing, 's'), CASE WHEN asked THEN 'As agreed by telephone, number ' || n ELSE '' END,
       CASE WHEN q < 0.8 THEN 'form' ELSE 'grid' END, state, md5(n::text) || md5('d' || n), proposer, at, at,
       CASE WHEN open = 0 THEN at + interval '1 hour' END, CASE WHEN open = 7 THEN now() + interval '9 days' END,
       CASE WHEN state IN ('conflicted', 'failed') THEN 'The row is not as it was.' END
FROM plan ORDER BY n;
INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, base, after)
SELECT id, 0, 'update', 'shop', thing, CAST(%(digests)s AS jsonb) ->> thing,
       jsonb_build_array(CAST(1 + floor(CAST(CAST(%(rows)s AS jsonb) ->> thing AS int) * q * q) AS text)),
       jsonb_build_object(c, 'What was said first, ' || n), jsonb_build_object(c, 'What was said then, ' || n)
FROM plan, LATERAL (
    SELECT CASE thing WHEN 'orders' THEN 'delivery_note' WHEN 'customers' THEN 'notes' ELSE 'name' END) AS x (c)
ORDER BY n;
INSERT INTO ops.change_party (change_id, person_id, side, how)
SELECT id, proposer, 'maker', 'proposer' FROM plan ORDER BY n;
INSERT INTO ops.stage (change_id, revision, position, role, needed, why, people, opened_at, due_at, closed_at)
SELECT id, 1, 1, CASE open WHEN 4 THEN 'owner' WHEN 5 THEN '' ELSE 'manager' END, CASE open WHEN 3 THEN 2 ELSE 1 END,
       ARRAY[%(rule)s], CASE open WHEN 5 THEN ARRAY[decider] ELSE '{}' END, at, at + interval '2 days',
       CASE WHEN state IN ('applied', 'approved', 'conflicted', 'failed') THEN at + interval '50 minutes' END
FROM plan WHERE asked OR state IN ('rejected', 'withdrawn', 'expired') ORDER BY n;
INSERT INTO ops.change_party (change_id, person_id, side, how)
SELECT id, decider, 'decider', 'approver' FROM plan
WHERE open = 3 OR state IN ('rejected', 'sent_back')
   OR (asked AND state IN ('applied', 'approved', 'conflicted', 'failed'))
ORDER BY n;
INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest, decided_at)
SELECT y.change_id, 1, y.person_id, 1,
       CASE p.state WHEN 'rejected' THEN 'reject' WHEN 'sent_back' THEN 'send_back' ELSE 'approve' END,
       md5(p.n::text) || md5('d' || p.n), p.at + interval '50 minutes'
FROM ops.change_party y JOIN plan p ON p.id = y.change_id WHERE y.side = 'decider' ORDER BY p.n;
INSERT INTO ops.event
    (at, uid, action, person_id, schema_name, table_name, row_key, change_id, request_id, line)
SELECT p.at + interval '1 hour', md5('u' || n)::uuid, 'row.updated', p.proposer, 'shop', p.thing,
       '~' || (o.row_key ->> 0), p.id, 'bench',
       '{"action":"row.updated","change":"' || p.id || '","source":"web","v":"1"}'
FROM plan p JOIN ops.operation o ON o.change_id = p.id WHERE p.state = 'applied' ORDER BY n;
INSERT INTO ops.event_payload (uid, at, salt, body)
SELECT md5('u' || n)::uuid, p.at + interval '1 hour', decode(md5('s' || n), 'hex'),
       json_build_object('after', o.after, 'before', o.base, 'facts', json_build_object('source', 'form'),
                         'name', 'Person', 'reason', NULL)::text
FROM plan p JOIN ops.operation o ON o.change_id = p.id WHERE p.state = 'applied' ORDER BY n;
SELECT setval(pg_get_serial_sequence('ops.change_set', 'id'), (SELECT max(id) FROM ops.change_set));
SET LOCAL session_replication_role = origin;
SELECT ops.take_turns(id) FROM ops.change_set WHERE state = 'in_review';
INSERT INTO ops.open_row SELECT o.change_id, o.position, o.schema_name, o.table_name, o.row_key
FROM plan p JOIN ops.operation o ON o.change_id = p.id WHERE p.open > 0;
"""
MADE = "SELECT to_regclass('bench.million') IS NOT NULL"


def address(url: str, redis_url: str) -> str:
    """The database with a million change sets on 10,000 orders; made on first use, then kept."""
    found = stage.database(url, 10_000, "approvals")
    with psycopg.connect(found, autocommit=True) as connection:
        values = {"rule": RULE, "column": COLUMN, "bo": hashlib.sha256(BO_TOKEN.encode()).digest()}
        with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
            cursor.execute(WHO, values)  # type: ignore[arg-type]  # a text of ours
        made = connection.execute(MADE).fetchone()
        if made is None or not made[0]:
            fill(connection, _tables(found, redis_url), MANY)
            connection.execute("VACUUM (ANALYZE)")
    return found


def fill(connection: psycopg.Connection, tables: Mapping[str, tuple[str, int]], many: int) -> None:
    """So many change sets; `tables`: digest and number of rows of orders, customers and products."""
    values = {
        "many": many,
        "rule": RULE,
        "digests": json.dumps({name: digest for name, (digest, _) in tables.items()}),
        "rows": json.dumps({name: rows for name, (_, rows) in tables.items()}),
    }
    with connection.transaction(), psycopg.ClientCursor(connection) as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PLAN, values)  # type: ignore[arg-type]  # a text of ours
        cursor.execute(ROWS, values)  # type: ignore[arg-type]  # a text of ours
        cursor.execute("DROP TABLE plan; CREATE SCHEMA IF NOT EXISTS bench; CREATE TABLE bench.million ()")


def _tables(database_url: str, redis_url: str) -> dict[str, tuple[str, int]]:
    counts = {"orders": 10_000, "customers": 500, "products": 1_000}
    with inside(database_url, redis_url) as shop:
        catalog = shop.platform.catalog
        return {name: (catalog.by_name("shop", name).digest, rows) for name, rows in counts.items()}
