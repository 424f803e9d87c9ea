"""Saving an edit with its event, beside one UPDATE and one audit row by hand."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from bench.client import Client, alternate
from bench.inside import inside
from bench.results import Line, Results, ratio
from bench.stage import COOKIE, application

ORDER = 4711  # the floor takes the next one: two people at one row would only conflict
EDIT = f"/tables/shop.orders/~{ORDER}/edit"
ROW = f"/tables/shop.orders/~{ORDER}"
COLUMN = "delivery_note"


class _Fields(HTMLParser):
    """What a browser would send of the record's form."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._inside = False
        self._open: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self._inside = given.get("id") == "record-form"
        if not self._inside:
            return
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.values[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")
        elif tag == "textarea" and name:
            self._open = name
            self.values[name] = ""
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.values[self._open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._open:
            self.values[self._open] = self.values[self._open].removeprefix("\n")
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._inside = False


def saving(results: Results, orders: str, address: str, redis_url: str, rounds: int) -> None:
    """One column changed, again and again, with everything a browser sends."""
    with inside(address, redis_url) as shop:
        form = _forms(lambda: shop.get(EDIT).body)
        shop.post(EDIT, next(form))
        shop.get(ROW)
        heard = shop.post(EDIT, next(form))
        bodies = sum(
            "relaxed" not in text and text.startswith("INSERT INTO ops.change_set")
            for text, _ in heard.statements
        )
    results.add(Line(orders, "commits that write the edit", max(bodies, _commits(heard.statements)), "", 1))
    results.add(Line(orders, "round trips, saving", heard.round_trips))
    with (
        application("floor", address, redis_url) as below,
        application("product", address, redis_url) as above,
    ):
        product, floor = Client(above, COOKIE), Client(below, "floor")
        ours = _forms(lambda: product.get(EDIT))
        theirs = _floor_forms(floor)
        slow, fast = alternate(
            lambda: product.post(EDIT, next(ours)),
            lambda: floor.post(f"/orders/{ORDER + 1}", next(theirs)),
            rounds,
            after=lambda: product.get(ROW),  # as a browser does: the message of the save is shown, and gone
        )
    results.add(
        Line(orders, "saving an edit with its event", slow / fast, "×", 2.0, detail=ratio(slow, fast))
    )


def _commits(statements: list[tuple[str, object]]) -> int:
    """Writing transactions that wait for the disk: messages for the next page are kept without waiting."""
    found = 0
    for text, _ in statements:
        if text.startswith("BEGIN;"):
            found += 1
        elif "synchronous_commit" in text:
            found -= 1
    return found


def _forms(page: Callable[[], bytes]) -> Iterator[dict[str, str]]:
    """The form as a person sends it the first, second … time, without reading it again in between."""
    reader = _Fields()
    reader.feed(page().decode())
    fields = reader.values
    assert f"b.{COLUMN}" in fields, "the form has no field for the note"
    fields.pop(f"v.{COLUMN}--null", None)
    while True:
        note = f"Leave it with {secrets.token_hex(8)}"
        yield {**fields, f"v.{COLUMN}": note, "form_token": secrets.token_urlsafe(16)}
        fields[f"b.{COLUMN}"] = json.dumps(note)


def _floor_forms(floor: Client) -> Iterator[dict[str, str]]:
    found = re.search(rb'name="csrf" value="([0-9a-f]+)"', floor.get(f"/orders/{ORDER + 1}"))
    assert found is not None
    while True:
        yield {"csrf": found[1].decode(), COLUMN: f"Leave it with {secrets.token_hex(8)}"}
