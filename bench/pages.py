"""The list page beside the floor's: first, sorted, filtered, deep; its cost to the database; many at once."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import psycopg

from bench.client import Client, alternate, throughput
from bench.inside import Inside, inside
from bench.results import Line, Results, ratio
from bench.stage import COOKIE, application

LIST = "/tables/shop.orders/"
MOST_BUFFERS, MOST_TRIPS, MOST_KIB = 2_000, 6, 45
CLIENTS = 8


@dataclass(frozen=True)
class Pair:
    """The same page of both applications; a `part` of one is asked for by a script."""

    name: str
    product: str
    floor: str
    part: bool = False


def pairs(address: str, shop: Inside) -> list[Pair]:
    """The four pages that are measured; the deep one begins in the middle of the list."""
    place = _middle(address)
    first = shop.get(LIST)
    return [
        Pair("first page", LIST, "/orders"),
        Pair("sorted by total", f"{LIST}?sort=-total", "/orders?sort=total"),
        Pair("filtered by status", f"{LIST}?f.status.is=on_hold", "/orders?status=on_hold"),
        Pair(
            "deep: from the middle on",
            f"{LIST}?after={_cursor(first.body, place)}",
            f"/orders?after={quote(place[0])},{place[1]}",
        ),
    ]


def alone(results: Results, orders: str, address: str, redis_url: str, rounds: int) -> None:
    """Each page beside the floor's, request by request; then the deep one beside the first."""
    with inside(address, redis_url) as shop:
        pages = pairs(address, shop)
        cost(results, orders, shop, pages)
        size = len(shop.get(LIST).body) / 1024
    results.add(Line(orders, "HTML of 50 rows", size, "KiB", MOST_KIB))
    with both(address, redis_url) as (product, floor):
        for page in pages:
            beside(results, orders, page, product, floor, rounds)
        first, deep = pages[0], pages[-1]
        within(results, orders, "deep beside first", product, deep.product, first.product, 1.3, rounds)


@contextmanager
def both(address: str, redis_url: str) -> Iterator[tuple[Client, Client]]:
    """A browser at the product and one at the floor, on one database."""
    with (
        application("floor", address, redis_url) as below,
        application("product", address, redis_url) as above,
    ):
        yield Client(above, COOKIE), Client(below, "floor")


def beside(results: Results, orders: str, page: Pair, product: Client, floor: Client, rounds: int) -> None:
    """A page of the product beside the floor's, request by request."""
    ours, theirs = alternate(
        lambda: product.get(page.product, part=page.part), lambda: floor.get(page.floor), rounds
    )
    results.add(Line(orders, page.name, ours / theirs, "×", 2.0, detail=ratio(ours, theirs)))


def within(
    results: Results, orders: str, name: str, product: Client, page: str, other: str, most: float, rounds: int
) -> None:
    """A page of the product beside another one of its own."""
    slow, fast = alternate(lambda: product.get(page), lambda: product.get(other), rounds)
    results.add(Line(orders, name, slow / fast, "×", most, detail=ratio(slow, fast)))


def crowd(results: Results, orders: str, address: str, redis_url: str, turns: int = 3) -> None:
    """Eight browsers at once on the first page, in turns with the floor; the median of the turns."""
    with (
        application("floor", address, redis_url) as below,
        application("product", address, redis_url) as above,
    ):
        for port, cookie, path in ((above, COOKIE, LIST), (below, "floor", "/orders")):
            throughput(port, cookie, path, CLIENTS, seconds=1)
        shares = []
        for _ in range(turns):
            ours = throughput(above, COOKIE, LIST, CLIENTS)
            theirs = throughput(below, "floor", "/orders", CLIENTS)
            shares.append((100 * ours / theirs, ours, theirs))
    share, ours, theirs = sorted(shares)[len(shares) // 2]
    results.add(
        Line(
            orders,
            f"{CLIENTS} clients at once",
            share,
            "%",
            50,
            least=True,
            detail=ratio(ours, theirs, "requests/s"),
        )
    )


def cost(
    results: Results, orders: str, shop: Inside, pages: Sequence[Pair], trips: int | None = MOST_TRIPS
) -> None:
    """Round trips of each page, and the blocks of its dearest statement in a connection whose plans are there.

    What a new connection reads first, functions and partitions it has to learn of included, is told beside it.
    """
    for page in pages:
        heard = shop.get(page.product, part=page.part)
        new, _ = max(shop.buffers(heard))
        most, which = max(shop.buffers(heard, planned=True))
        results.add(Line(orders, f"round trips, {page.name}", heard.round_trips, "", trips))
        detail = f"in a new connection {new:,}; dearest: {which}"
        results.add(Line(orders, f"buffers, {page.name}", most, "", MOST_BUFFERS, detail=detail))


def _middle(address: str) -> tuple[str, str]:
    """Moment and key of the order in the middle of the list, found by the index alone."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        row = connection.execute(
            "SELECT placed_at::text, id::text FROM shop.orders "
            "WHERE id = (SELECT max(id) / 2 FROM shop.orders)"
        ).fetchone()
    assert row is not None
    return row


def _cursor(page: bytes, place: tuple[str, str]) -> str:
    """The product's own cursor for a place: that of its Next link, with other values."""
    found = re.search(rb'[?&;]after=([A-Za-z0-9_-]+)"', page)
    assert found is not None, "the first page has no Next link"
    text = found[1] + b"=" * (-len(found[1]) % 4)
    mark, *values = json.loads(base64.urlsafe_b64decode(text))
    assert len(values) == len(place), "the list is not in order of placed_at and id"
    data = json.dumps([mark, *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")
