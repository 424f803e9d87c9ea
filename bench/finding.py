"""Searches, pickers, detail and form beside the floor's; what grows with the tables; words inside texts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

import psycopg

from bench import stage
from bench.client import Client, alternate
from bench.inside import inside
from bench.pages import LIST, Pair, beside, both, cost, pairs, within
from bench.results import Line, Results, ratio
from bench.stage import COOKIE, application

CUSTOMERS = "/tables/shop.customers/"
MANY, FEW = 1_000_000, 1_000  # customers that a form's field may point at
MOST_TIMES, MOST_MILLISECONDS = (
    10,
    1000,
)  # what a word inside a text may cost beside the first page, and at all


@dataclass(frozen=True)
class Place:
    """What is looked for in a demo, of whatever size: an order as most are, and how a customer's name begins."""

    order: int
    number: str
    name: str


def place(address: str) -> Place:
    """An order of two lines, a payment and a shipment among the last, so that its page is as long at every size."""
    with psycopg.connect(address, autocommit=True) as connection:
        row = connection.execute(
            "SELECT o.id, o.number, k.name FROM shop.orders o JOIN shop.customers k ON k.id = o.customer_id "
            "WHERE o.id > (SELECT max(id) - 3000 FROM shop.orders) AND k.name ~ '^[A-Z][a-z]' "
            "AND (SELECT count(*) FROM shop.order_lines l WHERE l.order_id = o.id) = 2 "
            "AND (SELECT count(*) FROM shop.payments p WHERE p.order_id = o.id) = 1 "
            "AND (SELECT count(*) FROM shop.shipments s WHERE s.order_id = o.id) = 1 "
            "AND NOT EXISTS (SELECT FROM shop.tickets t WHERE t.order_id = o.id) ORDER BY o.id LIMIT 1"
        ).fetchone()
    assert row is not None, "the demo has no such order"
    return Place(row[0], row[1], row[2])


def pages(at: Place) -> list[Pair]:
    """The pages that find one record, and those that show it."""
    name = quote(at.name)
    return [
        Pair("search: an order's number", f"{LIST}?q={at.number}", f"/found/order?q={at.number}"),
        Pair("search: how a name begins", f"{CUSTOMERS}?q={name}", f"/found/customer?q={name}"),
        Pair("picker: how a name begins", f"{CUSTOMERS}pick?q={name}", f"/pick?q={name}", part=True),
        Pair("detail of an order", f"{LIST}~{at.order}", f"/orders/{at.order}/whole"),
        Pair("form of an order", f"{LIST}~{at.order}/edit", f"/orders/{at.order}/form"),
    ]


def alone(results: Results, orders: str, address: str, redis_url: str, rounds: int) -> None:
    """Each beside the floor's; the search beside the first page; words inside texts where trigrams are to be had."""
    found = pages(place(address))
    with inside(address, redis_url) as shop:
        cost(results, orders, shop, found, None)
    with both(address, redis_url) as (product, floor):
        for page in found:
            beside(results, orders, page, product, floor, rounds)
        name = "search by number beside the first page"
        within(results, orders, name, product, found[0].product, LIST, 1.5, rounds)
        words = _words(address)
        for kind, word in words.items():
            _inside_texts(results, orders, f"{kind} word inside names", product, word, rounds)
        if words:
            _cost_of_words(results, orders, address, redis_url, words)
        else:
            print("  this PostgreSQL has no pg_trgm: words inside texts of large tables are not measured")


def growth(results: Results, sizes: dict[int, str], redis_url: str, rounds: int) -> None:
    """Every page at the largest size beside the smallest, both products running side by side."""
    small, large = min(sizes), max(sizes)
    known = {}
    for size in (small, large):
        with inside(sizes[size], redis_url) as shop:
            known[size] = [*pairs(sizes[size], shop), *pages(place(sizes[size]))]
    with (
        application("product", sizes[small], redis_url, log="small") as few,
        application("product", sizes[large], redis_url, log="large") as many,
    ):
        big, little = Client(many, COOKIE), Client(few, COOKIE)
        for big_page, little_page in zip(known[large], known[small], strict=True):
            slow, fast = alternate(
                lambda p=big_page: big.get(p.product, part=p.part),
                lambda p=little_page: little.get(p.product, part=p.part),
                rounds,
            )
            name = f"{big_page.name}, beside that of {small:,}"
            results.add(Line(f"{large:,}", name, slow / fast, "×", 1.3, detail=ratio(slow, fast)))


