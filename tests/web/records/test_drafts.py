"""What was typed is kept: while it is typed, and when the session ends before it is sent."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from ops import drafts
from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

EDIT = "/tables/shop.customers/~8/edit"
NEW = "/tables/shop.customers/new"
PART = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": f"http://localhost:8000{EDIT}"}
REFERER = {"Referer": f"http://localhost:8000{EDIT}"}


def _typed(visitor: Visitor, path: str, **said: str) -> dict[str, str]:
    visitor.get(path)
    return {**posted(visitor.page), **said}


def _keep(visitor: Visitor, fields: dict[str, str]) -> int:
    return visitor.post("/drafts/", fields, csrf=fields["csrf_token"], **PART).status_code


def _idle(house: House) -> None:
    """Everybody went for lunch."""
    house.sql("UPDATE ops.session SET seen_at = now() - interval '2 hours'")


def _city(visitor: Visitor) -> str:
    return str(visitor.page.select_one("[name='v.city']")["value"])


def test_typing_is_kept_and_shown_again(house: House) -> None:
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Typed", "reason": "because\r\nso"})
    assert _keep(ann, fields) == 204
    ann.get(EDIT)
    assert _city(ann) == "Typed"
    assert "We kept what you typed at" in ann.page.select_one("#draft").text
    assert ann.page.select_one("textarea[name=reason]").text.strip() == "because\nso"
    assert ann.page.select_one("[name='b.city']")["value"] == fields["b.city"]
    assert house.changes() == 0


def test_a_draft_is_mine_alone_p14(house: House) -> None:
    """P14."""
    ann = house.visit("ann")
    assert _keep(ann, _typed(ann, EDIT, **{"v.city": "Typed"})) == 204
    oz = house.visit("oz")
    oz.get(EDIT)
    assert _city(oz) != "Typed" and oz.page.select_one("#draft") is None


def test_what_was_sent_is_no_draft_any_more(house: House) -> None:
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Alkmaar"})
    _keep(ann, fields)
    assert ann.post(EDIT, fields, csrf=fields["csrf_token"]).status_code == 303
    assert _keep(ann, fields) == 204  # the browser's last word, late
    ann.get(EDIT)
    assert ann.page.select_one("#draft") is None
    with house.platform.db.transaction() as tx:
        drafts.sweep(tx)
    assert house.one("SELECT count(*) FROM ops.draft") == 0


def test_a_restored_draft_is_over_when_it_is_sent(house: House) -> None:
    ann = house.visit("ann")
    _keep(ann, _typed(ann, EDIT, **{"v.city": "Alkmaar"}))
    ann.get(EDIT)
    fields = posted(ann.page)
    assert ann.post(EDIT, {**fields, "v.credit_limit": "much"}, csrf=fields["csrf_token"]).status_code == 422
    assert house.one("SELECT count(*) FROM ops.draft") == 1
    assert ann.post(EDIT, fields, csrf=fields["csrf_token"]).status_code == 303
    assert house.one("SELECT city FROM shop.customers WHERE id = 8") == "Alkmaar"
    ann.get(EDIT)
    assert ann.page.select_one("#draft") is None


def test_a_form_refused_keeps_its_draft(house: House) -> None:
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.credit_limit": "much"})
    _keep(ann, fields)
    assert ann.post(EDIT, fields, csrf=fields["csrf_token"]).status_code == 422
    ann.get(EDIT)
    assert ann.page.select_one("[name='v.credit_limit']")["value"] == "much"


def test_discarding(house: House) -> None:
    ann = house.visit("ann")
    _keep(ann, _typed(ann, NEW, **{"v.name": "Typed"}))
    ann.get(NEW)
    button = ann.page.select_one("#draft button")
    form = ann.page.select_one(f"form#{button['form']}")
    sent = {one["name"]: one["value"] for one in form.select("input")}
    assert ann.post(form["action"], sent, csrf=sent["csrf_token"]).headers["Location"] == NEW
    ann.follow()
    assert "What you had typed is gone." in ann.page.text
    assert ann.page.select_one("#draft") is None
    assert ann.page.select_one("[name='v.name']")["value"] == ""
    assert ann.post("/drafts/discard", {"draft_of": NEW, "next": "//evil.example"}).headers["Location"] == "/"


def test_typing_does_not_keep_a_session_alive_p8(house: House) -> None:
    """P8."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Typed"})
    house.sql("UPDATE ops.session SET seen_at = now() - interval '10 minutes'")
    before = house.one("SELECT max(seen_at) FROM ops.session")
    assert _keep(ann, fields) == 204
    assert house.one("SELECT max(seen_at) FROM ops.session") == before


@pytest.mark.parametrize("part", [False, True])
def test_an_expired_session_comes_back_to_its_form(house: House, part: bool) -> None:
    """A form sent a moment too late, with and without scripts: signed in again, all of it is there."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Typed too late"})
    _idle(house)
    answer = ann.post(EDIT, fields, csrf=fields["csrf_token"], **(PART if part else REFERER))
    place = answer.headers["HX-Redirect"] if part else answer.headers["Location"]
    assert parse_qs(urlsplit(place).query)["next"] == [EDIT]
    assert house.changes() == 0
    ann.sign_in("ann", EDIT)
    assert _city(ann) == "Typed too late"
    assert ann.page.select_one("#draft") is not None
    assert house.one("SELECT count(*) FROM ops.draft_parked") == 0


def test_also_after_its_last_hour(house: House) -> None:
    """The absolute end of a session (P8): its row stays for an hour, letting nobody in."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Typed too late"})
    house.sql("UPDATE ops.session SET expires_at = now() - interval '10 minutes'")
    ann.post(EDIT, fields, csrf=fields["csrf_token"], **REFERER)
    ann.sign_in("ann", EDIT)
    assert _city(ann) == "Typed too late"


