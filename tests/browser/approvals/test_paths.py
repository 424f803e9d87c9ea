"""The ways beside the straight one: a row that moved, an emergency and its review, a basket with talk and a file."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.company import ask_database, customer, fit, live, picture
from tests.browser.visitor import Visit, Visitor
from tests.stage import Stage

pytestmark = pytest.mark.timeout(180)  # several people look at several pages, each read by axe four times
OFFER = b"%PDF-1.4 an offer, as the customer signed it\n"


def test_a_row_that_moved(visit: Visit, stage: Stage) -> None:
    """P29, P30: the company's own SQL moves it; both read so; nothing is overwritten; chosen by column; applied."""
    key, _ = customer(stage, 20)
    ann, bo = visit("ann"), visit("bo")
    ref = ann.ask(key, "New head office.", limit="12000", city="Harlingen")
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(
            "UPDATE shop.customers SET credit_limit = 777, city = 'Workum' WHERE id = %s", (key,)
        )
    for person in (ann, bo):
        person.open(f"/changes/{ref}")
        expect(person.main.locator(".note", has_text="moved after Ann Arbor looked")).to_be_visible()
        expect(person.main.locator("#row-1 tbody tr", has_text="Credit limit")).to_contain_text("777")
    picture(bo.page, "moved")
    bo.decide(ref, "Approve")
    bo.badge("Conflict")
    assert live(stage, key) == ("777.00", "Workum"), "nothing is overwritten that nobody looked at"
    ann.told(f"{ref} was approved but not applied")
    is_chosen_by_column(ann, ref)
    assert live(stage, key) == ("777.00", "Workum"), "it is asked about anew"
    bo.decide(ref, "Approve")
    bo.flash(f"Approved, and {ref} is applied")
    assert live(stage, key) == ("12000.00", "Workum")
    ann.told(f"{ref} was approved and applied")


def is_chosen_by_column(ann: Visitor, ref: str) -> None:
    """When it was asked, asked for, there now: side by side, one to be chosen of each."""
    ann.open(f"/changes/{ref}")
    ann.badge("Conflict")
    fit(ann.page, "conflicted")
    ann.main.get_by_role("link", name="Look at it and ask anew…").click()
    ann.heading(f"Revise {ref}")
    clash = ann.main.locator("table.conflict")
    row = clash.locator("tbody tr", has_text="City")
    expect(row.locator("td")).to_contain_text([re.compile("."), "Harlingen", "Workum"])
    fit(ann.page, "rebase")
    clash.get_by_role("radio", name="Credit limit: ask for the value as below").check()
    clash.get_by_role("radio", name="City: leave it as it is now").check()
    ann.page.get_by_role("button", name="Send revision").last.click()
    ann.flash(f"{ref} is revised")
    expect(ann.main).to_contain_text("revision 2")
    ann.nothing_to_press(ref)


def test_an_emergency_and_its_review(visit: Visit, stage: Stage) -> None:
    """P31, P33: applied past those who are asked, told to all of them, open until somebody else closes it."""
    key, _ = customer(stage, 21)
    people = {sub: visit(sub) for sub in ("bo", "mia", "cy", "oz")}
    eve, bo = visit("eve"), people["bo"]
    ref = eve.ask(key, "The lorry waits at the gate.", limit="15000")
    eve.open(f"/changes/{ref}")
    eve.main.get_by_role("link", name="Apply in an emergency").click()
    eve.heading(f"Apply {ref} in an emergency")
    fit(eve.page, "emergency")
    eve.page.get_by_label("Why it cannot wait").fill("The goods spoil within the hour.")
    eve.page.get_by_role("button", name="Apply now").click()
    eve.flash(f"{ref} was applied in an emergency")
    assert live(stage, key)[0] == "15000.00"
    expect(eve.main.locator("#emergency")).to_contain_text("Its review is open.")
    expect(eve.main.locator("#close-review")).to_have_count(0)
    expect(eve.main.locator("#stage-1")).to_contain_text("Asked, and passed over in an emergency")
    for person in people.values():
        person.told(f"Eve Brandt applied {ref} in an emergency")
    is_reviewed(bo, ref)
    eve.told(f"Bo Marsh closed the review of {ref}")
    eve.open(f"/changes/{ref}")
    expect(eve.main.locator("#emergency")).to_contain_text("Bo Marsh found it not justified.")
    people["mia"].open(f"/changes/{ref}")
    expect(people["mia"].main.locator("#close-review")).to_have_count(0)
    cy = people["cy"]
    cy.open("/approvals/health")
    expect(cy.main.locator("#emergencies")).to_contain_text("1")
    fit(cy.page, "health")


def is_reviewed(bo: Visitor, ref: str) -> None:
    """From his desk; without a comment it stays open."""
    bo.open("/")
    bo.main.locator("#emergencies li", has_text=ref).get_by_role("link").click()
    review = bo.main.locator("#emergency")
    expect(review).to_contain_text("The goods spoil within the hour.")
    expect(review).to_contain_text("Its review is open.")
    expect(bo.page.locator("#decision")).to_have_count(0)
    fit(bo.page, "review")
    review.get_by_role("radio", name="It was not justified").check()
    review.get_by_label("Comment").fill("There was a second lorry.")
    review.get_by_role("button", name="Close the review").click()
    bo.flash(f"The review of {ref} is closed")
    bo.open("/approvals/emergencies/")
    line = bo.main.locator(f"#{ref}")
    expect(line).to_contain_text("Not justified")
    fit(bo.page, "emergencies")


