"""Off-boarding by the page: shown first, then done in one go, with an heir who becomes a further maker."""

from __future__ import annotations

from tests.web.people.conftest import Town


def test_it_is_shown_and_done(house: Town) -> None:
    """P9, P27, P35."""
    one = house.delete("ann", "tickets", "~7", title="Delete T-000007")
    ann, cy, oz = house.id_of("ann"), house.id_of("cy"), house.visit("oz")
    oz.get(f"/people/{ann}/leave")
    what = oz.page.select_one("#what").get_text(" ", strip=True)
    assert f"The change {one.reference}" in what and "nobody stands for it" in what
    oz.get(f"/people/{ann}/leave?to={cy}")
    what = oz.page.select_one("#what").get_text(" ", strip=True)
    assert f"Goes over The change {one.reference} to Cy Young" in what
    assert oz.page.select_one("#leave input[name=to]")["value"] == str(cy)
    assert house.one("SELECT count(*) FROM ops.person WHERE disabled_at IS NOT NULL") == 0
    assert oz.post(f"/people/{ann}/leave", {"to": str(cy), "reason": " "}).status_code == 422
    oz.post(f"/people/{ann}/leave", {"to": str(cy), "reason": "Last day"})
    oz.follow()
    assert "Ann Arbor is off-boarded" in oz.page.select_one("#flashes").text
    assert house.last("people.offboarded")["reason"] == "Last day"
    assert house.one("SELECT heir_id FROM ops.change_set WHERE id = :id", id=one.change_id) == cy
    assert house.visit("ann").get("/tables/").status_code == 303


def test_who_cannot_take_over(house: Town) -> None:
    """422, and nothing is done."""
    ann, bo, me, oz = house.id_of("ann"), house.id_of("bo"), house.id_of("oz"), house.visit("oz")
    house.sql("UPDATE ops.person SET disabled_at = now() WHERE id = :id", id=bo)
    for heir, words in ((ann, "Who leaves cannot"), (bo, "is switched off"), (999, "nobody of that number")):
        assert oz.get(f"/people/{ann}/leave?to={heir}").status_code == 422, words
        assert words in oz.page.select_one("#answer").text
        assert oz.post(f"/people/{ann}/leave", {"to": str(heir), "reason": "x"}).status_code == 422
    assert oz.get(f"/people/{me}/leave").status_code == 403
    assert oz.get("/people/0/leave").status_code == 404
    for sub in ("cy", "ann"):
        assert house.visit(sub).get(f"/people/{ann}/leave").status_code == 403
    assert house.one("SELECT count(*) FROM ops.person WHERE disabled_at IS NOT NULL") == 1
