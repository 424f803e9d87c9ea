"""The connection dies before, in or after COMMIT: sent again, the form has exactly one effect (P30, P48)."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa

from ops import changes
from ops.changes import store
from ops.db import CommitUnknown, Database, Unavailable
from tests import servers
from tests.changes import company
from tests.changes.company import World
from tests.changes.test_decide import together


@pytest.fixture(params=[False, True], ids=["called", "posted"])
def world(db: Database, request: pytest.FixtureRequest) -> World:
    return replace(company.world_of(db), posted=request.param)


@pytest.fixture
def killer(world: World):
    """Ends every other connection of the database, as a crash would."""
    with psycopg.connect(world.db.url, autocommit=True) as direct:
        yield lambda: direct.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )


def test_p48_killed_before_commit_nothing_happened_and_again_is_once(
    world: World, killer, monkeypatch
) -> None:
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "Z"})
    real = store.add

    def dies(*args, **kwargs):
        result = real(*args, **kwargs)
        killer()
        return result

    monkeypatch.setattr(store, "add", dies)
    with pytest.raises(Unavailable):
        world.propose(world.ann, edit, token="t")
    monkeypatch.setattr(store, "add", real)
    out = world.propose(world.ann, edit, token="t")
    assert out.state == "applied" and not out.repeated
    assert world.customer().changed == 1 and len(world.events("row.updated")) == 1


def test_p48_killed_while_commit_is_under_way_again_is_once(world: World, killer) -> None:
    # A deferred trigger sleeps inside COMMIT: the backend is ended there, and the caller cannot know.
    world.sql(
        "CREATE FUNCTION shop.nap() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'"
    )
    world.sql(
        "CREATE CONSTRAINT TRIGGER nap AFTER UPDATE ON shop.plain DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION shop.nap()"
    )
    edit = world.edit("~1", {"v": "one"}, {"v": "two"}, table="plain")
    raised: list[BaseException] = []

    def send() -> None:
        try:
            world.propose(world.ann, edit, token="t")
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    time.sleep(0.8)
    killer()
    thread.join()
    assert [type(error) for error in raised] == [CommitUnknown]
    world.sql("DROP TRIGGER nap ON shop.plain")
    assert world.propose(world.ann, edit, token="t").state == "applied"
    assert len(world.events("row.updated")) == 1


def test_p48_the_answer_to_commit_is_lost_again_gives_the_first_result(
    world: World, killer, monkeypatch
) -> None:
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "Z"})
    real = sa.Connection.commit
    done: list[int] = []

    def lost(self):
        real(self)
        if not done:
            done.append(1)
            killer()
            raise sa.exc.OperationalError(
                "COMMIT", {}, psycopg.OperationalError("lost"), connection_invalidated=True
            )

    monkeypatch.setattr(sa.Connection, "commit", lost)
    with pytest.raises(CommitUnknown):
        world.propose(world.ann, edit, token="t")
    out = world.propose(world.ann, edit, token="t")
    assert out.repeated and out.state == "applied"
    assert world.customer().changed == 1 and len(world.events("row.updated")) == 1


def test_p30_one_form_sent_twenty_times_at_once_has_one_effect(world: World) -> None:
    edit = world.edit("~1", {"name": "Customer 1"}, {"name": "Z"})
    results = together([lambda: world.propose(world.ann, edit, token="t").change_id for _ in range(20)])
    assert len(set(results)) == 1
    assert world.customer().changed == 1 and len(world.events("row.updated")) == 1


def test_two_edits_of_one_row_at_once(world: World) -> None:
    merged = together(
        [
            lambda: world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "A"})).state,
            lambda: world.propose(world.max, world.edit("~1", {"code": "C1"}, {"code": "B"})).state,
        ]
    )
    assert merged == ["applied", "applied"]
    clashed = together(
        [
            lambda n=n: (
                world.propose(world.ann, world.edit("~2", {"name": "Customer 2"}, {"name": f"N{n}"})).state
            )
            for n in range(8)
        ]
    )
    assert sorted(map(str, clashed)) == ["Conflict"] * 7 + ["applied"]


def test_opposite_orders_of_rows_do_not_deadlock(world: World) -> None:
    def both(first: int, second: int, column: str, value: str) -> str:
        names = {1: "C1", 2: "C2"} if column == "code" else {1: None, 2: None}
        edits = [world.edit(f"~{n}", {column: names[n]}, {column: value + str(n)}) for n in (first, second)]
        return world.propose(world.ann, *edits).state

    results = together([lambda: both(1, 2, "code", "x"), lambda: both(2, 1, "born", "2000-01-0")])
    assert results == ["applied", "applied"]


_WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


def test_a_deadlock_is_tried_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    # Somebody else's service takes the rows the other way round; PostgreSQL ends one of the two. Ours looks for
    # a deadlock once, so late that a busy machine is in one by then, and before it gives up waiting at 2 s.
    caplog.set_level("INFO", "ops.changes.refusals")
    world.sql(f"ALTER DATABASE {world.one('SELECT current_database()')} SET deadlock_timeout = '1700ms'")
    world.db.engine.dispose()
    with psycopg.connect(world.db.url) as other, servers.admin() as watch:
        other.execute("SET deadlock_timeout = '10s'")
        other.execute("UPDATE shop.customer SET small = 1 WHERE id = 2")
        results: list[object] = []

        def send() -> None:
            edits = [world.edit(f"~{n}", {"code": f"C{n}"}, {"code": f"x{n}"}) for n in (1, 2)]
            try:
                results.append(world.propose(world.ann, *edits).state)
            except Exception as error:
                results.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        until = time.monotonic() + 10
        while time.monotonic() < until and not watch.execute(_WAITS, (other.info.dbname,)).fetchone():
            time.sleep(0.01)
        other.execute("UPDATE shop.customer SET small = 1 WHERE id = 1")
        other.commit()
        thread.join()
    assert results == ["applied"] and "trying again" in caplog.text


def test_a_pool_of_dead_connections_heals(world: World, killer) -> None:
    world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "A"}))
    killer()
    assert world.propose(world.ann, world.edit("~1", {"name": "A"}, {"name": "B"})).state == "applied"


def test_nothing_but_the_door_is_open_while_it_explains(world: World) -> None:
    narrow = Database(world.db.url, application_name="narrow", pool_size=1)
    with pytest.raises(changes.Invalid):
        changes.propose(narrow, world.catalog, world.ann, [world.edit("~1", {"born": None}, {"born": "x"})])
    narrow.close()
