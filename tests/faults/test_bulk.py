"""A worker is killed, again and again, in a change of 200,000 rows: exact result, each row's event once (P48)."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.faults.client import Client, Form
from tests.faults.conftest import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROWS = 200_000
MADE = f"""
CREATE TABLE shop.stock_count (id bigint PRIMARY KEY, shelf text NOT NULL, note text);
INSERT INTO shop.stock_count SELECT n, 'shelf ' || n % 100, 'note ' || n FROM generate_series(1, {ROWS}) n;
ANALYZE shop.stock_count;
"""


def test_p48_worker_killed_in_a_change_of_200_000_rows(world: World, ann: Client) -> None:
    """P48: SIGKILL of the child, then of parent and child; somebody else's writes meanwhile are kept."""
    world.rows(MADE)
    world.stage.end("web")
    world.stage.end("worker")
    world.stage.spawn("web")  # the table is new: it is read at the start
    world.stage.spawn("worker")
    world.stage.wait_for(f"{world.stage.origin}/readyz")
    change = _asked(ann)
    # Once in a child, while the parent lives; once both, so that nobody is left.
    _until_written(world, change, 10_000)
    world.rows("UPDATE shop.stock_count SET note = 'theirs' WHERE id > %s", ROWS - 10)
    os.kill(_holder(world, change), signal.SIGKILL)
    _lease_over(world)
    _until_written(world, change, 60_000)
    child = _holder(world, change)
    world.stage.kill("worker")
    os.kill(child, signal.SIGKILL)
    _lease_over(world)
    world.stage.spawn("worker")
    world.until("done", lambda: _state(world, change) == "applied", 600)
    _exact(world, change)


def _asked(ann: Client) -> int:
    form = ann.form("/tables/shop.stock_count/many?list=&all=1&do=edit", "#many-form")
    form = ann.form_of(ann.send(Form(form.action, {**form.data, "step": "add", "add": "note"})), "#many-form")
    data = {**form.data, "step": "apply", "v.note": "counted"}
    data.pop("v.note--null", None)
    answer = ann.send(Form(form.action, data), follow=False)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rpartition("-")[2])


def _exact(world: World, change: int) -> None:
    counts = world.rows(
        "SELECT total, applied, moved, failed FROM ops.change_bulk WHERE change_id = %s", change
    )[0]
    assert counts == (ROWS, ROWS - 10, 10, 0)
    assert world.rows("SELECT count(*) FROM shop.stock_count WHERE note = 'counted'")[0][0] == ROWS - 10
    assert world.rows("SELECT count(*) FROM shop.stock_count WHERE note = 'theirs'")[0][0] == 10
    events = world.rows(
        "SELECT count(*), count(DISTINCT row_key) FROM ops.event "
        "WHERE change_id = %s AND action = 'row.updated'",
        change,
    )[0]
    assert events == (ROWS - 10, ROWS - 10), "each row's event once"
    batches = world.rows(
        "SELECT max(many) FROM (SELECT count(*) AS many FROM ops.event WHERE change_id = %s "
        "AND action = 'row.updated' GROUP BY xmin::text) b",
        change,
    )[0][0]
    assert batches <= 500, "no transaction wrote more rows than that"
    attempts = world.rows(
        "SELECT max(attempts) FROM ops.work WHERE kind = 'bulk' AND subject LIKE %s", f"{change}:%"
    )
    assert attempts[0][0] >= 3, "it was killed twice"


def _until_written(world: World, change: int, rows: int) -> None:
    def enough() -> bool:
        found = world.rows("SELECT applied FROM ops.change_bulk WHERE change_id = %s", change)
        return bool(found) and found[0][0] >= rows and bool(_holder(world, change))

    world.until(f"{rows} rows written", enough, 300)


def _holder(world: World, change: int) -> int:
    found = world.rows(
        "SELECT holder FROM ops.work WHERE kind = 'bulk' AND subject LIKE %s AND state = 'claimed'",
        f"{change}:%",
    )
    return int(found[0][0].rpartition(":")[2]) if found else 0


def _lease_over(world: World) -> None:
    """The dead worker's lease: nobody waits the 90 seconds here, which other tests do."""
    time.sleep(1)
    world.rows("UPDATE ops.work SET until = clock_timestamp(), dispatched_at = NULL WHERE state = 'claimed'")


def _state(world: World, change: int) -> str:
    return str(world.rows("SELECT state FROM ops.change_set WHERE id = %s", change)[0][0])
