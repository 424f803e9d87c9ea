"""A change through everything that can be said about it: sent back, revised, two stages, a delegate, undone.

Whoever looks at a step, its maker, those who may and those who may not decide, reads the truth of it on the page and
among their notices.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.company import a_delegation, ask_database, customer, fit, live, picture
from tests.browser.visitor import Visit, Visitor
from tests.stage import Stage

PEOPLE = ("ann", "bo", "mia", "max", "oz", "cy")


@pytest.mark.timeout(180)
def test_from_proposal_to_undo(visit: Visit, stage: Stage) -> None:
    """P27, P29, P31, P32: sent back, revised, two of three managers, an owner by a delegate, applied, undone."""
    key, _ = customer(stage, 10)
    before = live(stage, key)
    people = {sub: visit(sub) for sub in PEOPLE}
    ann, bo, mia, oz = (people[sub] for sub in ("ann", "bo", "mia", "oz"))
    ref = ann.ask(key, "They open three shops in spring.", limit="60000")
    is_sent_back(ann, bo, people["cy"], ref)
    is_revised(ann, ref)
    a_first_manager_approves(people, ref)
    with a_delegation(oz, "Max Winter"):
        people["max"].told("Oz Park has asked you to decide in their place")
        a_second_manager_approves(people, ref)
        assert live(stage, key) == before, "nothing is written before everybody agreed"
        the_delegate_approves(people, ref)
    assert live(stage, key)[0] == "55000.00"
    undone = asks_for_the_undo(ann, ref)
    assert live(stage, key)[0] == "55000.00", "an undo waits like any change"
    mia.told("asks for your decision on " + undone)
    mia.decide(undone, "Approve")
    mia.flash(f"Approved, and {undone} is applied")
    assert live(stage, key) == before
    both_say_so(ann, ref, undone)
    sides = ask_database(
        stage,
        "SELECT array_agg(p.sub || ' ' || c.side ORDER BY p.sub) FROM ops.change_party c "
        "JOIN ops.person p ON p.id = c.person_id WHERE c.change_id = %s",
        int(ref[3:]),
    )
    assert sides == (["ann maker", *(f"{sub} decider" for sub in ("bo", "max", "mia", "oz"))],)


def is_sent_back(ann: Visitor, bo: Visitor, cy: Visitor, ref: str) -> None:
    """The maker waits and has nothing to press; a manager wants it otherwise; nobody can decide it then."""
    ann.open(f"/changes/{ref}")
    ann.badge("Waiting for managers")
    expect(ann.main.locator("#stage-1")).to_contain_text("0 of 2")
    expect(ann.main.locator("#stage-2")).to_contain_text("Not yet its turn")
    ann.nothing_to_press(ref)
    cy.nothing_to_press(ref)
    bo.told("Ann Arbor asks for your decision on " + ref)
    bo.decide(ref, "Send back")
    expect(bo.page.locator("#f-comment-error")).to_be_visible()
    bo.page.get_by_label("Comment", exact=True).fill("55,000 is enough for three shops.")
    bo.page.locator("#decision").get_by_role("button", name="Send back").click()
    bo.flash(f"{ref} is sent back")
    expect(bo.main).to_contain_text("It waits for Ann Arbor to rework it")
    bo.nothing_to_press(ref)
    ann.told(f"{ref} was sent back to you")
    ann.open(f"/changes/{ref}")
    ann.badge("Sent back")
    expect(ann.main.locator(".note blockquote").first).to_have_text("55,000 is enough for three shops.")
    fit(ann.page, "sent-back")


def is_revised(ann: Visitor, ref: str) -> None:
    """The form has what was asked for; sent, everybody is asked anew and what was said counts no more."""
    ann.open(f"/changes/{ref}")
    ann.main.get_by_role("link", name="Revise…").first.click()
    ann.heading(f"Revise {ref}")
    limit = ann.page.get_by_label("Credit limit", exact=True)
    expect(limit).to_have_value(re.compile(r"^60000(\.00)?$"))
    limit.fill("55000")
    ann.page.get_by_label("Reason").fill("Three shops in spring; 55,000 as Bo says.")
    fit(ann.page, "revise")
    ann.page.get_by_role("button", name="Send revision").last.click()
    ann.flash(f"{ref} is revised")
    ann.badge("Waiting for managers")
    expect(ann.main).to_contain_text("revision 2")
    ann.nothing_to_press(ref)


def a_first_manager_approves(people: dict[str, Visitor], ref: str) -> None:
    """One of two: his seat is taken, he has nothing to press any more, the next stage waits for its turn."""
    bo, ann = people["bo"], people["ann"]
    bo.told("asks for your decision on " + ref)
    bo.open(f"/changes/{ref}")
    difference = bo.main.locator("#row-1")
    expect(difference.locator("ins")).to_have_text(re.compile("^55,000"))
    picture(bo.page, "in-review")
    bo.decide(ref, "Approve", "Agreed at 55,000.")
    bo.flash("Your approval counts")
    bo.nothing_to_press(ref)
    ann.open(f"/changes/{ref}")
    seats = ann.main.locator("#stage-1")
    expect(seats).to_contain_text("1 of 2")
    expect(seats.locator("li", has_text="Bo Marsh")).to_contain_text("Approved")
    expect(seats.locator("li", has_text="Mia Holm")).to_contain_text("May decide")
    people["cy"].nothing_to_press(ref)
    people["oz"].nothing_to_press(ref)


def a_second_manager_approves(people: dict[str, Visitor], ref: str) -> None:
    """The first stage closes; the owner's opens; it is said that somebody may sit there for him."""
    mia, ann = people["mia"], people["ann"]
    mia.told("Ann Arbor asks for your decision on " + ref)
    mia.decide(ref, "Approve")
    mia.flash("Your approval counts")
    mia.nothing_to_press(ref)
    ann.open(f"/changes/{ref}")
    ann.badge("Waiting for owners")
    expect(ann.main.locator("#stage-1")).to_contain_text("2 of 2")
    expect(ann.main.locator("#stage-2")).to_contain_text("Max Winter for Oz Park")
    picture(ann.page, "second-stage")


