"""A second pair of eyes beside one UPDATE by hand, and lists of a million change sets beside the same rows by SQL."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import psycopg

from bench import million, saves
from bench.client import Client, alternate
from bench.inside import Heard, Inside, inside
from bench.results import Line, Results, ratio
from bench.stage import COOKIE, application

OPEN = "&".join(f"state={one}" for one in ("submitted", "in_review", "sent_back", "approved", "applying"))
MOST_BUFFERS = 2_000
WARM = 10


@dataclass(frozen=True)
class Pair:
    """The same rows of both applications; `limit`: how many times the floor's time it may take."""

    name: str
    product: str
    floor: str
    limit: float | None = 2.0


def pairs(waiting: int) -> list[Pair]:
    """What is measured with a million change sets; `waiting` is one that waits for the bench's person."""
    deep = million.MANY // 2
    return [
        Pair("what waits for me", "/approvals/", "/approvals"),
        Pair("all changes", "/changes/", "/changes"),
        Pair("changes that wait", "/changes/?state=waiting", f"/changes?{OPEN}"),
        Pair("changes that were applied", "/changes/?state=applied", "/changes?state=applied"),
        Pair("my changes", "/changes/?who=mine", "/changes?who=mine"),
        Pair("all changes, deep", f"/changes/?before={deep}", f"/changes?before={deep}"),
        Pair("my desk", "/", "/desk", None),
        Pair("a record with its history", "/tables/shop.orders/~5000", "/records/5000", None),
        Pair("the page of a change", f"/changes/CH-{waiting}", f"/changes/CH-{waiting}", None),
    ]


def measured(results: Results, address: str, redis_url: str, rounds: int) -> None:
    """Submit and approve beside the update floor; then every list beside its own."""
    label = f"{million.MANY:,} CH"
    pages = pairs(_waiting(address))
    with inside(address, redis_url) as shop:
        _trips(results, label, shop, pages)
    with (
        application("floor", address, redis_url) as below,
        application("product", address, redis_url) as above,
    ):
        ann, bo = Client(above, COOKIE), Client(above, COOKIE, million.BO_TOKEN)
        floor = Client(below, "floor")
        asked, agreed, wrote = _in_turn(ann, bo, floor, rounds)
        for name, took in (("submit, to waiting", asked), ("approve and apply", agreed)):
            results.add(Line(label, name, took / wrote, "×", 3.0, detail=ratio(took, wrote)))
        for page in pages:
            ours, theirs = alternate(
                lambda p=page: ann.get(p.product), lambda p=page: floor.get(p.floor), rounds
            )
            results.add(Line(label, page.name, ours / theirs, "×", page.limit, detail=ratio(ours, theirs)))


def _in_turn(ann: Client, bo: Client, floor: Client, rounds: int) -> tuple[float, float, float]:
    """Medians of a proposal, of the yes that applies it, and of the floor's update, each round one after the other."""
    ours, theirs = saves._forms(lambda: ann.get(saves.EDIT)), saves._floor_forms(floor)
    times: tuple[list[float], ...] = ([], [], [])

    def timed(place: int, call: Callable[[], object]) -> object:
        began = time.perf_counter()
        answer = call()
        times[place].append((time.perf_counter() - began) * 1000)
        return answer

    for _ in range(rounds + WARM):
        form = next(ours)
        where = timed(0, lambda f=form: ann.sent(saves.EDIT, f))
        decision = _decision(bo.get(str(where)))  # the page on which it is decided: not timed
        timed(1, lambda w=where, d=decision: bo.post(f"{w}/decision", d))
        timed(2, lambda: floor.post(f"/orders/{saves.ORDER + 1}", next(theirs)))
        ann.get(saves.ROW)
        bo.get(str(where))
    asked, agreed, wrote = (statistics.median(one[WARM:]) for one in times)
    return asked, agreed, wrote


def _decision(page: bytes) -> dict[str, str]:
    return {
        **{name: _hidden(page, name) for name in ("csrf_token", "form_token", "digest")},
        "verdict": "approve",
    }


def _hidden(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.decode())
    assert found is not None, f"the page has no {name}"
    return found[1]


def _trips(results: Results, label: str, shop: Inside, pages: list[Pair]) -> None:
    bo = shop.another(million.BO_TOKEN)
    forms = saves._forms(lambda: shop.get(saves.EDIT).body)
    asked, agreed = list(_heard(shop, bo, forms))[-1]
    results.add(Line(label, "round trips, submit", asked.round_trips))
    results.add(Line(label, "round trips, approve and apply", agreed.round_trips))
    for page in pages:
        heard = shop.get(page.product)
        most, which = max(shop.buffers(heard, planned=True))
        results.add(Line(label, f"round trips, {page.name}", heard.round_trips))
        results.add(Line(label, f"buffers, {page.name}", most, "", MOST_BUFFERS, detail=f"dearest: {which}"))
    most, which = max(shop.buffers(shop.get(pages[0].product)))
    results.add(Line(label, "buffers, a new connection's first plans", most, detail=f"dearest: {which}"))


def _heard(shop: Inside, bo: Inside, forms: Iterator[dict[str, str]]) -> Iterator[tuple[Heard, Heard]]:
    for _ in range(3):  # the first ones warm what is kept
        asked = shop.post(saves.EDIT, next(forms))
        decision = _decision(bo.get(asked.location).body)
        yield replace(asked), replace(bo.post(f"{asked.location}/decision", decision))
        shop.get(saves.ROW)


def _waiting(address: str) -> int:
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "SELECT max(t.change_id) FROM ops.turn t JOIN ops.change_set c ON c.id = t.change_id "
            "WHERE t.asked = 'manager' AND c.proposer_id > 100"
        ).fetchone()
    assert row is not None
    return int(row[0])
