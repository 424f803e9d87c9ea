"""A company's small tables with everything that is awkward in a list, and walks through all its pages."""

from __future__ import annotations

import sqlalchemy as sa

from ops.records import from_query_string, page

ZONE = "America/New_York"
SCHEMA = """
CREATE TYPE mood AS ENUM ('new', 'open', 'done', 'lost');
CREATE TABLE land (code char(2) PRIMARY KEY, name text);
CREATE TABLE client (id int PRIMARY KEY, name text NOT NULL, land_code char(2) REFERENCES land, vip boolean,
    since date, extra jsonb);
CREATE TABLE deal (
    id bigint PRIMARY KEY, client_id int REFERENCES client, state mood, amount numeric(10,2), paid boolean,
    tags text[], info jsonb, made timestamptz, day date, "wall.clock" timestamp, note text, code text NOT NULL
);
CREATE INDEX ON deal (made, id);
CREATE INDEX ON deal (day DESC, id);
CREATE INDEX ON deal (client_id, id);
CREATE INDEX ON deal (state, made, id);
CREATE INDEX ON deal (amount DESC NULLS LAST, id DESC);
CREATE INDEX ON deal (code);
CREATE INDEX ON deal USING gin (tags);
CREATE INDEX ON deal ((info #>> '{a,b}'));
CREATE INDEX ON client (land_code);
INSERT INTO land VALUES ('DE', 'Germany'), ('IS', 'Iceland'), ('FR', 'France');
INSERT INTO client SELECT n, 'Client ' || n, (ARRAY['DE', 'IS', 'FR', NULL])[1 + n % 4],
    (ARRAY[true, false, NULL])[1 + n % 3],
    CASE WHEN n % 5 = 0 THEN NULL ELSE date '2024-01-01' + n END, jsonb_build_object('k', n % 4, 's', 'v' || n % 3)
    FROM generate_series(1, 40) n;
INSERT INTO deal SELECT n, CASE WHEN n % 11 = 0 THEN NULL ELSE 1 + n * 7 % 40 END, (enum_range(NULL::mood))[1 + n % 5],
    CASE WHEN n % 7 = 0 THEN NULL ELSE (n * 7919 % 300) / 10.0 END, (ARRAY[true, false, NULL])[1 + n % 3],
    CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN '{}' WHEN 2 THEN ARRAY['red', 'a"b,c'] ELSE ARRAY['blue', 'NULL'] END,
    CASE n % 6 WHEN 0 THEN NULL WHEN 1 THEN '{"a": {"b": "x"}, "n": 7}' WHEN 2 THEN '{"a": {"b": null}, "n": "8"}'
        WHEN 3 THEN '{"a": {"b": "y, z"}, "on": true}' ELSE jsonb_build_object('n', n % 20, 'x.y', 'dot') END,
    CASE WHEN n % 13 = 0 THEN NULL
         ELSE date_trunc('hour', now()) + (n / 3 - 60) * interval '7 hours' + interval '31 minutes' END,
    CASE WHEN n % 4 = 0 THEN NULL ELSE current_date + n % 90 - 45 END,
    timestamp '2024-03-10 01:30' + n % 50 * interval '30 minutes',
    CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'Note ' || n % 60 END, 'D-' || n % 140
    FROM generate_series(1, :deals) n;
ANALYZE;
"""
_THERE = f"AT TIME ZONE '{ZONE}'"
_TODAY = f"date_trunc('day', now() {_THERE})"
_WEEK = f"date_trunc('week', {_TODAY} - interval '7 days')"

