"""What is said about a change, files on it, and references that link, on its page and without scripts."""

from __future__ import annotations

import io

import pytest

from ops.web.visible import linked
from tests.web.records.forms import posted
from tests.web.shop_house import House

HOSTILE = "<img src=x onerror=alert(1)> CH-1001 \"'&"


@pytest.fixture
def here(house: House) -> str:
    house.visit("bo"), house.visit("cy")
    house.sql("UPDATE shop.customers SET credit_limit = 5000 WHERE id = 1")
    one = house.edit(
        "ann", "customers", "~1", {"credit_limit": "18500.00"}, reason="see CH-1001, a good year"
    )
    return f"/changes/{one.reference}"


def say(house: House, sub: str, here: str, text: str, **said: str) -> None:
    visitor = house.visit(sub)
    visitor.get(here)
    form = posted(visitor.page, "talk-form")
    visitor.post(f"{here}/discussion", {**form, "said": text, **said}, csrf=form["csrf_token"])


def test_what_is_said_stands_there_as_text_with_links(house: House, here: str) -> None:
    """P19."""
    say(house, "bo", here, HOSTILE)
    bo = house.visit("bo")
    assert bo.answer.status_code == 303
    bo.follow()
    said = bo.page.select_one("#discussion li")
    assert said.img is None and "onerror" in said.text
    assert said.select_one("blockquote a")["href"] == "/changes/CH-1001"
    assert bo.page.select_one("blockquote.lead a")["href"] == "/changes/CH-1001"
    assert "Said" in bo.page.select_one("#flashes").text


def test_names_are_told_or_said_to_be_nobodys(house: House, here: str) -> None:
    say(house, "ann", here, "@Bo Marsh please, and @Nobody")
    ann = house.visit("ann")
    ann.follow()
    flashes = ann.page.select_one("#flashes").text
    assert "told to Bo Marsh" in flashes and "called @Nobody" in flashes
    assert len(ann.page.select("#discussion li")) == 1


def test_a_name_is_found_without_scripts(house: House, here: str) -> None:
    say(house, "ann", here, "what do you think, @bo", find="1")
    ann = house.visit("ann")
    assert ann.answer.status_code == 200
    offers = [str(one["value"]) for one in ann.page.select("#talk-form button[name=take]")]
    assert offers == ["Bo Marsh"]
    assert ann.page.select_one("#f-said").text.strip() == "what do you think, @bo"
    form = posted(ann.page, "talk-form")
    ann.post(f"{here}/discussion", {**form, "take": offers[0]}, csrf=form["csrf_token"])
    assert ann.page.select_one("#f-said").text.strip() == "what do you think, @Bo Marsh"
    assert ann.answer.headers["X-Form"] == "again", "nothing was sent: the page stays where it is"
    assert ann.page.select_one("#talk-form").has_attr("data-focus")
    assert house.one("SELECT count(*) FROM ops.change_comment") == 0


def test_what_is_empty_or_too_long_is_told_and_kept(house: House, here: str) -> None:
    say(house, "ann", here, "x" * 4001)
    ann = house.visit("ann")
    assert ann.answer.status_code == 422 and ann.page.select_one("#f-said-error") is not None
    assert "x" * 4001 in ann.page.select_one("#f-said").text


