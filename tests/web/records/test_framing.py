"""P13, P21 What stands around a list is kept for one shape of rights, one state of the list, and no token."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from ops.platform import Platform
from ops.web.kept import Kept
from tests.web.visiting import Visitor

ORDERS = "/tables/shop.orders/"


@pytest.fixture(autouse=True)
def keeping(app: Flask) -> None:
    """As in production."""
    app.extensions["countersign_kept"] = Kept(fresh=False)


def _ways(visitor: Visitor, path: str = ORDERS) -> list[str]:
    visitor.get(path)
    return [one.get_text(" ", strip=True) for one in visitor.page.select("main .actions .btn, #many .btn")]


def test_what_one_may_do_is_by_rights(visit: Callable[..., Visitor], platform: Platform) -> None:
    ann, cy = visit("ann"), visit("cy")
    first = [_ways(one) for one in (ann, cy)]
    assert first == [_ways(one) for one in (ann, cy)]
    assert any("New" in way for way in first[0]) and not any("New" in way for way in first[1])
    with platform.db.transaction() as tx:
        tx.execute(sa.text("DELETE FROM ops.person_role WHERE role = 'operator'"))
    assert not any("New" in way for way in _ways(ann))


def test_tokens_are_the_request_s_own(visit: Callable[..., Visitor]) -> None:
    seen = []
    for person in (visit("ann"), visit("ann")):
        person.get(ORDERS)
        tokens = {str(one["value"]) for one in person.page.select("[name=csrf_token]")}
        assert len(tokens) == 1
        seen.append((tokens.pop(), str(person.page.select_one("[name=form_token]")["value"])))
    assert seen[0][0] != seen[1][0] and seen[0][1] != seen[1][1]


def test_the_state_of_the_list_is_told(visit: Callable[..., Visitor]) -> None:
    ann = visit("ann")
    for path, search in ((ORDERS, ""), (f"{ORDERS}?q=abc", "abc"), (f"{ORDERS}?q=xyz", "xyz"), (ORDERS, "")):
        ann.get(path)
        assert ann.page.select_one("main [type=search]")["value"] == search
    ann.get(f"{ORDERS}?sort=-total&f.number.contains=1")
    chips = ann.page.select(".chip")
    assert len(chips) == 1
    ann.get(f"{ORDERS}?sort=-total&f.number.contains=2")
    assert ann.page.select_one(".chip b").text != chips[0].select_one("b").text


@pytest.mark.parametrize(
    "more", ["", "&sort=-total&f.status.is=confirmed", "&columns=number,total&size=20&rows=high"]
)
def test_what_is_kept_for_any_search_is_what_is_rendered_for_this_one(
    app: Flask, visit: Callable[..., Visitor], more: str
) -> None:
    """Texts that mean something to HTML or an address, and numbers of rows: none, one, several."""
    ann = visit("ann")
    before: list[str] = []
    for text in ("SO", "absent", "\"><b>&amp;'", "50% +1&q=2#x", "Strasse ß é 💡", "SO-0000001", "%C3%A9"):
        for fresh in (False, True):
            app.extensions["countersign_kept"] = Kept(fresh=fresh)
            ann.get(f"{ORDERS}?q={quote(text)}{more}")
            assert ann.page.select_one("main [type=search]")["value"] == text
            said = [
                _plain(str(one))
                for one in ann.page.select("main header.head, main .filters, #many, main .foot")
            ]
            if fresh:
                assert said == before
            before = said


def _plain(html: str) -> str:
    """Without the tokens, which are each request's own."""
    return re.sub(r'(name="(?:csrf|form)_token"[^>]*value=|value=)"[\w.-]{20,}"', r"\1", html)


def test_the_ways_through_the_pages_are_those_of_this_page(visit: Callable[..., Visitor]) -> None:
    """The foot is kept without the places it leads to."""
    ann = visit("ann")
    seen: list[str] = []
    for _ in range(2):
        path: str | None = ORDERS
        keys: list[str] = []
        while path is not None and len(keys) < 300:
            ann.get(path)
            keys += [str(one["value"]) for one in ann.page.select("tbody [name=k]")]
            onward = ann.page.select_one(".pager [rel=next]")
            path = str(onward["href"]) if onward is not None else None
        assert len(keys) > 100 and len(set(keys)) == len(keys)
        seen.append(",".join(keys))
    assert seen[0] == seen[1]
    back = ann.page.select_one(".pager [rel=prev]")
    ann.get(str(back["href"]))
    assert ann.page.select_one("tbody [name=k]")["value"] == seen[0].split(",")[200]