def test_what_is_being_typed_when_the_session_ends_is_kept_and_nobody_sent_away(house: House) -> None:
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Still typing"})
    _idle(house)
    answer = ann.post("/drafts/", fields, csrf=fields["csrf_token"], **PART)
    assert answer.status_code == 204 and "HX-Redirect" not in answer.headers
    ann.sign_in("ann", EDIT)
    assert _city(ann) == "Still typing"


def test_somebody_else_signing_in_gets_nothing(house: House) -> None:
    """What an expired session sent is handed to its person alone, else dropped."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Ann's words"})
    _idle(house)
    ann.post(EDIT, fields, csrf=fields["csrf_token"], **REFERER)
    assert house.one("SELECT count(*) FROM ops.draft_parked") == 1
    ann.sign_in("oz", EDIT)
    assert "Ann's words" not in ann.answer.text
    assert (
        house.one("SELECT count(*) FROM ops.draft_parked") == house.one("SELECT count(*) FROM ops.draft") == 0
    )
    again = Visitor(house.app)
    again.sign_in("ann", EDIT)
    assert "Ann's words" not in again.answer.text


def test_an_ended_session_parks_nothing(house: House) -> None:
    """Signed out, ended by its person or a provider (P6): whose it was is not known any more."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Typed"})
    house.sql("DELETE FROM ops.session")
    assert ann.post(EDIT, fields, csrf=fields["csrf_token"], **REFERER).status_code == 303
    assert house.one("SELECT count(*) FROM ops.draft_parked") == 0


@pytest.mark.parametrize(
    ("how", "status"),
    [({"csrf": "forged"}, 303), ({"csrf": None}, 303), ({"site": "cross-site"}, 403)],
)
def test_nobody_else_can_park_in_a_persons_name_p21(house: House, how: dict[str, str], status: int) -> None:
    """P21: another site, or a form without the token of that very session."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Planted"})
    del fields["csrf_token"]
    _idle(house)
    assert ann.post(EDIT, fields, **how).status_code == status
    assert house.one("SELECT count(*) FROM ops.draft_parked") == 0


def test_parked_words_wait_an_hour(house: House) -> None:
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "Old"})
    _idle(house)
    ann.post(EDIT, fields, csrf=fields["csrf_token"], **REFERER)
    house.sql("UPDATE ops.draft_parked SET parked_at = now() - interval '61 minutes'")
    ann.sign_in("ann", EDIT)
    assert _city(ann) != "Old"
    with house.platform.db.transaction() as tx:
        drafts.sweep(tx)
    assert house.one("SELECT count(*) FROM ops.draft_parked") == 0


def test_drafts_are_bounded_p24(house: House) -> None:
    """P24: in bytes, fields and number; old ones are swept."""
    ann = house.visit("ann")
    fields = _typed(ann, EDIT, **{"v.city": "x"})
    assert _keep(ann, {**fields, "reason": "y" * 140_000}) == 413
    assert _keep(ann, {**fields, "reason": "y" * 300_000}) == 413
    assert _keep(ann, {**fields, **{f"n{n}": "1" for n in range(2100)}}) == 413
    assert house.one("SELECT count(*) FROM ops.draft") == 0
    for number in range(60):
        assert _keep(ann, {**fields, "draft_of": f"/tables/shop.customers/~{number}/edit"}) == 204
    assert house.one("SELECT count(*) FROM ops.draft") == 50
    assert house.one("SELECT count(*) FROM ops.draft WHERE address LIKE '%~59/edit'") == 1
    house.sql("UPDATE ops.draft SET saved_at = now() - interval '8 days'")
    with house.platform.db.transaction() as tx:
        drafts.sweep(tx)
    assert house.one("SELECT count(*) FROM ops.draft") == 0


@pytest.mark.parametrize(
    "address", ["", "/", "/sign-in", "/people/me", "//evil.example/", "/exports/", "x" * 5000]
)
def test_only_forms_that_say_so_keep_drafts(house: House, address: str) -> None:
    ann = house.visit("ann")
    fields = _typed(ann, EDIT)
    assert _keep(ann, {**fields, "draft_of": address}) == 422
    assert house.one("SELECT count(*) FROM ops.draft") == 0


def test_odd_signs_come_back_as_they_were(house: House) -> None:
    ann = house.visit("ann")
    odd = "a\x00b \u202e <b>\"'&é 😀"
    assert _keep(ann, _typed(ann, EDIT, **{"v.city": odd})) == 204
    ann.get(EDIT)
    assert ann.answer.status_code == 200
    assert '<b>"' not in ann.answer.text
    assert "😀" in _city(ann)


def test_a_draft_outlives_what_it_was_typed_into(house: House) -> None:
    """A row that is gone is 404, a role that was taken 403: the draft opens nothing (P14)."""
    ann = house.visit("ann")
    _keep(ann, _typed(ann, EDIT, **{"v.city": "Typed"}))
    house.sql("DELETE FROM ops.person_role WHERE person_id = (SELECT id FROM ops.person WHERE sub = 'ann')")
    assert ann.get(EDIT).status_code == 403
