"""Rights change hands as people do it: an owner asks, cannot serve herself, another owner agrees, and why says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visit, Visitor
from tests.stage import Stage


def number_of(stage: Stage, sub: str) -> int:
    """The person's number."""
    with psycopg.connect(stage.database_url) as connection:
        found = connection.execute("SELECT id FROM ops.person WHERE sub = %s", (sub,)).fetchone()
    assert found is not None, sub
    return int(found[0])


@pytest.fixture
def stranger(stage: Stage) -> Iterator[None]:
    """Dee is a stranger before and after: other tests of the stage count on it."""
    yield
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(
            "DELETE FROM ops.person_role WHERE person_id = (SELECT id FROM ops.person WHERE sub = 'dee')"
        )


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_role_from_asking_to_why(visit: Visit, stage: Stage, javascript: bool) -> None:
    """P17, P27: Oz gives Dee a role, not herself one; Ola agrees; Dee sees; the page says why."""
    role = "Viewer" if javascript else "Operator"
    dee, oz = visit("dee", javascript=javascript), visit("oz", javascript=javascript)
    ola = visit("ola", javascript=javascript)
    cannot_serve_herself(oz, number_of(stage, "oz"))
    reference = asks(oz, role)
    expect(oz.main).to_contain_text("You had a hand in this change")
    assert dee.open("/tables/shop.orders/").status == 403
    agrees(ola, reference, role)
    assert dee.open("/tables/shop.orders/").status == 200
    explains(oz, role, reference)


def cannot_serve_herself(oz: Visitor, me: int) -> None:
    """Her own page offers no such form and says why; who types the address is refused with a sentence."""
    oz.open(f"/people/{me}")
    expect(oz.main).to_contain_text("Nobody gives roles to themselves")
    expect(oz.main.get_by_role("link", name="Give a role")).to_have_count(0)
    answer = oz.open(f"/people/{me}/roles/new")
    assert answer.status == 403
    expect(oz.main).to_contain_text("Nobody gives roles to themselves or takes them. Ask another owner.")


def asks(oz: Visitor, role: str) -> str:
    """From the list to the person to the form to the change; its reference."""
    oz.open("/people/")
    oz.page.get_by_role("searchbox", name="Find by name or address").fill("dee")
    oz.page.keyboard.press("Enter")
    oz.main.get_by_role("link", name="Dee Field").click()
    oz.heading("Dee Field")
    oz.main.get_by_role("link", name="Give a role").click()
    oz.heading("Give Dee Field a role")
    oz.main.get_by_role("radio", name=re.compile(f"^{role}")).check()
    oz.page.get_by_label("Reason").fill("She helps with the stocktaking until Friday.")
    oz.page.get_by_role("button", name="Send for approval").click()
    oz.heading(f"Give Dee Field the role {role}")
    flashes = oz.page.locator("#flashes")
    expect(flashes).to_contain_text("waits for another owner")
    found = re.search(r"CH-\d+", flashes.inner_text())
    assert found
    return found[0]


def agrees(ola: Visitor, reference: str, role: str) -> None:
    """She finds it among what waits for her, reads it and approves."""
    ola.open("/approvals/")
    ola.main.get_by_role("link", name=f"Give Dee Field the role {role}").first.click()
    expect(ola.page).to_have_url(re.compile(re.escape(reference)))
    expect(ola.main).to_contain_text("stocktaking")
    ola.page.get_by_role("button", name="Approve").click()
    expect(ola.page.locator("#flashes")).to_contain_text("is applied")