def the_delegate_approves(people: dict[str, Visitor], ref: str) -> None:
    """In the seat of another, and shown so to everybody."""
    ann, delegate = people["ann"], people["max"]
    delegate.told(ref, "which you may give for Oz Park")
    delegate.open(f"/changes/{ref}")
    expect(delegate.main.locator("#stage-2")).to_contain_text("in the seat of Oz Park, who asked you to")
    delegate.open("/")
    expect(delegate.main.locator("#waiting")).to_contain_text(ref)
    delegate.decide(ref, "Approve", "For Oz, as agreed with him.")
    delegate.flash(f"Approved, and {ref} is applied")
    for person in (ann, people["oz"]):
        person.open(f"/changes/{ref}")
        person.badge("Applied")
        expect(person.main.locator("#stage-2 li", has_text="Max Winter")).to_contain_text("for Oz Park")
    ann.told(f"{ref} was approved and applied")
    ann.open(f"/changes/{ref}")
    picture(ann.page, "applied")
    people["oz"].open("/delegations/")
    picture(people["oz"].page, "delegations")


def asks_for_the_undo(ann: Visitor, ref: str) -> str:
    """The inverse as a change of its own, which asks a manager."""
    ann.open(f"/changes/{ref}")
    ann.main.get_by_role("link", name="Undo…").click()
    ann.heading(f"Undo {ref}")
    expect(ann.main.locator("#asks")).to_contain_text("One manager.")
    expect(ann.main.locator("#row-1 del")).to_have_text(re.compile("^55,000"))
    fit(ann.page, "undo")
    ann.page.get_by_label("Reason").fill("They opened none.")
    ann.page.get_by_role("button", name="Undo").last.click()
    ann.flash("asks for the undo")
    undone = ann.reference()
    ann.badge("Waiting for managers")
    expect(ann.main).to_contain_text("Undoes")
    ann.nothing_to_press(undone)
    return undone


def both_say_so(ann: Visitor, ref: str, undone: str) -> None:
    """Each names the other, and neither can be undone twice."""
    ann.told(f"{undone} was approved and applied")
    ann.open(f"/changes/{undone}")
    ann.badge("Applied")
    ann.main.get_by_role("link", name=ref, exact=True).first.click()
    expect(ann.page).to_have_url(re.compile(ref))
    expect(ann.main).to_contain_text("Undone by")
    expect(ann.main.get_by_role("link", name="Undo…")).to_have_count(0)
