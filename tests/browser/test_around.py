"""Around a decision, with the whole product: Bo is told by mail and on his desk, lends his seat, and it is done so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from ops import changes, identity, policy
from ops.changes import Operation
from ops.platform import Platform, build
from ops.settings import load
from tests.browser.conftest import demo_stage, without_complaint
from tests.browser.visitor import Visitor
from tests.notices.receiving import Mailbox, mail_server
from tests.stage import Stage

PICTURES = os.environ.get("OPS_TEST_PICTURES")


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Mailbox]]:
    with mail_server() as (mailbox, port):
        mail = {"OPS_SMTP_URL": f"smtp://localhost:{port}", "OPS_MAIL_FROM": "Countersign <ops@example.com>"}
        with demo_stage(tmp_path_factory.mktemp("post"), 13, **mail) as stage:
            yield stage, mailbox


def ask(platform: Platform, sub: str, count: int) -> list[str]:
    """Higher credit limits of so many customers, each of which asks somebody."""
    table = platform.catalog.by_name("shop", "customers")
    with platform.db.reading() as tx:
        who = tx.scalar(sa.text("SELECT id FROM ops.person WHERE sub = :sub"), {"sub": sub})
        actor = identity.actor_for(tx, int(who), source="web")
        seen = policy.view(actor, table)
        rows = tx.execute(seen.select(seen.text("id"), seen.text("credit_limit")).limit(count)).all()
    asked = []
    for number, (key, limit) in enumerate(rows):
        one = Operation(
            "update", table, f"~{key}", {"credit_limit": limit}, {"credit_limit": f"1900{number}.00"}
        )
        asked.append(
            changes.propose(platform.db, platform.catalog, actor, [one], reason="a good year").reference
        )
    return asked


def picture(visitor: Visitor, name: str) -> None:
    """For eyes, where somebody asks for it: two widths, light and dark."""
    if not PICTURES:
        return
    for theme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=theme)
        for width in (1280, 390):
            visitor.page.set_viewport_size({"width": width, "height": 900})
            wide = visitor.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} wide on {width}"
            visitor.page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}-{theme}.png"), full_page=True)
    visitor.page.emulate_media(color_scheme="light")
    visitor.page.set_viewport_size({"width": 1280, "height": 860})


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)


def test_told_lent_and_decided(browser: Browser, post: tuple[Stage, Mailbox]) -> None:
    stage, mailbox = post
    with without_complaint(stage) as visitors:
        people = {}
        for sub in ("ann", "oz", "bo"):
            people[sub] = Visitor(browser, stage)
            visitors.append(people[sub])
            people[sub].sign_in(sub)
        bo, oz = people["bo"], people["oz"]
        platform = build(load(stage.environ), "command")
        first = ask(platform, "ann", 4)[0]
        until(lambda: any("bo@" in mail["To"] and first in mail["Subject"] for mail in mailbox.mails))
        mail = next(one for one in mailbox.mails if "bo@" in one["To"] and first in one["Subject"])
        assert f"{stage.origin}/changes/{first}" in mail.get_body(("plain",)).get_content()
        bo.open("/")
        expect(bo.page.locator("#waiting li")).to_have_count(4)
        expect(bo.page.locator("#ages title")).to_have_text(
            "What waits for you, by age: < 1 h 4, < 1 day 0, 1 day 0, 2 days 0, 3+ days 0"
        )
        picture(bo, "desk")
        picture(people["ann"], "desk-ann")
        until(lambda: len([one for one in mailbox.mails if "bo@" in one["To"]]) == 4)
        bo.page.locator("#bell a").click()
        expect(bo.page.locator("#inbox li")).to_have_count(4)
        picture(bo, "inbox")
        bo.page.locator("#read-notices button").click()
        expect(bo.page.locator("#bell")).to_have_text("")
        bo.open("/notices/preferences")
        picture(bo, "preferences")
        bo.page.get_by_label("A change waits for my decision").select_option("digest")
        bo.page.get_by_role("button", name="Keep these choices").click()
        expect(bo.page.locator("#flashes")).to_contain_text("Your choices are kept")
        bo.open("/delegations/")
        bo.page.get_by_label("Who", exact=True).select_option(index=1)
        bo.page.get_by_label("Why", exact=True).fill("at the sea")
        bo.page.get_by_role("button", name="Let them decide").click()
        expect(bo.page.locator("#given")).to_contain_text("at the sea")
        picture(bo, "delegations")
        oz.open(f"/changes/{first}")
        picture(oz, "change-lent")
        oz.open("/")
        expect(oz.page.locator("[id^=lent-]")).to_contain_text("You decide for")
        picture(oz, "desk-oz")
        platform.close()
