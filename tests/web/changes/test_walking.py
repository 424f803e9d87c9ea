"""From one change that waits to the next, without going back to the list."""

from __future__ import annotations

from tests.web.shop_house import House


def test_next_and_previous_of_what_waits(house: House) -> None:
    asked = [house.edit("ann", "customers", f"~{n}", {"credit_limit": "18000.00"}) for n in (7, 8, 9)]
    first, second, third = (one.reference for one in asked)
    bo, ann = house.visit("bo"), house.visit("ann")

    def leads(step: str, of: str) -> str:
        answer = bo.get(f"/approvals/next?{step}={of}")
        assert answer.status_code == 303
        return str(answer.headers["Location"]).rsplit("/", 1)[-1]

    assert leads("after", third) == second and leads("before", first) == second
    assert leads("after", "") == third, "the newest of them"
    assert leads("before", third) == "" and "nothing further" in (
        bo.follow() and bo.page.select_one("#flashes").text
    )
    assert leads("after", first) == ""
    for odd in ("CH-9999999999999999999999", "nonsense", "CH--1"):
        assert bo.get(f"/approvals/next?after={odd}").status_code == 303
    bo.get(f"/changes/{second}")
    assert [one["href"] for one in bo.page.select("nav.walk a")] == [
        f"/approvals/next?before={second}",
        f"/approvals/next?after={second}",
    ]
    house.decide("bo", asked[1])
    bo.follow()
    assert bo.page.select_one("nav.walk") is not None, "having decided one goes on from here"
    ann.get(f"/changes/{first}")
    assert ann.page.select_one("nav.walk") is None
    assert ann.get("/approvals/next").status_code == 403
