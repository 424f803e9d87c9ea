"""Approving in the hand, by keys alone, and where scripts do not run."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.company import customer, live, picture
from tests.browser.visitor import Visit, Visitor
from tests.stage import Stage

# What can be pressed and is neither 24 pixels high and wide nor part of a sentence; of a form's buttons: 40.
_SMALL = """() => [...document.querySelectorAll(
        '#main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)')]
    .filter((one) => one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !one.closest('.sr'))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => {
        const inline = getComputedStyle(one).display === 'inline' && one.closest('p, td, dd, small, label');
        const least = one.matches('.btn:not(.small)') ? 40 : 24;
        return !inline && (box.height < least || box.width < 24);
    })
    .map(([one, box]) => `${box.width} x ${box.height}: ${one.outerHTML.slice(0, 100)}`)"""
# Whatever takes focus is in sight then: neither the bar above nor the one below lies over it (WCAG 2.4.11).
_HIDDEN = """() => [...document.querySelectorAll('#main :is(a[href], button, input:not([type=hidden]), textarea)')]
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest('.sr, dialog'))
    .filter((one) => {
        one.focus();
        const box = one.getBoundingClientRect();
        const there = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 12));
        return !(there && (one.contains(there) || there.contains(one)));
    })
    .map((one) => one.outerHTML.slice(0, 100))"""
_RING = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
}"""


def test_on_a_phone(visit: Visit, stage: Stage) -> None:
    """From the desk to the difference to the button with a thumb: nothing too small, too wide or hidden."""
    key, name = customer(stage, 30)
    bo, ann = visit("bo", width=390, touch=True), visit("ann")
    ref = ann.ask(key, "They pay on time, and order twice a month since the summer.", limit="14000")
    bo.open("/")
    line = bo.main.locator("#waiting li", has_text=ref)
    in_the_hand(bo.page, "desk")
    line.get_by_role("link").tap()
    bo.heading(f"Edit Customer: {name}")
    expect(bo.page.locator("#row-1 ins")).to_be_visible()
    expect(bo.main).to_contain_text("They pay on time")
    in_the_hand(bo.page, "approval")
    picture(bo.page, "phone")
    bar = bo.page.locator("#decision").bounding_box()
    assert bar is not None and bar["y"] + bar["height"] <= 861 and bar["height"] < 860 / 3, bar
    bo.page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    last = bo.main.locator("aside").last.bounding_box()
    assert last is not None and last["y"] + last["height"] <= bar["y"] + 1, "the bar hides the end"
    bo.page.get_by_label("Comment", exact=True).fill("Agreed.\nFrom the train.")
    bo.main.get_by_role("button", name="Approve").tap()
    bo.flash(f"Approved, and {ref} is applied")
    assert live(stage, key)[0] == "14000.00"
    in_the_hand(bo.page, "applied")


def in_the_hand(page: Page, name: str) -> None:
    """Nothing is too small for a finger, wider than the window, or under a bar when it has the focus."""
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    for said, found in (("too small", page.evaluate(_SMALL)), ("hidden", page.evaluate(_HIDDEN))):
        assert not found, f"{name}: {said}:\n" + "\n".join(found)


