"""One event: its line byte for byte, and whether its values are those it was written with."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from tests.web.shop_house import House


def open_event(house: House, action: str) -> None:
    uid = house.one(
        "SELECT uid FROM ops.event WHERE action = :action ORDER BY id DESC LIMIT 1", action=action
    )
    assert house.visit("cy").get(f"/audit/{uid}").status_code == 200


def test_the_line_and_the_digest_are_shown_whole(house: House) -> None:
    """P38: what is hashed is what is shown."""
    house.edit("ann", "tickets", "~7", {"assigned_to": "Ann"}, reason="She rang")
    open_event(house, "row.updated")
    page = house.visit("cy").page
    row = house.sql(
        "SELECT e.line, p.salt, p.body FROM ops.event e JOIN ops.event_payload p USING (uid) "
        "WHERE action = 'row.updated'"
    )[0]
    assert page.select_one("pre.line").text == row.line
    digest = sha256(bytes(row.salt) + row.body.encode()).hexdigest()
    assert digest == json.loads(row.line)["payload"]
    assert digest in page.select_one("#proof").text
    assert "Digest matches" in page.select_one("#proof").text
    assert "She rang" in page.select_one("blockquote").text
    assert "K. Mäkelä" in page.select_one("#values del").text


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        ("UPDATE ops.event_payload SET body = replace(body, 'Ann', 'Eve')", "Digest differs"),
        ("DELETE FROM ops.event_payload", "Values erased"),
        ("UPDATE ops.event SET line = replace(line, ':', ': ')", "Not in canonical form"),
    ],
)
def test_what_was_tampered_with_is_told(house: House, tamper: str, words: str) -> None:
    """P39, P41: by whoever owns the database, past the triggers."""
    house.edit("ann", "tickets", "~7", {"assigned_to": "Ann"})
    house.visit("cy")
    house.sql("ALTER TABLE ops.event DISABLE TRIGGER USER")
    house.sql("ALTER TABLE ops.event_payload DISABLE TRIGGER USER")
    house.sql(tamper)
    open_event(house, "row.updated")
    assert words in house.visit("cy").page.select_one("#proof").text


def test_roles_that_changed_are_shown(house: House) -> None:
    """P35: no table, so no View stands before these values."""
    house.visit("ann")
    open_event(house, "roles.changed")
    values = house.visit("cy").page.select_one("#values tbody tr")
    assert [cell.get_text(strip=True) for cell in values.select("th, td")][:2] == ["roles", "empty text"]


@pytest.mark.parametrize("name", ["0197a1b2-0000-7000-8000-000000000000", "nonsense", "1"])
def test_an_unknown_event_is_not_there(house: House, name: str) -> None:
    assert house.visit("cy").get(f"/audit/{name}").status_code == 404


def test_a_sign_in_is_shown_with_its_facts(house: House) -> None:
    house.visit("ann")
    open_event(house, "sign_in")
    page = house.visit("cy").page
    assert "signed in" in page.h1.text
    assert "issuer" in page.select_one("#more-facts").text
