"""Who else has a record open: told to each other, quietly, bounded, and to nobody who may not see the row."""

from __future__ import annotations

from ops import presence
from tests.web.records.forms import House

HERE = "/tables/shop.customers/~8/presence"


def tell(house: House, sub: str, mode: str = "view", path: str = HERE) -> str:
    """What the page of a person asks, and what it hears."""
    person = house.visit(sub)
    if person.page_token is None:
        person.get("/people/me")
        person.page_token = person.token()
    person.post(path, {"mode": mode}, csrf=person.page_token)
    return person.answer.text.strip() if person.answer.status_code == 200 else str(person.answer.status_code)


def test_two_people_hear_of_each_other_and_of_nobody_else(house: House) -> None:
    names = {sub: house.actor(sub).name for sub in ("ann", "bo", "oz")}
    assert names["bo"] not in tell(house, "ann", "edit")
    assert f"{names['ann']} is editing this too." in tell(house, "bo")
    heard = tell(house, "oz", "edit")
    assert f"{names['ann']} is editing" in heard and f"{names['bo']} has this open too." in heard
    assert f"{names['oz']} is editing" in tell(house, "ann", "edit")
    assert tell(house, "bo", "gone") == "204"
    assert names["bo"] not in tell(house, "ann", "edit")
    assert names["ann"] not in tell(house, "bo", path=HERE.replace("~8", "~9"))


def test_the_form_says_it_by_itself_without_scripts(house: House) -> None:
    """And the record's own editor is not told of themselves."""
    tell(house, "ann", "edit")
    oz = house.visit("oz")
    oz.get("/tables/shop.customers/~8/edit")
    assert f"{house.actor('ann').name} is editing this too." in oz.page.select_one(".presence").text
    ann = house.visit("ann")
    ann.get("/tables/shop.customers/~8/edit")
    assert not ann.page.select_one(".presence").text.strip()


def test_who_says_nothing_more_is_not_there_and_the_clock_forgets_them(house: House) -> None:
    tell(house, "ann", "edit")
    house.sql("UPDATE ops.presence SET seen_at = now() - interval '46 seconds'")
    assert house.actor("ann").name not in tell(house, "bo")
    with house.platform.db.transaction() as tx:
        presence.sweep(tx)
    assert house.one("SELECT count(*) FROM ops.presence") == 1


def test_p8_it_keeps_no_session_alive(house: House) -> None:
    tell(house, "ann")
    house.sql("UPDATE ops.session SET seen_at = now() - interval '10 minutes'")
    before = house.one("SELECT max(seen_at) FROM ops.session")
    tell(house, "ann")
    assert house.one("SELECT max(seen_at) FROM ops.session") == before


def test_p14_a_row_out_of_sight_tells_nobody(house: House) -> None:
    """Not who looks at it, not that it is there; Iceland's customers are none of Ann's."""
    key = house.one("SELECT min(id) FROM shop.customers WHERE country = 'IS'")
    path = HERE.replace("~8", f"~{key}")
    tell(house, "oz", "edit", path)
    assert tell(house, "ann", path=path) == "404"
    assert tell(house, "dee") == "403"
    assert house.one("SELECT count(*) FROM ops.presence") == 1
