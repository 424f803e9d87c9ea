"""Gates: a process of the product stops where it writes a certain row, and stands there until a test lets it go on.

A gate is a trigger that only a test's database has; nothing in the product knows of it. It stands open unless a
test holds the advisory lock of its name: `web:state:1042:applied` stops the web process where change 1042 is marked
as applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

# What the gate is called, where it stands, and what of the row its name goes on with.
GATES = (
    ("form", "BEFORE INSERT ON ops.form_token", "{token}"),
    ("decision", "BEFORE INSERT ON ops.decision", "{change_id}"),
    ("stage", "BEFORE UPDATE ON ops.stage", "{change_id}"),
    ("customer", "BEFORE UPDATE ON shop.customers", "{id}"),
    ("product", "BEFORE UPDATE ON shop.products", "{id}"),
    ("shelf", "BEFORE UPDATE ON shop.shelf", "{id}"),
    ("state", "BEFORE UPDATE ON ops.change_set", "{id} {state}"),
    ("result", "BEFORE UPDATE ON ops.operation", "{change_id}"),
    ("event", "BEFORE INSERT ON ops.event", "{change_id} {action}"),
    ("row_event", "BEFORE INSERT ON ops.event", "{change_id} {row_key}"),
    ("left", "BEFORE INSERT ON ops.outbox", "{body,change_id} {kind}"),
    ("told", "AFTER INSERT ON ops.outbox", "{body,change_id} {kind}"),
    ("work", "BEFORE UPDATE ON ops.work", "{kind} {subject} {state}"),
    ("target", "BEFORE UPDATE ON ops.change_target", "{change_id} {position}"),
)
# These stop within COMMIT. The door has said SET CONSTRAINTS ALL IMMEDIATE by then: it is taken back for them.
AT_COMMIT = (
    ("commit", "INSERT ON ops.outbox", "{body,change_id} {kind}"),
    ("chunk_commit", "UPDATE ON ops.change_bulk", "{change_id} {done}"),
)
MADE = """
CREATE SCHEMA faults;
CREATE FUNCTION faults.gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    process text := split_part(current_setting('application_name'), ' ', 2);
    named text := (SELECT string_agg(to_jsonb(NEW) #>> CAST(path AS text[]), ':' ORDER BY n)
                   FROM unnest(TG_ARGV) WITH ORDINALITY AS t (path, n));
    gate integer := hashtext(concat_ws(':', process, replace(TG_NAME, 'fault_', ''), named));
BEGIN
    IF NOT pg_try_advisory_lock_shared(11, gate) THEN
        PERFORM pg_advisory_xact_lock_shared(12, gate);  -- says who stands here
        WHILE NOT pg_try_advisory_lock_shared(11, gate) LOOP
            PERFORM pg_sleep(0.01);
        END LOOP;
    END IF;
    PERFORM pg_advisory_unlock_shared(11, gate);
    RETURN NEW;
END $$;
CREATE FUNCTION faults.late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SET CONSTRAINTS ops.%I DEFERRED', TG_ARGV[0]);
    RETURN NEW;
END $$;
"""
_EACH = "CREATE TRIGGER fault_{name} {when} FOR EACH ROW EXECUTE FUNCTION faults.gate({of});"
_LATE = """
CREATE TRIGGER fault_before_{name} BEFORE {when} FOR EACH ROW EXECUTE FUNCTION faults.late('fault_{name}');
CREATE CONSTRAINT TRIGGER fault_{name} AFTER {when} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION faults.gate({of});
"""
_STANDING = """
SELECT l.objid::bigint, l.pid FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.classid = 12 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def build(connection: psycopg.Connection) -> None:
    """Put all gates up; they stand open."""
    connection.execute(MADE)
    for text, gates in ((_EACH, GATES), (_LATE, AT_COMMIT)):
        for name, when, of in gates:
            paths = ", ".join(f"'{path}'" for path in of.split())
            connection.execute(text.format(name=name, when=when, of=paths))


def take_down(connection: psycopg.Connection) -> None:
    """Take all of them away again."""
    connection.execute("DROP SCHEMA faults CASCADE")


class Closed:
    """Gates that are closed now."""

    def __init__(self, connection: psycopg.Connection, names: tuple[str, ...]) -> None:
        self._connection = connection
        self._names: dict[int, str] = {}
        for name in names:
            found = connection.execute(
                "SELECT hashtext(%s), pg_advisory_lock(11, hashtext(%s))", (name, name)
            ).fetchone()
            assert found is not None
            self._names[found[0]] = name

    def standing(self) -> dict[str, int]:
        """At which of them somebody stands, and the number of their database process."""
        rows = self._connection.execute(_STANDING).fetchall()
        # An advisory lock's halves are told without a sign.
        signed = ((number - (1 << 32) if number >= 1 << 31 else number, pid) for number, pid in rows)
        return {self._names[number]: pid for number, pid in signed if number in self._names}

    def open(self, name: str) -> None:
        """Let whoever stands at this one go on."""
        self._connection.execute("SELECT pg_advisory_unlock(11, hashtext(%s))", (name,))

    def open_all(self) -> None:
        """Let everybody go on; a database that was killed has forgotten its gates."""
        with suppress(psycopg.OperationalError):
            self._connection.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def closed(connection: psycopg.Connection, *names: str) -> Iterator[Closed]:
    """Close these; at the end they are open, and whoever stood there has gone on."""
    shut = Closed(connection, names)
    try:
        yield shut
    finally:
        shut.open_all()
