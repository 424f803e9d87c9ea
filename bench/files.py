"""The file of a million rows: the worker's own run beside a loop by hand, each in a process of its own."""

from __future__ import annotations

import hashlib
import multiprocessing
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

import psycopg

from bench.results import Line, Results
from bench.stage import OUT, product_environ
from ops import exports, work
from ops.actor import Actor
from ops.exports.copy import compose, copy, neutral
from ops.platform import Platform, build
from ops.policy import view
from ops.records import from_query_string, statement
from ops.settings import load

TABLE = "shop.orders"
WHO = Actor(1, "Ann Bench", frozenset({"operator", "manager"}), "worker", "bench")
TURNS = 3


def file_of_rows(results: Results, orders: str, database_url: str, redis_url: str) -> None:
    """Rows a second of both, in turns; how much the worker's process grows."""
    turns = []
    for _ in range(TURNS):
        ours = in_a_process(_worker, database_url, redis_url)
        theirs = in_a_process(_by_hand, database_url, redis_url)
        assert ours["sha256"] == theirs["sha256"], "the two files differ"
        turns.append((theirs["seconds"] / ours["seconds"] * 100, ours, theirs))
    share, ours, theirs = sorted(turns, key=lambda turn: turn[0])[TURNS // 2]
    rows = ours["rows"]
    detail = f"{rows / ours['seconds']:,.0f} beside {rows / theirs['seconds']:,.0f} rows/s"
    results.add(
        Line(orders, f"CSV of {rows:,} rows with its SHA-256", share, "%", 85, least=True, detail=detail)
    )
    most = max(turn[1]["grown"] for turn in turns)
    results.add(Line(orders, "memory the worker grows by", most, "MiB", 16))


def in_a_process(target: Callable[..., None], *given: str) -> dict[str, Any]:
    """What `target` puts into the queue it is given last, run in a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[dict[str, Any]] = context.Queue()
    child = context.Process(target=target, args=(*given, answer), daemon=True)
    child.start()
    while child.is_alive() or not answer.empty():
        try:
            return answer.get(timeout=1)
        except Empty:
            continue
    raise RuntimeError(f"{target.__name__} ended without an answer, with code {child.exitcode}")


def _worker(database_url: str, redis_url: str, answer: Any) -> None:
    platform = build(load(product_environ(database_url, redis_url)), "worker")
    token = secrets.token_urlsafe(16)
    run_id = exports.request(platform, WHO, TABLE, "", token)
    with platform.db.transaction() as tx:
        work_id = work.add(tx, "export", str(run_id))
    claim = work.claim(platform.db, work_id, "bench")
    assert claim is not None, "another worker was quicker"
    before = forget_peak()
    started = time.perf_counter()
    exports.run(platform, claim)
    seconds = time.perf_counter() - started
    grown = (peak() - before) / 1024
    with platform.db.reading() as tx:
        run = exports.show(tx, WHO, run_id)
    assert run.state == "done", run.error
    answer.put({"seconds": seconds, "rows": run.written, "sha256": run.sha256, "grown": grown})
    for left in (OUT / "product" / "spool").glob(f"{run_id}*"):
        left.unlink()
    platform.close()


def _by_hand(database_url: str, redis_url: str, answer: Any) -> None:
    """The same SELECT, read, hashed and written in the plainest loop."""
    platform = build(load(product_environ(database_url, redis_url)), "worker")
    text = _select(platform)
    file = OUT / f"by-hand-{uuid4().hex}.csv"
    digest, rows = hashlib.sha256(), 0
    started = time.perf_counter()
    with platform.db.connect() as connection:
        connection.execute("BEGIN READ ONLY; SET LOCAL TimeZone = 'UTC'; SET LOCAL work_mem = DEFAULT")
        with Path(file).open("wb") as out, connection.cursor() as cursor:
            with cursor.copy(text.encode()) as stream:
                for piece in stream:
                    out.write(piece)
                    digest.update(piece)
            rows = cursor.rowcount
        connection.execute("COMMIT")
    answer.put(
        {"seconds": time.perf_counter() - started, "rows": rows, "sha256": digest.hexdigest(), "grown": 0}
    )
    file.unlink()
    platform.close()


def _select(platform: Platform) -> str:
    table = platform.catalog.table(TABLE)
    seen = view(WHO, table, platform.catalog)
    with platform.db.reading() as tx:
        select = neutral(statement(seen, from_query_string(seen, "")), table)
        driver = tx.connection().connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        return copy(compose(driver, select, platform.db.engine.dialect))


def forget_peak() -> int:
    """Begin a new high-water mark of this process's memory (Linux, proc(5)); what it holds now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def peak() -> int:
    """The most memory this process held since `forget_peak`, in KiB."""
    return _status("VmHWM")


def _status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
