"""What somebody agreed to is another thing by the time it counts: row, table, rule, person, role (P28, P29)."""

from __future__ import annotations

import pytest

from tests.bypass.conftest import House, number
from tests.web.records.forms import posted


def revises(house: House, reference: str, to: str = "40000.00") -> None:
    house.fill("ann", f"/changes/{reference}/edit", {"v.0.credit_limit": to}, "revise-form")


def test_edit_after_approval(house: House) -> None:
    """P28: a yes is to what was on the screen; after an edit all are asked anew."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    house.says("bo", reference)
    revises(house, reference)
    house.says("max", reference)
    house.unmoved(reference)
    house.says("bo", reference)
    assert house.worth() == "40000.00"


@pytest.mark.parametrize("verdict", ["approve", "reject", "send_back"])
def test_stale_page(house: House, verdict: str) -> None:
    """P28: a page kept open decides nothing about what came after it, whatever its button."""
    reference, bo, form = house.on_screen()
    revises(house, reference)
    assert house.sends(bo, reference, form, verdict, comment="as discussed").status_code == 409
    assert "40,000.00" in bo.page.select_one(".diff").text
    house.unmoved(reference)


def test_row_moved(house: House) -> None:
    """P29: nobody's value is overwritten that nobody looked at, however long the page was open."""
    reference, bo, form = house.on_screen()
    house.sql("UPDATE shop.customers SET credit_limit = 7000 WHERE id = 1")
    house.sends(bo, reference, form)
    house.unmoved(reference, worth="7000.00", state="conflicted")


@pytest.mark.parametrize(
    "ddl",
    [
        "ALTER TABLE shop.customers ALTER COLUMN credit_limit TYPE numeric(14,2)",
        "ALTER TABLE shop.customers ADD COLUMN credit_currency text NOT NULL DEFAULT 'USD'",
        "ALTER TABLE shop.customers RENAME COLUMN credit_limit TO limit_of_orders; "
        "ALTER TABLE shop.customers RENAME COLUMN phone TO credit_limit",
    ],
)
def test_shape_changed(house: House, ddl: str) -> None:
    """P29: a column of another type, one more, one of the same name that means something else: nothing is written."""
    reference, bo, form = house.on_screen()
    before = house.one("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM shop.customers c")
    house.sql("SET LOCAL lock_timeout = '5s'; " + ddl)
    after = house.one("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM shop.customers c")
    house.sends(bo, reference, form)
    assert house.at(reference) in ("failed", "in_review", "conflicted")
    assert house.one("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM shop.customers c") == after
    assert before and house.events("row.updated") == 0


def test_rule_changed_meanwhile(house: House) -> None:
    """P29: a rule that asks for one more by the time everybody agreed gets one more."""
    reference, bo, form = house.on_screen()
    house.sql(
        """UPDATE ops.approval_rule SET stages = '[{"role": "manager", "needed": 2}]' WHERE condition <> ''"""
    )
    house.sends(bo, reference, form)
    house.unmoved(reference)
    house.says("max", reference)
    assert house.worth() == "18500.00"


def test_rule_added_meanwhile(house: House) -> None:
    """P29: a rule that came while the change waited is asked before anything is written."""
    reference, bo, form = house.on_screen()
    house.rule("an owner as well", role="owner")
    house.sends(bo, reference, form)
    house.unmoved(reference)
    house.says("oz", reference)
    assert house.worth() == "18500.00"


def _off(house: House, sub: str, way: str = "off") -> None:
    """An owner switches somebody off by the page."""
    oz, person = house.visit("oz"), house.actor(sub).person_id
    house.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")
    oz.get(f"/people/{person}/{way}")
    assert oz.post(f"/people/{person}/{way}", {"reason": "Gone"}).status_code == 303