def explains(oz: Visitor, role: str, reference: str) -> None:
    """The person's page tells who asked and who agreed; from there to the answer."""
    oz.open("/people/?q=dee")
    oz.main.get_by_role("link", name="Dee Field").click()
    roles = oz.main.locator("#roles")
    expect(roles).to_contain_text(f"{role} by hand")
    expect(roles).to_contain_text("Oz Park asked, Ola Berg agreed")
    expect(roles).to_contain_text(reference)
    oz.main.locator("#reach").get_by_role("link", name="Orders", exact=True).click()
    oz.heading("Who may, and why")
    expect(oz.main.locator("#answer")).to_contain_text("Dee Field may see Orders.")
    expect(oz.main.locator("#rules")).to_contain_text(f"Role {role.lower()} lets its people see Orders")
    oz.page.get_by_label("do this").select_option("approve")
    oz.page.get_by_role("button", name="Ask").click()
    expect(oz.main.locator("#answer")).to_contain_text("Dee Field may not approve changes of Orders.")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_looking_as_a_role(visit: Visit, stage: Stage, javascript: bool) -> None:
    """A banner on every page until it is stopped; nothing that is sent meanwhile is taken."""
    oz = visit("oz", path="/people/", javascript=javascript)
    oz.main.get_by_role("link", name="Look as a role").click()
    oz.main.get_by_role("radio", name=re.compile("^Operator")).check()
    oz.page.get_by_role("button", name="Look").click()
    banner = oz.page.locator("#looking")
    expect(banner).to_contain_text("You are looking as Operator.")
    oz.page.get_by_role("link", name="Orders", exact=True).first.click()
    oz.heading("Orders")
    expect(banner).to_contain_text("You are looking as Operator.")
    expect(oz.page.locator("#rail-inside")).not_to_contain_text("Approvals")
    oz.page.get_by_role("button", name="Export this list").click()
    expect(oz.main).to_contain_text("nothing you send is taken")
    banner.get_by_role("button", name="Stop").click()
    oz.heading("Look as a role")
    expect(banner).not_to_contain_text("You are looking")


def test_pages_about_people_are_fit_for_everybody(visit: Visit, stage: Stage) -> None:
    """axe, light and dark, on a desk and on a phone; nothing is wider than the window."""
    visit("ann")
    visit("dee")
    oz = visit("oz")
    ann, me = number_of(stage, "ann"), number_of(stage, "oz")
    found = []
    for name, path in {
        "people": "/people/",
        "nobody found": "/people/?q=zzzz",
        "a person": f"/people/{ann}",
        "oneself": f"/people/{me}",
        "give": f"/people/{ann}/roles/new",
        "switch off": f"/people/{ann}/off",
        "leave": f"/people/{ann}/leave",
        "sessions": "/people/sessions/",
        "sign-ins": "/people/sign-ins/",
        "why": "/people/why",
        "why not": f"/people/why?who={ann}&verb=approve&table=shop.orders",
        "why in a row": f"/people/why?who={ann}&verb=edit&table=shop.customers&row=7&column=city",
        "why wrong": "/people/why?table=shop.customers&row=none",
        "look as": "/people/preview",
    }.items():
        answer = oz.open(path)
        assert answer.status == (422 if name == "why wrong" else 200), (name, answer.status)
        found += looked_at(oz.page, name)
    oz.open("/people/preview")
    oz.main.get_by_role("radio", name=re.compile("^Viewer")).check()
    oz.page.get_by_role("button", name="Look").click()
    expect(oz.page.locator("#looking")).to_contain_text("Viewer")
    found += looked_at(oz.page, "looking")
    assert not found, "\n\n".join(found)


def test_by_keys_alone(visit: Visit, stage: Stage) -> None:
    """`/` finds, `j` and Enter open, `n` gives, `w` asks; focus lands on the heading's page each time."""
    visit("cy")
    oz = visit("oz", path="/people/")
    keys = oz.page.keyboard
    keys.press("/")
    keys.type("cy@")
    keys.press("Enter")
    expect(oz.main.locator("tbody tr")).to_have_count(1)
    keys.press("Escape")
    oz.page.evaluate("() => document.activeElement.blur()")
    keys.press("j")
    keys.press("Enter")
    oz.heading("Cy Young")
    keys.press("n")
    oz.heading("Give Cy Young a role")
    oz.page.go_back()
    oz.heading("Cy Young")
    keys.press("w")
    oz.heading("Who may, and why")
    expect(oz.main.locator("#f-who")).to_have_value(str(number_of(stage, "cy")))
