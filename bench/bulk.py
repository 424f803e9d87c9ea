"""Changing many rows: a hundred at once beside the same by hand, and a worker's rows a second with their events."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator

from bench.client import Client, alternate
from bench.inside import inside
from bench.results import Line, Results, ratio
from bench.stage import COOKIE, application
from ops import work
from ops.actor import Actor
from ops.changes import bulk, heads
from ops.changes.bulk import Listed, Wish
from ops.platform import Platform

FEW = 100
MANY = 20_000  # rows that the worker writes, or as many as there are
ADDRESS = "/tables/shop.orders/many"
COLUMN = "delivery_note"
Form = list[tuple[str, str]]


def many(results: Results, orders: str, size: int, address: str, redis_url: str, rounds: int) -> None:
    """A hundred ticked rows get a new note, again and again; then a worker writes all rows of a list."""
    with inside(address, redis_url) as shop:
        page = shop.get(f"{ADDRESS}?k=~1&do=edit").body
        ours = _forms(page)
        shop.post(ADDRESS, next(ours))
        heard = shop.post(ADDRESS, next(ours))
        results.add(Line(orders, f"round trips, {FEW} rows changed with {FEW} events", heard.round_trips))
        _worker(results, orders, min(size, MANY), shop.platform)
    with (
        application("floor", address, redis_url) as below,
        application("product", address, redis_url) as above,
    ):
        product, floor = Client(above, COOKIE), Client(below, "floor")
        theirs = _floor_forms(floor)
        ours = _forms(product.get(f"{ADDRESS}?k=~1&do=edit"))
        slow, fast = alternate(
            lambda: product.post(ADDRESS, next(ours)),
            lambda: floor.post("/orders/many", next(theirs)),
            rounds,
        )
    results.add(
        Line(orders, f"{FEW} rows changed with {FEW} events", slow / fast, "×", 1.5, detail=ratio(slow, fast))
    )


def _forms(page: bytes) -> Iterator[Form]:
    found = re.search(rb'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    token = found[1].decode()
    while True:
        yield [
            ("csrf_token", token), ("form_token", secrets.token_urlsafe(16)), ("do", "edit"), ("step", "apply"),
            *(("k", f"~{key}") for key in range(1, FEW + 1)), ("c", COLUMN), (f"b.{COLUMN}", "null"),
            (f"v.{COLUMN}", f"Leave them with {secrets.token_hex(8)}"), ("mode", "chunks"),
        ]  # fmt: skip


def _floor_forms(floor: Client) -> Iterator[Form]:
    found = re.search(rb'name="csrf" value="([0-9a-f]+)"', floor.get("/orders/1"))
    assert found is not None
    while True:
        keys = [
            ("k", str(key)) for key in range(FEW + 1, 2 * FEW + 1)
        ]  # other rows: nobody waits for the other
        note = f"Leave them with {secrets.token_hex(8)}"
        yield [("csrf", found[1].decode()), (COLUMN, note), *keys]


def _worker(results: Results, orders: str, rows: int, platform: Platform) -> None:
    """From the first chunk to the last, every row with its event and its result; freezing is told beside it."""
    table = platform.catalog.by_name("shop", "orders")
    asked = Wish(
        table, "update", Listed(f"f.id.le={rows}"), {COLUMN: secrets.token_hex(8)}, reason="the bench"
    )
    actor = Actor(1, "Ann Bench", request_id="bench")
    began = time.perf_counter()
    outcome = bulk.propose_bulk(platform.db, platform.catalog, actor, asked)
    with platform.db.reading() as tx:
        head = heads.head(tx, outcome.change_id)
    assert head is not None
    with platform.db.transaction() as tx:
        work_id = work.add(tx, heads.KIND, head.subject)
    claim = work.claim(platform.db, work_id, "bench")
    assert claim is not None
    bulk.run(platform.db, platform.catalog, claim)
    whole = time.perf_counter() - began
    with platform.db.reading() as tx:
        head = heads.head(tx, outcome.change_id)
    assert head is not None and head.started_at and head.finished_at, "it did not run to its end"
    assert head.counts["applied"] == rows, head.counts
    seconds = (head.finished_at - head.started_at).total_seconds()
    told = f"{rows:,} rows in {seconds:.1f} s; {whole:.1f} s with freezing and asking the rules"
    results.add(
        Line(orders, "rows a second, with events", rows / seconds, "/s", 5000, least=True, detail=told)
    )
