"""P13, P16 The rail that is kept is the rail of these roles, this place and this catalog, never another's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from ops.platform import Platform
from ops.web.kept import Kept
from tests.web.visiting import Visitor


@pytest.fixture(autouse=True)
def keeping(app: Flask) -> None:
    """As in production."""
    app.extensions["countersign_kept"] = Kept(fresh=False)


def _rail(visitor: Visitor, path: str = "/tables/") -> list[str]:
    visitor.get(path)
    return [str(link["href"]) for link in visitor.page.select("#rail-inside a")]


def _current(visitor: Visitor, path: str) -> list[str]:
    visitor.get(path)
    return [str(one["href"]) for one in visitor.page.select("#rail-inside a[aria-current]")]


def test_each_role_has_its_own(visit: Callable[..., Visitor]) -> None:
    ann, bo, cy = visit("ann"), visit("bo"), visit("cy")
    first = [_rail(one) for one in (ann, bo, cy)]
    assert first == [_rail(one) for one in (ann, bo, cy)]
    assert "/approvals/" in first[1] and "/approvals/" not in first[0]
    assert "/audit/" in first[2] and "/audit/" not in first[0]


def test_a_role_taken_away_is_gone_at_once(visit: Callable[..., Visitor], platform: Platform) -> None:
    bo = visit("bo")
    assert "/approvals/" in _rail(bo)
    with platform.db.transaction() as tx:
        tx.execute(sa.text("DELETE FROM ops.person_role WHERE role = 'manager'"))
    assert "/approvals/" not in _rail(bo, "/")


def test_the_place_is_the_page_s(visit: Callable[..., Visitor]) -> None:
    ann = visit("ann")
    for path, current in (("/", "/"), ("/tables/", "/tables/"), ("/tables/thing/", "/tables/thing/")):
        assert _current(ann, path) == [current]
        assert _current(ann, path) == [current]
    assert _current(ann, "/tables/thing/new") == ["/tables/thing/"]
    assert _current(ann, "/changes/") == ["/changes/"]


def test_a_new_table_stands_in_it_after_a_reload(visit: Callable[..., Visitor], platform: Platform) -> None:
    ann = visit("ann")
    assert "/tables/other/" not in _rail(ann)
    with platform.db.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE public.other (id int PRIMARY KEY)"))
    platform.reload()
    assert "/tables/other/" in _rail(ann)