def crowded(results: Results, url: str, redis_url: str, rounds: int) -> None:
    """The form of an order where it may point at a million customers beside the same where there are a thousand."""
    few, many = stage.database(url, FEW * 20, "thousand"), stage.database(url, FEW * 20, "crowded")
    with psycopg.connect(many, autocommit=True) as connection:
        if connection.execute("SELECT count(*) FROM shop.customers").fetchone() == (FEW,):
            connection.execute(
                "INSERT INTO shop.customers (number, name, email, country, city, created_at) "
                "SELECT c.number || '-' || n, c.name || ' ' || n, c.email, c.country, c.city, "
                "c.created_at - make_interval(secs => n) "
                f"FROM shop.customers c, generate_series(1, {MANY // FEW - 1}) n"
            )
            connection.execute("VACUUM ANALYZE shop.customers")
    at = place(few)
    form, offers = f"{LIST}~{at.order}/edit", f"{CUSTOMERS}pick?q={quote(at.name)}"
    with (
        application("product", few, redis_url, log="small") as thousand,
        application("product", many, redis_url, log="large") as million,
    ):
        big, little = Client(million, COOKIE), Client(thousand, COOKIE)
        for name, page, most, part in (("form", form, 1.2, False), ("picker", offers, None, True)):
            slow, fast = alternate(
                lambda p=page, a=part: big.get(p, part=a),
                lambda p=page, a=part: little.get(p, part=a),
                rounds,
            )
            told = f"{name} that points at a million customers, beside a thousand"
            results.add(Line("20,000", told, slow / fast, "×", most, detail=ratio(slow, fast)))


def _words(address: str) -> dict[str, str]:
    """Words inside customers' names: frequent, medium, rare, absent; none where no trigram index serves them."""
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT to_regclass('shop.customers_name_trigrams')").fetchone()[0]:
            return {}
        # No single word is rare: names are made of few. Two of them after another are, and whole names more so.
        rows = connection.execute(
            "SELECT w, count(*) AS n FROM shop.customers, lower(name) AS k, unnest(string_to_array(k, ' ') || "
            "ARRAY[k, split_part(k, ' ', 1) || ' ' || split_part(k, ' ', 2)]) w "
            "WHERE length(w) > 4 GROUP BY 1 ORDER BY 2 DESC, 1"
        ).fetchall()
    medium = min(rows, key=lambda row: abs(row[1] - rows[0][1] / 20))
    print(f"  inside names: {rows[0]}, {medium}, {rows[-1]}")
    return {"frequent": rows[0][0], "medium": medium[0], "rare": rows[-1][0], "absent": "xqzvkj"}


def _inside_texts(results: Results, orders: str, name: str, product: Client, word: str, rounds: int) -> None:
    page = f"{CUSTOMERS}?q={quote(word)}"
    within(results, orders, f"{name} beside the first page", product, page, CUSTOMERS, MOST_TIMES, rounds)
    slowest = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        product.get(page)
        slowest = max(slowest, time.perf_counter() - started)
    results.add(Line(orders, f"{name}: the slowest of {rounds}", slowest * 1000, "ms", MOST_MILLISECONDS))


def _cost_of_words(
    results: Results, orders: str, address: str, redis_url: str, words: dict[str, str]
) -> None:
    with inside(address, redis_url) as shop:
        found = [Pair(f"{kind} word", f"{CUSTOMERS}?q={quote(word)}", "") for kind, word in words.items()]
        cost(results, orders, shop, found, None)
