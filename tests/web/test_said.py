"""The message of the next page, carried by a cookie: said once, to this session alone, and believed by nobody else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from tests.web.visiting import Visitor

COOKIE = "countersign-said"


def carried(visitor: Visitor) -> str | None:
    found = visitor.client.get_cookie(COOKIE, domain="localhost")
    return found.value if found else None


def carry(visitor: Visitor, value: str) -> None:
    visitor.client.set_cookie(COOKIE, value, domain="localhost")


def saves(visitor: Visitor, name: str) -> str:
    """Save a row; what the answer carries to the next page."""
    visitor.get("/tables/thing/new")
    form = {one["name"]: one.get("value", "") for one in visitor.page.select("#main form input[name]")}
    answer = visitor.post("/tables/thing/new", {**form, "v.id": str(len(name)), "v.name": name})
    assert answer.status_code == 303, visitor.page.select_one("#main").text
    header = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    assert "HttpOnly" in header and "SameSite=Lax" in header and "Path=/" in header
    return carried(visitor) or ""


def shown(visitor: Visitor) -> str:
    visitor.get("/")
    return visitor.page.select_one("body").text


def test_p5_it_is_said_once(visit: Callable[..., Visitor]) -> None:
    """P5: nothing of the session is in it, and no value of the company's."""
    ann = visit("ann")
    body = saves(ann, "private <b>name</b>").partition(".")[0]
    assert "private" not in base64.urlsafe_b64decode(body).decode()
    first = shown(ann)
    assert carried(ann) in (None, "")
    assert first != shown(ann), "the second page says it no more"


def test_p19_a_forged_one_says_nothing(visit: Callable[..., Visitor]) -> None:
    """P19: neither made up, nor changed, nor of somebody else's session; and nothing fails."""
    ann, oz = visit("ann"), visit("oz")
    silent = shown(ann)
    body, _, signature = saves(oz, "his").partition(".")
    assert shown(oz) != silent
    made_up = base64.urlsafe_b64encode(json.dumps(["ok", "records.created", None, {}]).encode()).decode()
    for odd in (
        f"{body}.{signature}", f"{made_up}.{signature}", f"{made_up}.", "x", ".", "=.=", "é.é", body * 50,
    ):  # fmt: skip
        carry(ann, odd)
        assert shown(ann) == silent