def test_a_basket_with_talk_and_a_file(visit: Visit, stage: Stage, tmp_path: Path) -> None:
    """P28, P31: two tables in one change, a mention that is told, a file that comes back as it went in."""
    key, name = customer(stage, 22)
    order, _ = an_order(stage)
    bo, ann = visit("bo"), visit("ann", path="/basket/")
    expect(ann.main).to_contain_text("Your basket is empty")
    picture(ann.page, "basket-empty")
    collects(ann, f"/tables/shop.customers/~{key}/edit", "Credit limit", "13000")
    collects(ann, f"/tables/shop.orders/~{order}/edit", "Delivery note", "Ring twice.")
    assert live(stage, key)[0] != "13000.00"
    ref = sends_it_in(ann)
    says(ann, ref, tmp_path)
    bo.told("Ann Arbor names you in what they said about " + ref)
    bo.open(f"/changes/{ref}")
    expect(bo.main.locator("#row-1")).to_contain_text(name)
    expect(bo.main.locator("#row-2 ins")).to_have_text("Ring twice.")
    with bo.page.expect_download() as coming:
        bo.main.locator("#files").get_by_role("link", name="offer.pdf").click()
    coming.value.save_as(tmp_path / "back.pdf")
    assert (tmp_path / "back.pdf").read_bytes() == OFFER
    bo.page.get_by_label("What you want to say").fill("Seen, thank you.")
    bo.page.get_by_role("button", name="Say it").click()
    bo.flash("Said")
    ann.told(f"Bo Marsh said something about {ref}")
    bo.decide(ref, "Approve")
    bo.flash(f"Approved, and {ref} is applied")
    assert live(stage, key)[0] == "13000.00"
    assert an_order(stage, order) == (order, "Ring twice.")
    ann.open("/basket/")
    expect(ann.main).to_contain_text("Your basket is empty")


def an_order(stage: Stage, number: int | None = None) -> tuple[int, str | None]:
    """An order that no rule asks about: its key and its delivery note."""
    found: tuple[int, str | None] = ask_database(
        stage,
        "SELECT o.id, o.delivery_note FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id "
        "WHERE c.country <> 'IS' AND o.id = coalesce(%s, o.id) ORDER BY o.id LIMIT 1",
        number,
    )
    return found


def collects(ann: Visitor, path: str, label: str, value: str) -> None:
    """Type into the record's form, and put it into the basket in place of saving."""
    ann.open(path)
    ann.page.get_by_label(label, exact=True).fill(value)
    ann.page.get_by_role("button", name="Add to the basket").click()
    ann.flash("Added to your basket")


def sends_it_in(ann: Visitor) -> str:
    """Both rows with their differences, one reason, one change."""
    ann.open("/basket/")
    expect(ann.main.locator("#row-1 ins")).to_have_text(re.compile("^13,000"))
    expect(ann.main.locator("#row-2 ins")).to_have_text("Ring twice.")
    expect(ann.main.locator("#asks")).to_contain_text("One manager.")
    fit(ann.page, "basket")
    ann.page.get_by_label("Title").fill("A larger limit and where to ring")
    ann.page.get_by_label("Reason").fill("They order more and hear badly.")
    ann.page.get_by_role("button", name="Send in together").click()
    ann.flash(re.compile(r"CH-\d+ is sent in"))
    return ann.reference()


def says(ann: Visitor, ref: str, folder: Path) -> None:
    """Name somebody, and hang a file on it."""
    ann.open(f"/changes/{ref}")
    ann.page.get_by_label("What you want to say").fill("@Bo Marsh, their offer is below.")
    ann.page.get_by_role("button", name="Say it").click()
    ann.flash("Said, and told to Bo Marsh")
    file = folder / "offer.pdf"
    file.write_bytes(OFFER)
    ann.main.locator("#files summary").click()
    ann.page.get_by_label("File", exact=True).set_input_files(file)
    ann.page.get_by_role("button", name="Attach a file").click()
    ann.flash("offer.pdf is attached")
    fit(ann.page, "talk")


def test_what_was_rejected_is_proposed_again(visit: Visit, stage: Stage) -> None:
    """P29: told why, its maker asks anew from its page over the row as it is now; without scripts as well."""
    key, _ = customer(stage, 23)
    bo, ann = visit("bo"), visit("ann")
    ref = ann.ask(key, "They order twice a month.", limit="14500", city="Sneek")
    bo.decide(ref, "Reject", "Their last payment is open.")
    with psycopg.connect(stage.database_url) as connection:
        connection.execute("UPDATE shop.customers SET phone = '+31 555 0199' WHERE id = %s", (key,))
    bo.nothing_to_press(ref)
    expect(bo.main.get_by_role("link", name="Propose again…")).to_have_count(0)
    for person in (ann, visit("ann", javascript=False)):
        person.open(f"/changes/{ref}")
        person.badge("Rejected")
        expect(person.main.locator(".note blockquote")).to_have_text("Their last payment is open.")
        person.main.get_by_role("link", name="Propose again…").click()
        expect(person.page.get_by_label("Credit limit", exact=True)).to_have_value(re.compile(r"^14500"))
        expect(person.page.get_by_label("City", exact=True)).to_have_value("Sneek")
        expect(person.page.get_by_label("Phone", exact=True)).to_have_value("+31 555 0199")
        person.main.locator("#again").get_by_role("link", name=ref).wait_for()
    fit(ann.page, "again")
    ann.page.get_by_label("Reason").fill("It is paid now.")
    ann.page.locator("#record-form button.primary").click()
    ann.flash("waits for approval")
    anew = ann.reference()
    assert anew != ref
    bo.decide(anew, "Approve")
    bo.flash(f"Approved, and {anew} is applied")
    expect(bo.main.locator("blockquote.lead").get_by_role("link", name=ref)).to_be_visible()
    assert live(stage, key) == ("14500.00", "Sneek")