# What a filter says, and the same in plain SQL.
FILTERS = [
    ("f.state.is=open", "state = 'open'"),
    ("f.state.not=open", "state <> 'open'"),
    ("f.state.in=open,done", "state IN ('open', 'done')"),
    ("f.state.notin=open,done", "state NOT IN ('open', 'done')"),
    ("f.state.empty=", "state IS NULL"),
    ("f.amount.gt=12.5", "amount > 12.5"),
    ("f.amount.between=3,20", "amount BETWEEN 3 AND 20"),
    ("f.amount.filled=", "amount IS NOT NULL"),
    ("f.paid.true=", "paid"),
    ("f.paid.false=", "NOT paid"),
    ("f.client_id.in=1,5,9,30", "client_id IN (1, 5, 9, 30)"),
    ("f.client_id.empty=", "client_id IS NULL"),
    ("f.code.is=D-17", "code = 'D-17'"),
    ("f.code.starts=D-1", "code LIKE 'D-1%'"),
    ("f.note.contains=OTE+1", "note ILIKE '%ote 1%'"),
    ("f.note.lacks=ote+1", "note NOT ILIKE '%ote 1%'"),
    ("f.note.empty=", "(note IS NULL OR note = '')"),
    ("f.tags.has=red", "'red' = ANY (tags)"),
    ("f.tags.has=a%22b,c", "'a\"b,c' = ANY (tags)"),
    ("f.tags.has=NULL", "'NULL' = ANY (tags)"),
    ("f.tags.empty=", "tags IS NULL"),
    ("f.info.a.b.is=x", "info #>> '{a,b}' = 'x'"),
    ("f.info.a.b.in=x,y%5C,+z", "info #>> '{a,b}' IN ('x', 'y, z')"),
    ("f.info.a.b.empty=", "coalesce(info #>> '{a,b}', '') = ''"),
    ("f.info.n.ge=7", "CASE WHEN jsonb_typeof(info -> 'n') = 'number' THEN (info ->> 'n')::numeric >= 7 END"),
    ("f.info.n.is=8", "info ->> 'n' = '8'"),
    ("f.info.on.true=", "info ->> 'on' = 'true'"),
    ("f.info.x%252Ey.is=dot", "info ->> 'x.y' = 'dot'"),
    ("f.client.land_code.is=IS", "client_id IN (SELECT id FROM client WHERE land_code = 'IS')"),
    ("f.client.land_code.not=IS", "client_id IN (SELECT id FROM client WHERE land_code <> 'IS')"),
    ("f.client.vip.true=", "client_id IN (SELECT id FROM client WHERE vip)"),
    ("f.client.since.empty=", "client_id IN (SELECT id FROM client WHERE since IS NULL)"),
    ("f.client.name.contains=ient+1", "client_id IN (SELECT id FROM client WHERE name ILIKE '%ient 1%')"),
    ("f.client.extra.k.gt=1", "client_id IN (SELECT id FROM client WHERE (extra ->> 'k')::numeric > 1)"),
    ("f.made.last=3", f"made >= ({_TODAY} - interval '3 days') {_THERE} AND made <= now()"),
    ("f.made.next=2", f"made >= now() AND made < ({_TODAY} + interval '3 days') {_THERE}"),
    ("f.made.during=today", f"date_trunc('day', made {_THERE}) = {_TODAY}"),
    ("f.made.during=last-week", f"date_trunc('week', made {_THERE}) = {_WEEK}"),
    ("f.made.during=this-month", f"date_trunc('month', made {_THERE}) = date_trunc('month', {_TODAY})"),
    ("f.made.empty=", "made IS NULL"),
    ("f.day.last=10", f"day BETWEEN ({_TODAY} - interval '10 days')::date AND {_TODAY}::date"),
    ("f.day.next=10", f"day BETWEEN {_TODAY}::date AND ({_TODAY} + interval '10 days')::date"),
    ("f.day.during=this-quarter", f"date_trunc('quarter', day) = date_trunc('quarter', {_TODAY})"),
    ("f.day.not=infinity", "day <> 'infinity'"),
    ("f.wall%252Eclock.is=2024-03-10", "\"wall.clock\"::date = '2024-03-10'"),
    ("f.wall%252Eclock.is=2024-03-10T02:30", "\"wall.clock\" = '2024-03-10 02:30'"),
    ("f.wall%252Eclock.gt=2024-03-10", "\"wall.clock\" >= '2024-03-11'"),
]  # fmt: skip
SORTS = [
    sign + name
    for name in ("id", "made", "day", "client_id", "state", "amount", "code")
    for sign in ("", "-")
]


def walk(tx, view, text, size=50, most=2000, between=None):
    """All keys from the first page to the last, following `next`; `between` is called after each page."""
    keys, cursor = [], ""
    for _ in range(most):
        found = page(tx, view, from_query_string(view, f"{text}&{cursor}"), size=size)
        keys += [row.key for row in found.rows]
        if found.next is None:
            return keys
        cursor = found.next
        if between is not None:
            between(keys)
    raise AssertionError("no end")


def walk_back(tx, view, text, size=50, most=2000):
    """All keys from the last page to the first, following `previous`."""
    keys, cursor = [], "last=1"
    for _ in range(most):
        found = page(tx, view, from_query_string(view, f"{text}&{cursor}"), size=size)
        keys = [row.key for row in found.rows] + keys
        if found.previous is None:
            return keys
        cursor = found.previous
    raise AssertionError("no end")


def plainly(tx, where):
    """The ids and their columns as plain SQL has them."""
    text = sa.text(f"SELECT * FROM deal WHERE {where}".replace(":", "\\:"))
    return {row.id: row for row in tx.execute(text)}
