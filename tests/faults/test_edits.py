"""Web, Redis, PostgreSQL are killed in the middle of an edit: sent again, one effect (P30, P48)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.faults.client import Client, Form
from tests.faults.conftest import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SLOW_COMMIT = """
CREATE FUNCTION shop.dawdle() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(2); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dawdle AFTER UPDATE ON shop.customers DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION shop.dawdle()
"""


class Edit:
    """The form of one customer, filled in, and what became of it."""

    def __init__(self, world: World, client: Client, number: int) -> None:
        self.world, self.client = world, client
        wanted = "SELECT id FROM shop.customers WHERE country <> 'IS' AND credit_limit < 9000 ORDER BY id"
        self.id = world.rows(wanted + " OFFSET %s LIMIT 1", number)[0][0]
        self.city = f"Fault {number}"
        form = client.form(f"/tables/shop.customers/~{self.id}/edit", "#record-form")
        assert "v.city" in form.data
        self.form: Form = form.filled(v__city=self.city)
        if "v.city--null" in self.form.data:
            del self.form.data["v.city--null"]
        self.outcome: list[object] = []

    def send(self) -> None:
        """Send the form, whatever happens to it."""
        try:
            self.outcome.append(self.client.send(self.form, follow=False).status_code)
        except requests.RequestException as error:
            self.outcome.append(type(error).__name__)

    def backend(self) -> int | None:
        """The database process that is at work on the row, once there is one."""
        found = self.world.rows(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'countersign web%' AND state <> 'idle'"
            " AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')"
        )
        return found[0][0] if found else None

    def cut(self, fault: Callable[[], object]) -> None:
        """Send it in the background and let the fault happen while the database is at it."""
        sending = threading.Thread(target=self.send)
        sending.start()
        self.world.until("at work", self.backend, 5)
        fault()
        sending.join(30)

    def once(self) -> None:
        """Sent again the form succeeds, and there is one effect and one event of it."""
        self.world.stage.wait_for(f"{self.world.stage.origin}/readyz")
        again = self.client.send(self.form, follow=False)
        assert again.status_code == 303, again.text
        self.client.send(self.form, follow=False)
        assert self.world.rows("SELECT city FROM shop.customers WHERE id = %s", self.id) == [(self.city,)]
        # Other tests of this world write rows of other tables with the same key.
        events = "SELECT count(*) FROM ops.event WHERE action = 'row.updated'"
        events += " AND (table_name, row_key) = ('customers', %s)"
        assert self.world.rows(events, f"~{self.id}") == [(1,)]
        changes = "SELECT count(*) FROM ops.change_set c JOIN ops.operation o ON o.change_id = c.id"
        whose = " WHERE (o.table_name, o.row_key->>0) = ('customers', %s)"
        assert self.world.rows(changes + whose, str(self.id)) == [(1,)]


@contextmanager
def held(world: World, row: int) -> Iterator[None]:
    """Somebody else holds the row."""
    with world.connect() as connection, connection.transaction():
        connection.execute("SELECT 1 FROM shop.customers WHERE id = %s FOR UPDATE", (row,))
        yield


@pytest.fixture
def slow_commit(world: World) -> Iterator[None]:
    """COMMIT of an edit takes two seconds."""
    world.rows(SLOW_COMMIT)
    yield
    world.rows("DROP TRIGGER dawdle ON shop.customers")
    world.rows("DROP FUNCTION shop.dawdle()")


def kill_web(world: World) -> None:
    """SIGKILL of the process that answers; gunicorn's master starts another."""
    for pid in world.stage.children("web"):
        os.kill(pid, signal.SIGKILL)


def test_p48_web_killed_before_commit(world: World, ann: Client) -> None:
    """P48: the web process dies while it waits for the row: nothing was written, sent again it is."""
    edit = Edit(world, ann, 1)
    with held(world, edit.id):
        edit.cut(lambda: kill_web(world))
    assert edit.outcome == ["ConnectionError"]
    edit.once()


def test_p48_web_killed_in_commit(world: World, ann: Client, slow_commit: None) -> None:
    """P48: the web process dies while COMMIT is under way: it was written, and sent again it is not twice."""
    edit = Edit(world, ann, 2)
    edit.cut(lambda: kill_web(world))
    assert edit.outcome == ["ConnectionError"]
    written = "SELECT 1 FROM shop.customers WHERE id = %s AND city = %s"
    world.until("committed all the same", lambda: world.rows(written, edit.id, edit.city), 10)
    edit.once()


def test_p48_backend_killed_in_commit(world: World, ann: Client, slow_commit: None) -> None:
    """P48: the answer to COMMIT is lost: the page says so, and sent again the form has one effect."""
    edit = Edit(world, ann, 3)
    edit.cut(lambda: world.rows("SELECT pg_terminate_backend(%s)", edit.backend()))
    assert edit.outcome == [503]
    edit.once()


def test_p48_postgresql_killed_during_an_edit(world: World, ann: Client, slow_commit: None) -> None:
    """P48: kill -9 of PostgreSQL: a clean page, nothing half, healed by itself, one effect in the end."""
    edit = Edit(world, ann, 4)
    edit.cut(world.kill_postgres)
    assert edit.outcome == [503]
    edit.once()


def test_p48_redis_killed_and_emptied_during_an_edit(world: World, ann: Client) -> None:
    """P48: editing does not need Redis at all."""
    edit = Edit(world, ann, 5)
    with world.redis() as client:
        client.flushall()
    world.kill_redis()
    edit.once()
