"""A company with enough people to approve things: three managers, two owners, a firefighter; and how they do it."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import psycopg
from playwright.sync_api import Page

from ops.db import Database
from ops.identity.people import map_groups
from tests.browser.test_pages import looked_at
from tests.browser.visitor import Visitor
from tests.stage import Stage

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NAMES = {
    "ann": "Ann Arbor", "bo": "Bo Marsh", "cy": "Cy Young", "oz": "Oz Park",
    "mia": "Mia Holm", "max": "Max Winter", "eve": "Eve Brandt",
}  # fmt: skip
HIRED = {"mia": ["managers"], "max": ["managers"], "eve": ["operations", "firefighters"]}
RULES = (
    (
        "Limits over 50,000 need two managers and an owner", "new.credit_limit > 50000", "{}",
        [{"role": "manager", "needed": 2, "due": 24}, {"role": "owner", "needed": 1}],
    ),
    ("Undoing needs a manager", "", "{undo}", [{"role": "manager", "needed": 1}]),
)  # fmt: skip


def hire(stage: Stage) -> None:
    """More people at the provider, what their groups mean here, and the rules that ask several of them."""
    for sub, groups in HIRED.items():
        claims = {"name": NAMES[sub], "email": f"{sub}@example.com", "email_verified": True, "groups": groups}
        request = urllib.request.Request(
            f"{stage.issuer}/users/{sub}", json.dumps(claims).encode(), {"Content-Type": "application/json"},
            method="PUT",
        )  # fmt: skip
        urllib.request.urlopen(request, timeout=10).close()
    with psycopg.connect(stage.database_url) as connection:
        connection.execute(
            "INSERT INTO ops.role (name, label, permissions) "
            "VALUES ('firefighter', 'Firefighter', '{changes.emergency}')"
        )
        for name, condition, sources, stages in RULES:
            connection.execute(
                "INSERT INTO ops.approval_rule (name, tables, kinds, condition, sources, stages) "
                "VALUES (%s, '{shop.customers}', '{update}', %s, %s, %s)",
                (name, condition, sources, json.dumps(stages)),
            )
    db = Database(stage.database_url, application_name="countersign tests", pool_size=1)
    try:
        with db.transaction() as tx:
            map_groups(tx, stage.issuer, {"firefighters": ("firefighter",)})
    finally:
        db.close()


def ask_database(stage: Stage, text: str, *values: Any) -> Any:
    """The row that the database has for it."""
    with psycopg.connect(stage.database_url) as connection:
        return connection.execute(text.encode(), values).fetchone()


def customer(stage: Stage, number: int) -> tuple[int, str]:
    """A customer of one test's own: the key and the name."""
    found = ask_database(
        stage,
        "SELECT id, name FROM shop.customers WHERE country <> 'IS' AND credit_limit < 9000 AND status = 'active'"
        " AND name IN (SELECT name FROM shop.customers GROUP BY name HAVING count(*) = 1)"
        " ORDER BY id OFFSET %s LIMIT 1",
        number,
    )
    assert found is not None
    return int(found[0]), str(found[1])


def live(stage: Stage, key: int) -> tuple[str, str]:
    """Credit limit and city as the database has them."""
    found: tuple[str, str] = ask_database(
        stage, "SELECT credit_limit::text, city FROM shop.customers WHERE id = %s", key
    )
    return found


def fit(page: Page, name: str) -> None:
    """axe finds nothing in any theme or width, nothing is wider than the window; and pictures for who wants them."""
    picture(page, name)
    found = looked_at(page, name)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert not found, "\n\n".join(found)


def picture(page: Page, name: str) -> None:
    """The page as it stands in both widths and themes, if OPS_TEST_PICTURES names a folder."""
    folder = os.environ.get("OPS_TEST_PICTURES")
    if not folder:
        return
    size = page.viewport_size
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 860})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.screenshot(path=str(Path(folder) / f"{name}-{width}-{theme}.png"), full_page=True)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if size:
        page.set_viewport_size(size)


@contextmanager
def a_delegation(lender: Visitor, name: str) -> Iterator[None]:
    """Lent on its page for today and tomorrow, and taken back in the end."""
    lender.open("/delegations/")
    form = lender.main.locator("#delegate")
    form.get_by_label("Who", exact=True).select_option(label=name)
    form.get_by_label("Why").fill("At the fair until tomorrow.")
    form.get_by_role("button", name="Let them decide").click()
    lender.flash(f"{name} decides for you from")
    yield
    lender.open("/delegations/")
    lender.main.get_by_role("button", name=f"Take back from {name}").click()
    lender.flash("It has ended")
