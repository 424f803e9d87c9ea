"""A watch over a database: every row of the company that is written without the door is seen.

Triggers of the test's own, put there by the superuser, write down which transaction wrote which row, and what the door
left in that same transaction: its event for the row, and the change it applied. `undoored` compares the two. What is
rolled back leaves neither, so a rehearsal writes nothing here as it writes nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.rows import namedtuple_row

# Tables of our own schema whose rows are changed through the door as well (P17).
RIGHTS = ("approval_rule", "role", "role_table", "group_role", "person_role")
INSTALL = """
CREATE SCHEMA watch;
CREATE TABLE watch.written (
    xact text, at timestamptz DEFAULT clock_timestamp(), program text, query text, schema_name text, table_name text,
    op text, depth int, row_key text, origin text,
    counts boolean GENERATED ALWAYS AS (
        (schema_name = 'ops' AND table_name = 'person_role' AND origin IS DISTINCT FROM 'hand') IS NOT TRUE) STORED);
CREATE TABLE watch.event (xact text, schema_name text, table_name text, row_key text, change_id bigint, action text);
CREATE TABLE watch.change (xact text, change_id bigint);

CREATE FUNCTION watch.row_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
    it jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(old) WHEN 'TRUNCATE' THEN '{}' ELSE to_jsonb(new) END;
BEGIN
    INSERT INTO watch.written (xact, program, query, schema_name, table_name, op, depth, row_key, origin)
    VALUES (pg_current_xact_id()::text, current_setting('application_name'), left(current_query(), 300),
            TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, pg_trigger_depth(),
            (SELECT '~' || string_agg(it ->> k.name, ',' ORDER BY k.n)
             FROM unnest(TG_ARGV) WITH ORDINALITY AS k (name, n)), it ->> 'origin');
    RETURN NULL;
END $$;
CREATE FUNCTION watch.event_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO watch.event VALUES (pg_current_xact_id()::text, new.schema_name, new.table_name,
        replace(replace(replace(replace(new.row_key, '%3A', ':'), '%2F', '/'), '%20', ' '), '%2C', ','),
        new.change_id, new.action);
    RETURN NULL;
END $$;
CREATE FUNCTION watch.change_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO watch.change VALUES (pg_current_xact_id()::text, new.change_id);
    RETURN NULL;
END $$;
CREATE TRIGGER watch AFTER INSERT ON ops.event FOR EACH ROW EXECUTE FUNCTION watch.event_written();
CREATE TRIGGER watch AFTER INSERT OR UPDATE OF result ON ops.operation
    FOR EACH ROW EXECUTE FUNCTION watch.change_written();
CREATE TRIGGER watch AFTER INSERT OR UPDATE OF state ON ops.change_target
    FOR EACH ROW EXECUTE FUNCTION watch.change_written();
CREATE FUNCTION watch.shape_changed() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
        IF one.schema_name IS DISTINCT FROM 'ops' AND one.schema_name IS DISTINCT FROM 'pg_temp'
           AND one.object_identity NOT IN ('ops', 'watch') THEN
            INSERT INTO watch.written (xact, program, query, schema_name, table_name, op, depth)
            VALUES (pg_current_xact_id()::text, current_setting('application_name'), left(current_query(), 300),
                    coalesce(one.schema_name, ''),
                    replace(one.object_identity, coalesce(one.schema_name || '.', ''), ''), one.command_tag, 1);
        END IF;
    END LOOP;
END $$;
"""
_EACH = """
DO $do$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT n.nspname AS schema_name, c.relname AS name, coalesce(
            (SELECT string_agg(quote_literal(a.attname), ', ' ORDER BY k.n) FROM pg_index i
             CROSS JOIN unnest(CAST(i.indkey AS smallint[])) WITH ORDINALITY AS k (attnum, n)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE i.indrelid = c.oid AND i.indisprimary), '') AS key
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname NOT IN ('information_schema', 'watch')
          AND (n.nspname <> 'ops' OR c.relname = ANY (ARRAY[{rights}]))
    LOOP
        EXECUTE format('CREATE TRIGGER zz_watch AFTER INSERT OR UPDATE OR DELETE ON %I.%I FOR EACH ROW '
                       'EXECUTE FUNCTION watch.row_written(' || t.key || ')', t.schema_name, t.name);
        EXECUTE format('CREATE TRIGGER zz_watch_whole AFTER TRUNCATE ON %I.%I FOR EACH STATEMENT '
                       'EXECUTE FUNCTION watch.row_written()', t.schema_name, t.name);
    END LOOP;
    CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch.shape_changed();
END $do$
"""
# A row the statement itself names must have its own event, of a change whose operation or target was written in the
# transaction; what the company's triggers and foreign keys write along with it needs the change alone. Roles by the
# provider, SCIM or a setting are no change of anybody's: `hand` is what people give.
_UNDOORED = """
SELECT w.* FROM watch.written w
WHERE w.counts AND NOT EXISTS (
    SELECT FROM watch.event e JOIN watch.change c ON c.xact = e.xact AND c.change_id = e.change_id
    WHERE e.xact = w.xact AND (w.depth > 1 OR (
        e.schema_name = w.schema_name AND e.table_name = w.table_name AND e.row_key = w.row_key
        AND e.action = CASE w.op WHEN 'INSERT' THEN 'row.created' WHEN 'UPDATE' THEN 'row.updated'
                                 WHEN 'DELETE' THEN 'row.deleted' END)))
ORDER BY w.at
"""


@dataclass(frozen=True)
class Written:
    """One row that was written past the door."""

    table: str
    op: str
    key: str | None
    program: str
    query: str

    def __str__(self) -> str:
        return f"{self.op} of {self.table} {self.key or ''} by {self.program}: {' '.join(self.query.split())}"


class Watch:
    """The watch over the database at `url`, whose superuser this connection is."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url, autocommit=True, row_factory=namedtuple_row, application_name="the watch"
        )
        self._connection.execute(INSTALL.encode())
        rights = ", ".join(f"'{name}'" for name in RIGHTS)
        self._connection.execute(_EACH.replace("%%", "%").format(rights=rights).encode())

    def undoored(self) -> list[Written]:
        """What was written past the door so far."""
        return [
            Written(
                f"{one.schema_name}.{one.table_name}", one.op, one.row_key, one.program or "", one.query or ""
            )
            for one in self._connection.execute(_UNDOORED)
        ]

    def tables(self) -> set[str]:
        """The tables of which rows were written, past the door or through it."""
        found = self._connection.execute(
            "SELECT DISTINCT schema_name, table_name FROM watch.written WHERE counts"
        )
        return {f"{one.schema_name}.{one.table_name}" for one in found}

    def watched(self) -> int:
        """How many tables are watched."""
        found = self._connection.execute(
            "SELECT count(*) AS n FROM pg_trigger WHERE tgname = 'zz_watch'"
        ).fetchone()
        return int(found.n) if found else 0

    def forget(self) -> None:
        """What a test itself put there, in transactions that told the trail nothing, is nobody's bypass."""
        self._connection.execute(
            "DELETE FROM watch.written w WHERE NOT EXISTS (SELECT FROM watch.event e WHERE e.xact = w.xact)"
        )

    def close(self) -> None:
        """End it."""
        self._connection.close()
