"""Two people of one role, whose rows are others: what is kept of a page for one is never the other's (P14)."""

from __future__ import annotations

import re

import pytest

from ops.web.kept import Kept
from tests.web.bulk.conftest import ManyHouse

ADDRESSES = (
    "/tables/client/",
    "/tables/client/?q=NAME",
    "/tables/client/?sort=-id",
    "/tables/client/?last=1",
    "/tables/client/?f.id.gt=0",
    "/tables/letter/",
    "/tables/letter/?f.client.name.contains=NAME",
    "/tables/letter/?f.client_id.in=1,2,3,4",
    "/tables/letter/~1",
    "/tables/letter/~2",
    "/tables/letter/new",
    "/tables/client/~1",
    "/tables/client/~2",
    "/tables/client/~1/raw",
    "/tables/client/pick?q=NAME",
    "/tables/client/many?all=1&do=delete",
    "/search/results?q=NAME",
    "/views/pinned",
)


@pytest.fixture
def kept(house: ManyHouse) -> None:
    """As in production, where parts of pages are kept."""
    house.app.extensions["countersign_kept"] = Kept(fresh=False)


def test_p14_what_is_kept_for_one_is_not_the_other_s(house: ManyHouse, kept: None) -> None:
    """P14: asked in turns, so that each comes upon what the other's page left behind."""
    ann, dee = house.visit("ann"), house.visit("dee")
    house.gives_role("dee", "desk")
    house.sql("UPDATE client SET owner_mail = 'dee@example.com' WHERE id IN (2, 4)")
    theirs = {ann: {"NAME1", "NAME3"}, dee: {"NAME2", "NAME4"}}
    for person in (ann, dee):
        person.get("/tables/client/views/new?f.id.gt=0")
        person.post(
            "/tables/client/views/new?f.id.gt=0", {"name": "All", "pinned": "1", "form_token": "p" * 30}
        )
    for _ in range(2):
        for address in ADDRESSES:
            for person, own in theirs.items():
                answer = person.get(address)
                assert answer.status_code in (200, 404), address
                assert set(re.findall(r"NAME\d", answer.text)) <= own, address
    assert set(re.findall(r"NAME\d", dee.get("/tables/client/").text)) == theirs[dee]


def test_p9_rights_taken_are_taken_from_what_is_kept(house: ManyHouse, kept: None) -> None:
    """P9, P14: the same addresses, once the role is gone, tell nothing."""
    ann = house.visit("ann")
    for address in ADDRESSES:
        ann.get(address)
    house.sql(
        "UPDATE ops.role_table SET hidden = '{salary,name}' WHERE role = 'desk' AND table_name = 'client'"
    )
    for address in ADDRESSES:
        assert not re.findall(r"NAME\d", ann.get(address).text), address
    house.sql("DELETE FROM ops.person_role")
    for address in ADDRESSES:
        answer = ann.get(address)
        assert not re.findall(r"NAME\d|SUBJECT\d|NOTE\d", answer.text), address