def test_by_keys_alone(visit: Visit, stage: Stage) -> None:
    """j and k walk, b, r and a lead to the buttons, Tab goes on, Enter presses; the focus is seen all the way."""
    (key, _), (other, _) = customer(stage, 31), customer(stage, 32)
    mia, ann = visit("mia"), visit("ann")
    first = ann.ask(key, "By keys.", limit="15000")
    second = ann.ask(other, "By keys too.", limit="16000")
    mia.open("/approvals/")
    page = mia.page
    page.keyboard.press("j")
    expect(page.locator(f"#{second} a[data-row]")).to_be_focused()
    assert page.evaluate(_RING)
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/changes/{second}")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    knows_its_keys(page)
    page.keyboard.press("j")
    page.wait_for_url(f"**/changes/{first}")
    page.keyboard.press("b")
    focused(page, "Send back")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#f-comment")).to_be_focused()
    page.keyboard.type("A j and a k are typed, not walked.")
    page.keyboard.press("Tab")
    focused(page, "Send back")
    page.keyboard.press("Enter")
    mia.flash(f"{first} is sent back")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    is_revised_by_keys(ann, first)
    mia.open(f"/changes/{second}")
    page.keyboard.press("r")
    focused(page, "Reject")
    page.keyboard.press("Enter")
    expect(page.locator("#f-comment-error")).to_be_visible()
    expect(page.locator("#f-comment")).to_be_focused()  # what is missing is typed at once
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("#f-comment")).to_be_focused()
    page.keyboard.type("No, I agree.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    focused(page, "Approve")
    page.keyboard.press("Enter")
    mia.flash(f"Approved, and {second} is applied")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert live(stage, other)[0] == "16000.00"


def focused(page: Page, name: str) -> None:
    """The button has the focus, and everybody sees that it has."""
    expect(page.locator("#decision").get_by_role("button", name=name)).to_be_focused()
    assert page.evaluate(_RING), name


def knows_its_keys(page: Page) -> None:
    """? says which; Escape closes it, and the focus is where it was."""
    page.keyboard.press("?")
    helps = page.locator("#keys-help")
    expect(helps).to_be_visible()
    for line in ("a Approve", "r Reject", "b Send back", "j Next", "k Previous"):
        words = re.compile(r"^\s*" + line.replace(" ", r"\s+", 1))
        expect(helps.locator("#keys-list > div", has_text=words)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(helps).not_to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def is_revised_by_keys(ann: Visitor, ref: str) -> None:
    """e opens the form, Control+Enter sends it."""
    ann.open(f"/changes/{ref}")
    ann.page.keyboard.press("e")
    ann.heading(f"Revise {ref}")
    limit = ann.page.get_by_label("Credit limit", exact=True)
    for _ in range(12):
        ann.page.keyboard.press("Tab")
        if limit.evaluate("(field) => field === document.activeElement"):
            break
    assert ann.page.evaluate(_RING)
    ann.page.keyboard.press("Control+a")
    ann.page.keyboard.type("15500")
    ann.page.keyboard.press("Control+Enter")
    ann.flash(f"{ref} is revised")
    ann.nothing_to_press(ref)


def test_without_scripts(visit: Visit, stage: Stage) -> None:
    """P29, P31: sent back, revised, talked about, approved and undone where no script runs."""
    key, _ = customer(stage, 33)
    before = live(stage, key)
    bo, ann = visit("bo", javascript=False), visit("ann", javascript=False)
    ref = ann.ask(key, "A new shop.", limit="18000")
    bo.decide(ref, "Send back")
    expect(bo.page.locator("#f-comment-error")).to_be_visible()
    bo.decide(ref, "Send back", "17,000 will do.")
    bo.flash(f"{ref} is sent back")
    ann.open(f"/changes/{ref}")
    ann.main.get_by_role("link", name="Revise…").first.click()
    ann.page.get_by_label("Credit limit", exact=True).fill("17000")
    ann.page.get_by_role("button", name="Send revision").last.click()
    ann.flash(f"{ref} is revised")
    ann.page.get_by_label("What you want to say").fill("Is that better, @Bo")
    ann.page.get_by_role("button", name="Find a name").click()
    ann.page.get_by_role("button", name="Bo Marsh").click()
    expect(ann.page.get_by_label("What you want to say")).to_have_value(re.compile("@Bo Marsh"))
    ann.page.get_by_role("button", name="Say it").click()
    ann.flash("Said, and told to Bo Marsh")
    bo.decide(ref, "Approve")
    bo.flash(f"Approved, and {ref} is applied")
    assert live(stage, key)[0] == "17000.00"
    ann.open(f"/changes/{ref}")
    ann.main.get_by_role("link", name="Undo…").click()
    ann.page.get_by_role("button", name="Undo").last.click()
    undone = ann.reference()
    bo.decide(undone, "Approve")
    bo.badge("Applied")
    assert live(stage, key) == before
    ann.told(f"{undone} was approved and applied")


def test_a_discussion_stays_in_its_place(visit: Visit, stage: Stage) -> None:
    """Looking for a name moves nothing; after saying something one is beside it; both without scripts as well."""
    key, _ = customer(stage, 34)
    ann, bo, plain = visit("ann"), visit("bo"), visit("bo", javascript=False)
    ref = ann.ask(key, "They ask for more.", limit="14500")
    for person in (bo, plain):
        person.open(f"/changes/{ref}")
        field = person.page.get_by_label("What you want to say")
        field.fill("Do they pay, @Ann")
        person.page.get_by_role("button", name="Find a name").click()
        person.page.locator("ul.found button").get_by_text("Ann Arbor").click()
        expect(field).to_have_value("Do they pay, @Ann Arbor ")
        expect(field).to_be_in_viewport()
        if person is bo:
            expect(field).to_be_focused()
            assert bo.page.url.split("#")[0].endswith(f"/changes/{ref}"), "no address that takes forms alone"
        person.page.get_by_role("button", name="Say it").click()
        said = person.main.locator("#discussion li").last
        expect(said).to_contain_text("Do they pay, @Ann Arbor")
        expect(said).to_be_in_viewport()
        expect(person.page.locator("#flashes")).to_contain_text("told to Ann Arbor")
    expect(bo.page.locator("#talk-form")).to_be_focused()
