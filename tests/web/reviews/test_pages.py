"""Access reviews on screen: started, judged, signed and downloaded, by whom it may be; without scripts."""

from __future__ import annotations

import csv
import io
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from ops.web.reviews import judging
from tests.web.shop_house import House


def start(house: House, sub: str = "cy") -> str:
    """The address of a review of today, started by the person."""
    visitor = house.visit(sub)
    visitor.get("/people/reviews/")
    today = visitor.page.select_one("input[name=as_of]")["value"]
    answer = visitor.post("/people/reviews/", {"as_of": today, "note": "=Q4 & audit"})
    assert answer.status_code == 303, visitor.page.select_one("#main").text
    return answer.headers["Location"]


def everybody_signs_in(house: House) -> None:
    for sub in ("ann", "bo", "cy", "oz"):
        house.visit(sub)


def verdicts(house: House, sub: str, address: str, verdict: str = "keep") -> dict[str, str]:
    """A verdict for each line the person may judge."""
    visitor = house.visit(sub)
    visitor.get(address)
    return {one["name"]: verdict for one in visitor.page.select(f"input[type=radio][value={verdict}]")}


def test_a_review_from_start_to_its_file(house: House) -> None:
    everybody_signs_in(house)
    address = start(house)
    cy, oz = house.visit("cy"), house.visit("oz")
    cy.get(address)
    assert "This is you" in cy.page.text
    mine = verdicts(house, "cy", address)
    assert len(mine) == 3, "her own line has no choice"
    assert cy.post(f"{address}/signature").status_code == 422
    cy.get(address)
    assert cy.post(f"{address}/lines", mine).status_code == 303
    oz.get(address)
    assert oz.post(f"{address}/lines", verdicts(house, "oz", f"{address}?open=1")).status_code == 303
    oz.follow()
    assert oz.page.select_one(f"form[action='{address}/signature']") is not None
    assert oz.post(f"{address}/signature").status_code == 303
    oz.follow()
    assert "Signed off by" in oz.page.select_one(".head").text
    assert not oz.page.select("#main input[type=radio]")
    file = oz.get(f"{address}.csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert {(row["role"], row["verdict"]) for row in rows} == {
        ("operator", "keep"), ("manager", "keep"), ("auditor", "keep"), ("owner", "keep"),
    }  # fmt: skip
    with house.platform.db.reading() as tx:
        told = tx.scalars(
            sa.text("SELECT action FROM ops.event WHERE action LIKE 'review.%' ORDER BY id")
        ).all()
    assert told[0] == "review.started" and told[-2:] == ["review.signed", "review.downloaded"]


def test_what_was_typed_stays(house: House) -> None:
    everybody_signs_in(house)
    address = start(house)
    cy = house.visit("cy")
    said = verdicts(house, "cy", address, "remove")
    first = next(iter(said))
    answer = cy.post(f"{address}/lines", {first: "remove", "c" + first[1:]: "  "})
    assert answer.status_code == 422
    assert "Say why" in cy.page.text
    assert cy.page.select_one(f"input[name='{first}'][value=remove]").has_attr("checked")
    assert cy.post(f"{address}/lines", {}).status_code == 422
    for odd in ("v~x~y", "v~~", "v~1", "v~" + "9" * 30 + "~a~b"):
        assert cy.post(f"{address}/lines", {odd: "keep"}).status_code == 422


def judged(house: House) -> str:
    """The address of a review in which Ann's role by hand is to go, ready to be signed."""
    everybody_signs_in(house)
    with house.platform.db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.person_role SELECT id, 'viewer', 'hand' FROM ops.person WHERE sub = 'ann'"
            )
        )
    address = start(house)
    for sub in ("cy", "oz"):
        visitor = house.visit(sub)
        keep = verdicts(house, sub, f"{address}?open=1")
        said = {name: "remove" if "~viewer~hand" in name else "keep" for name in keep}
        said |= {"c" + name[1:]: "not needed" for name in said}
        visitor.post(f"{address}/lines", said)
    return address


def test_a_role_by_hand_is_taken_away_through_the_door(house: House) -> None:
    """P17: the review takes nothing away; it asks, and another owner (or a day) decides."""
    address = judged(house)
    oz = house.visit("oz")
    oz.get(address)
    oz.post(f"{address}/signature")
    oz.follow()
    assert "not needed" in oz.page.select_one("#removals").text
    form = oz.page.select_one(f"form[action='{address}/removals']")
    token = form.select_one("input[name=form_token]")["value"]
    cy = house.visit("cy")
    cy.get(address)
    assert cy.page.select_one(f"form[action='{address}/removals']") is None
    with house.platform.db.transaction() as tx:  # P11: before changing roles
        tx.execute(sa.text("UPDATE ops.session SET auth_time = auth_time - interval '31 minutes'"))
    sent = oz.post(f"{address}/removals", {"form_token": token})
    assert sent.headers["Location"].startswith("/sign-in/again")
    with house.platform.db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.session SET auth_time = auth_time + interval '31 minutes'"))
    oz.get(address)
    assert oz.post(f"{address}/removals", {"form_token": token}).status_code == 303
    oz.follow()
    assert "taken away" in oz.page.text
    with house.platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT state FROM ops.change_set")) == "in_review"
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.person_role WHERE role = 'viewer'")) == 1


@pytest.mark.parametrize("read", ["reviews.removals", "records.one"])
def test_a_role_that_is_gone_meanwhile_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    """Between two looks somebody else took the role: the page says so, whichever look came too late."""
    address = judged(house)
    oz = house.visit("oz")
    oz.get(address)
    oz.post(f"{address}/signature")
    oz.follow()
    reading = getattr(getattr(judging, read.partition(".")[0]), read.partition(".")[2])

    def read_then_gone(*args: Any) -> Any:
        found = reading(*args)
        with psycopg.connect(house.platform.db.url, autocommit=True) as other:
            other.execute("DELETE FROM ops.person_role WHERE role = 'viewer' AND origin = 'hand'")
        return found

    monkeypatch.setattr(f"ops.web.reviews.judging.{read}", read_then_gone)
    assert oz.post(f"{address}/removals", {"form_token": "a" * 32}).status_code == 409
    assert "not there any more" in oz.page.select_one("#problem").text
    assert house.sql("SELECT FROM ops.change_set") == []


def test_a_busy_database_keeps_the_question(house: House) -> None:
    """The removals can be sent once more, and nothing was taken or asked."""
    address = judged(house)
    oz = house.visit("oz")
    oz.get(address)
    oz.post(f"{address}/signature")
    oz.follow()
    with psycopg.connect(house.platform.db.url) as other:
        other.execute("LOCK TABLE ops.change_set IN EXCLUSIVE MODE")
        answer = oz.post(f"{address}/removals", {"form_token": "b" * 32})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "very busy" in oz.page.select_one("#problem").text
    assert oz.page.select_one(f"form[action='{address}/removals']") is not None
    assert house.sql("SELECT FROM ops.change_set") == []


def test_bad_dates(house: House) -> None:
    cy = house.visit("cy")
    cy.get("/people/reviews/")
    for odd in ("", "soon", "2999-01-01", "0001-01-01", "9999-12-31"):
        assert cy.post("/people/reviews/", {"as_of": odd, "note": "kept"}).status_code == 422
        assert cy.page.select_one("input[name=note]")["value"] == "kept"


def test_duties(house: House) -> None:
    everybody_signs_in(house)
    cy = house.visit("cy")
    assert cy.get("/people/duties").status_code == 200
    assert "Owner" in cy.page.select_one("#set-1 h2").text
    assert "On every table" in cy.page.select_one("#set-1").text
