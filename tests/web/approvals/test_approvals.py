"""What waits for me: mine to decide, and nothing else."""

from __future__ import annotations

from tests.web.shop_house import House


def waiting(house: House, sub: str) -> list[str]:
    visitor = house.visit(sub)
    assert visitor.get("/approvals/").status_code == 200
    return [link["href"].removeprefix("/changes/") for link in visitor.page.select("tbody a[data-row]")]


def test_a_manager_finds_what_waits_and_decides_it(house: House) -> None:
    assert waiting(house, "bo") == []
    assert "Nothing waits for you" in house.visit("bo").page.select_one(".empty").text
    one = house.delete("ann", "tickets", "~7", title="Delete T-000007")
    house.edit("ann", "tickets", "~8", {"assigned_to": "Ann"})
    assert waiting(house, "bo") == [one.reference]
    bo = house.visit("bo")
    assert bo.page.select_one("#rail b").text.startswith("1")
    bo.get(bo.page.select_one("tbody a[data-row]")["href"])
    house.decide("bo", one)
    assert waiting(house, "bo") == []


def test_what_is_due_and_what_is_late_says_so(house: House) -> None:
    """Whoever has sixty of them sees from the list which cannot wait."""
    soon, late = house.delete("ann", "tickets", "~7"), house.delete("ann", "tickets", "~8")
    for one, hours in ((soon, 3), (late, -3)):
        house.sql(
            "UPDATE ops.stage SET due_at = now() + make_interval(hours => :hours) WHERE change_id = :id",
            hours=hours, id=one.change_id,
        )  # fmt: skip
    waiting(house, "bo")
    page = house.visit("bo").page
    assert "due in 3 hours" in page.select_one(f"#{soon.reference}").text
    assert "Overdue" not in page.select_one(f"#{soon.reference}").text
    assert page.select_one(f"#{late.reference} .badge[data-tone=bad]").text == "Overdue"
    bo = house.visit("bo")
    for one, said in ((soon, "answer due in 3 hours"), (late, "overdue: answer was due 3 hours ago")):
        bo.get(f"/changes/{one.reference}")
        assert said in " ".join(bo.page.select_one(".head").text.split())


def test_others_have_no_such_list(house: House) -> None:
    for sub in ("ann", "cy", "dee"):
        assert house.visit(sub).get("/approvals/").status_code == 403


def test_the_maker_and_other_roles_are_not_asked(house: House) -> None:
    """P27: the owner asked; the stage is the managers'."""
    house.delete("oz", "tickets", "~7")
    assert waiting(house, "oz") == []


def test_pages_by_key(house: House) -> None:
    """P45."""
    made = [house.delete("ann", "tickets", f"~{key}").reference for key in range(1, 54)]
    first = waiting(house, "bo")
    bo = house.visit("bo")
    bo.get(bo.page.select_one("a[rel=next]")["href"])
    rest = [link["href"].removeprefix("/changes/") for link in bo.page.select("tbody a[data-row]")]
    assert first + rest == made[::-1]
    assert bo.page.select_one("a[rel=next]") is None