def test_person_disabled_meanwhile(house: House) -> None:
    """P9, P32: the yes of somebody who is gone is no yes any more; their open page is nobody's."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    house.says("bo", reference)
    max_, form = house.held("max", reference)
    _off(house, "bo")
    _off(house, "max")
    answer = house.sends(max_, reference, form)
    assert answer.status_code in (303, 400) and house.yeses(reference) == 1
    _off(house, "max", "on")
    house._visitors.pop("max")
    house.says("max", reference)
    house.unmoved(reference)
    house.says("mia", reference)
    assert house.worth() == "18500.00"


def test_maker_disabled_meanwhile(house: House) -> None:
    """P9, P16: it is applied in nobody's name who may not do it any more."""
    reference, bo, form = house.on_screen()
    _off(house, "ann")
    house.sends(bo, reference, form)
    house.unmoved(reference, state="failed")


def test_role_taken_meanwhile(house: House) -> None:
    """P9, P32: roles are read again at every decision, and once more of everybody when it is applied."""
    house.rule("two of them", needed=2)
    reference = house.limit("ann")
    house.says("bo", reference)
    max_, form = house.held("max", reference)
    house.sql(
        "DELETE FROM ops.person_role r USING ops.person p WHERE p.id = r.person_id AND p.sub IN ('bo', 'max')"
    )
    assert house.sends(max_, reference, form).status_code in (403, 404)
    assert house.yeses(reference) == 1
    house.says("mia", reference)
    house.unmoved(reference)


def test_makers_role_taken_meanwhile(house: House) -> None:
    """P16: the right to ask is no right to have it done later."""
    reference, bo, form = house.on_screen()
    house.sql("DELETE FROM ops.person_role r USING ops.person p WHERE p.id = r.person_id AND p.sub = 'ann'")
    house.sends(bo, reference, form)
    house.unmoved(reference, state="failed")


def test_a_row_that_left_its_makers_sight_meanwhile(house: House) -> None:
    """P14, P16: operators do not see Iceland; a row that moved there is theirs neither to change nor to look at."""
    reference, bo, form = house.on_screen()
    house.sql("UPDATE shop.customers SET country = 'IS', credit_limit = 7654, city = 'TELLTALE' WHERE id = 1")
    house.sends(bo, reference, form)
    house.unmoved(reference, worth="7654.00", state="conflicted")
    ann = house.visit("ann")
    for page in (f"/changes/{reference}", f"/changes/{reference}/edit", "/changes/", "/notices/", "/"):
        said = ann.get(page).text
        assert "7654" not in said and "7,654" not in said and "TELLTALE" not in said, page


def test_a_yes_that_comes_after_the_end(house: House) -> None:
    """P28: rejected, withdrawn, expired: a page kept open brings nothing back."""
    for end in ("reject", "withdraw", "expire"):
        reference = house.limit("ann", key="~2")
        bo, form = house.held("bo", reference)
        if end == "reject":
            house.says("max", reference, "reject", comment="no")
        elif end == "withdraw":
            ann = house.visit("ann")
            ann.get("/people/me")
            ann.post(f"/changes/{reference}/withdrawal")
        else:
            house.sql(
                "UPDATE ops.change_set SET expires_at = now() - interval '1 second' WHERE id = :id",
                id=number(reference),
            )
        assert house.sends(bo, reference, form).status_code == 409
        assert house.worth(2) == "5000.00" and house.yeses(reference) == 0


def test_tampered_digest_and_revision(house: House) -> None:
    """P28: asked by a program in parts: a digest of another change, of nothing, in other letters, twice; a forged
    revision beside it is no field at all."""
    reference, other = house.limit("ann"), house.limit("ann", key="~2")
    bo, form = house.held("bo", reference)
    foreign = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=number(other))
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for digest in (foreign, "", "x", form["digest"].upper(), form["digest"][:-1], form["digest"] + "0"):
        said = {
            **form,
            "digest": digest,
            "verdict": "approve",
            "revision": "1",
            "change_id": str(number(other)),
        }
        answer = bo.post(f"/changes/{reference}/decision", said, csrf=form["csrf_token"], **part)
        assert answer.status_code in (409, 422), digest
        bo.get(f"/changes/{reference}")
    house.unmoved(reference)
    house.unmoved(other, key=2)
    assert posted(bo.page, "decision")["digest"] == form["digest"]