def test_of_a_long_discussion_the_newest_fifty_stand_on_the_page(house: House, here: str) -> None:
    """P24: 500 comments of 4,000 signs are the most; a page shows fifty, and leads to those before and back."""
    house.actor("ann")
    house.sql(
        "INSERT INTO ops.change_comment (change_id, person_id, revision, text, mentions, token) "
        "SELECT 1001, (SELECT id FROM ops.person WHERE sub = 'ann'), 1, 'comment ' || n, '{}', 't' || n "
        "FROM generate_series(1, 120) n"
    )
    bo = house.visit("bo")

    def said() -> list[str]:
        return [one.text for one in bo.page.select("#discussion blockquote")]

    bo.get(here)
    assert said() == [f"comment {n}" for n in range(71, 121)]
    (earlier,) = bo.page.select("#discussion nav a")
    bo.get(str(earlier["href"]))
    assert said() == [f"comment {n}" for n in range(21, 71)]
    earlier, newest = bo.page.select("#discussion nav a")
    bo.get(str(earlier["href"]))
    assert said() == [f"comment {n}" for n in range(1, 21)]
    (back,) = bo.page.select("#discussion nav a")
    assert back["href"] == newest["href"] == f"{here}#discussion"
    third = house.one("SELECT id FROM ops.change_comment WHERE text = 'comment 3'")
    bo.get(f"{here}?at={third}")
    assert said() == [f"comment {n}" for n in range(3, 53)], "where a notice leads"
    last = house.one("SELECT id FROM ops.change_comment WHERE text = 'comment 119'")
    bo.get(f"{here}?at={last}")
    assert said()[-1] == "comment 120" and len(said()) == 50
    for wrong in ("?said=x", "?at=-1", f"?said={'9' * 30}"):
        bo.get(here + wrong)
        assert bo.answer.status_code == 200 and len(said()) == 50


def attach(house: House, sub: str, here: str, name: str, data: bytes) -> None:
    visitor = house.visit(sub)
    visitor.get(here)
    form = posted(visitor.page, "attach-form")
    form.pop("file", None)
    visitor.post(f"{here}/files", {**form, "file": (io.BytesIO(data), name)}, csrf=form["csrf_token"])


def test_a_file_leaves_as_a_download_whatever_it_is(house: House, here: str) -> None:
    """P19, P24: its type is believed by nobody."""
    attach(house, "ann", here, "page.html", b"<script>alert(1)</script>")
    ann, bo = house.visit("ann"), house.visit("bo")
    assert ann.answer.status_code == 303, ann.answer.text
    bo.get(here)
    href = str(bo.page.select_one("#file-1 a")["href"])
    answer = bo.get(href)
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert house.events("change.file_downloaded") == 1
    assert house.visit("dee").get(href).status_code == 404
    ann.get(here)
    ann.post(str(ann.page.select_one("#file-1 form")["action"]))
    ann.follow()
    assert "taken away by" in ann.page.select_one("#file-1").text and bo.get(href).status_code == 404


def test_a_file_that_is_empty_or_too_large_is_told(house: House, here: str) -> None:
    """P24."""
    attach(house, "ann", here, "empty.txt", b"")
    assert house.visit("ann").answer.status_code == 422
    attach(house, "ann", here, "large.bin", b"x" * (4 * 1024 * 1024 + 1))
    assert house.visit("ann").answer.status_code == 422
    assert "larger than 4 MB" in house.visit("ann").page.select_one("#answer").text
    assert house.one("SELECT count(*) FROM ops.change_file") == 0


def test_who_has_no_hand_in_it_is_offered_no_form(house: House, here: str) -> None:
    cy = house.visit("cy")
    cy.get(here)
    assert cy.page.select_one("#attach-form") is None and cy.page.select_one("#talk-form") is not None
    cy.post(f"{here}/files", {"file": (io.BytesIO(b"x"), "a.txt")})
    assert cy.answer.status_code == 403


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CH-1042", '<a href="/changes/CH-1042">CH-1042</a>'),
        ("<b>CH-7</b>", '&lt;b&gt;<a href="/changes/CH-7">CH-7</a>&lt;/b&gt;'),
        ("(CH-7,CH-8)", '(<a href="/changes/CH-7">CH-7</a>,<a href="/changes/CH-8">CH-8</a>)'),
        ("CH-0 xCH-1 CH-1-2 /CH-3 CH-1234567890123456789", None),
    ],
)
def test_p19_references_link_and_nothing_else_does(text: str, expected: str | None) -> None:
    found = linked(text)
    assert "<a" not in str(found) if expected is None else str(found) == expected


def test_nothing_to_link_stays_as_it_is() -> None:
    assert (linked(None), linked(""), linked("plain")) == (None, "", "plain")
