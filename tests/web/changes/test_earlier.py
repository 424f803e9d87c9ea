"""What an earlier revision asked for stands beside what is asked for now, for whom it is to read."""

from __future__ import annotations

import pytest

from ops.web.changes import earlier
from tests.web.changes.test_lifecycle import form_of, limit
from tests.web.shop_house import House


def revised(house: House, here: str, **typed: str) -> None:
    ann = house.visit("ann")
    ann.get(f"{here}/edit")
    form = form_of(house, "ann", "#revise-form")
    ann.post(f"{here}/edit", {**form, **{f"v.0.{name}": text for name, text in typed.items()}})
    assert ann.answer.status_code == 303, ann.page.select_one("main").text


def told(house: House, sub: str, here: str) -> str:
    who = house.visit(sub)
    who.get(here)
    return " ".join(who.page.select_one("#row-1").text.split())


def test_what_differs_is_said_beside_each_value(house: House) -> None:
    """P28: another value, a column that was not asked for, one that is left as it is."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    assert "revision 1" not in told(house, "bo", here)
    revised(house, here, credit_limit="15000.00", city="Bergen")
    seen = told(house, "bo", here)
    assert "revision 1 asked for 18,500.00" in seen and "not asked for in revision 1" in seen
    city = house.one("SELECT city FROM shop.customers WHERE id = 1")
    revised(house, here, city=city)
    seen = told(house, "bo", here)
    assert "Revision 2 asked for these as well, which stay as they are now: City." in seen
    assert "asked for 18,500.00" not in seen
    house.decide("bo", one)
    assert house.state(one) == "applied"
    assert "revision" not in told(house, "bo", here), "what was asked for before is history then"


def test_who_decided_compares_with_what_they_saw(house: House) -> None:
    """P28: Bo sent the first back and never saw the second."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    told(house, "bo", here)
    house.decide("bo", one, "send_back", comment="too much")
    revised(house, here, credit_limit="16000.00")
    revised(house, here, credit_limit="14000.00")
    assert "revision 1 asked for 18,500.00" in told(house, "bo", here)
    assert "revision 2 asked for 16,000.00" in told(house, "oz", here)


def test_p14_masked_values_of_before_are_not_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who asks here may set an account number; were one in an earlier revision, Ann would not read of it."""
    one = limit(house)
    here = f"/changes/{one.reference}"
    revised(house, here, credit_limit="15000.00")
    asked = {
        "iban": "NL91ABNA0417164300",
        "internal_risk_score": "0.5",
        "credit_limit": "1.00",
        "city": "Oslo",
    }
    monkeypatch.setattr(earlier, "asked_before", lambda *_: {("shop", "customers", ("1",)): asked})
    seen = told(house, "ann", here)
    assert "asked for 1.00" in seen and "as they are now: City." in seen
    assert "IBAN" in told(house, "bo", here), "who reads account numbers is told that one is left out"
    assert "NL91" not in house.visit("ann").answer.text + house.visit("bo").answer.text
