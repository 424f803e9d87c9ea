"""Take the pictures of docs/pictures anew: the real product with its demo, seen by Chromium.

    make screenshots

Starts `ops up --demo` in a folder of its own, does what people do there, and photographs seven pages, each
1280 and 390 pixels wide, light and dark.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402 - needs the path above

from tests.browser.conftest import CHROMIUM, FLAGS  # noqa: E402 - needs the path above
from tests.browser.visitor import Visitor  # noqa: E402 - needs the path above
from tests.servers import free_port  # noqa: E402 - needs the path above
from tools.png import smaller  # noqa: E402 - needs the path above

PICTURES = ROOT / "docs" / "pictures"
LARGEST = 150_000  # bytes: a README is read on phones too
WIDTHS = {1280: 720, 390: 844}
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """Where the product and its sign-in are."""

    origin: str
    issuer: str


@dataclass(frozen=True)
class Picture:
    """A page of one person, and what to do before it is photographed."""

    name: str
    sub: str
    path: str
    prepare: Callable[[Page], None] = lambda page: None


def main() -> None:
    """Start, act, photograph, end."""
    with tempfile.TemporaryDirectory(prefix="countersign-pictures-") as home, sync_playwright() as playwright:
        Path(home).chmod(0o755)
        process, place = started(Path(home))
        try:
            browser = playwright.chromium.launch(
                executable_path=str(CHROMIUM), args=[*FLAGS, "--disable-lcd-text"]
            )
            photograph(browser, place, act(browser, place))
            browser.close()
        finally:
            process.terminate()
            process.wait(60)


def started(home: Path) -> tuple[subprocess.Popen[bytes], Place]:
    """`ops up --demo`, once it says where it runs."""
    port, log = free_port(), home / "up.log"
    env = {name: value for name, value in os.environ.items() if not name.startswith("OPS_")}
    env |= {"OPS_HOME": str(home / "home"), "OPS_ENV_LABEL": "demo"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "up", "--demo", "--port", str(port)],
            env=env, stdout=out, stderr=out, cwd=ROOT,
        )  # fmt: skip
    until = time.monotonic() + 180
    while "Countersign runs at" not in log.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"ops up did not start:\n{log.read_text()}")
        time.sleep(0.2)
    sign_in = (home / "home" / "demo-sign-in.port").read_text()
    return process, Place(f"http://localhost:{port}", f"http://localhost:{sign_in}")


def visitor(browser: Browser, place: Place, sub: str) -> Visitor:
    """A person, signed in."""
    found = Visitor(browser, place)  # type: ignore[arg-type] - it has what a Stage is asked for
    found.sign_in(sub)
    return found


def act(browser: Browser, place: Place) -> list[Picture]:
    """Leave the traces of a working morning; the pictures that show them."""
    bo = visitor(browser, place, "bo")  # first: the platform tells whom it knows
    ann = visitor(browser, place, "ann")
    customers = rows(ann, "/tables/shop.customers/?f.status.is=active&sort=name", 6)
    order = rows(ann, "/tables/shop.orders/?f.status.is=shipped", 1)[0]
    ask(ann, customers[0], "14500", "Three clean years; they order for two new shops from December.")
    ask(ann, customers[1], "12000", "Asked for by phone, confirmed by mail from their buyer.")
    ask(ann, customers[2], "18000", "Annual review: raised with the turnover of this year.")
    ask(ann, customers[3], "2500", "Payment was late twice.")
    ann.open("/tables/shop.orders/?f.status.is=shipped")
    ann.page.get_by_role("button", name="Export this list").click()
    expect(ann.page.get_by_role("link", name="Download")).to_be_visible(timeout=60_000)
    with ann.page.expect_download():
        ann.page.get_by_role("link", name="Download").click()
    ann.open("/tables/shop.tickets/?f.state.is=open")
    ann.page.get_by_role("button", name="Export this list").click()
    expect(ann.page.get_by_role("link", name="Download")).to_be_visible(timeout=60_000)
    waiting = rows(bo, "/approvals/", 3)
    bo.open(waiting[-1])
    bo.page.get_by_label("Comment").fill("Agreed, their payments are in order.")
    bo.page.get_by_role("button", name="Approve").click()
    expect(bo.page.get_by_text("is applied")).to_be_visible()
    for person in (ann, bo):
        person.context.close()
    return [
        Picture("list", "ann", "/tables/shop.orders/?sort=-placed_at"),
        Picture("record", "ann", order),
        Picture("form", "ann", customers[4] + "/edit", typing),
        Picture("approval", "bo", waiting[0]),
        Picture("desk", "bo", "/"),
        Picture("audit", "cy", "/audit/"),
        Picture("exports", "ann", "/exports/"),
    ]


def rows(person: Visitor, path: str, count: int) -> list[str]:
    """The addresses of the first rows of a list."""
    person.open(path)
    links = person.page.locator("[data-row]")
    expect(links.nth(count - 1)).to_be_attached()
    return [str(links.nth(n).get_attribute("href")) for n in range(count)]


def ask(person: Visitor, address: str, limit: str, reason: str) -> None:
    """Change a customer's credit limit."""
    person.open(address + "/edit")
    typing(person.page, limit, reason)
    person.page.get_by_role("button", name=re.compile("^(Save|Send)")).click()
    person.page.wait_for_url(lambda url: not url.endswith("/edit"))


def typing(page: Page, limit: str = "16000", reason: str = "Two large orders a month since summer.") -> None:
    """Fill in the form, but do not send it."""
    page.get_by_label("Credit limit", exact=True).fill(limit)
    page.get_by_label("Reason").fill(reason)
    page.get_by_label("Credit limit", exact=True).focus()


def photograph(browser: Browser, place: Place, pictures: list[Picture]) -> None:
    """Write every picture, in every width and theme."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    people = {sub: visitor(browser, place, sub) for sub in sorted({picture.sub for picture in pictures})}
    for picture in pictures:
        person = people[picture.sub]
        person.open(picture.path)
        picture.prepare(person.page)
        for width, height in WIDTHS.items():
            person.page.set_viewport_size({"width": width, "height": height})
            person.page.evaluate("() => window.scrollTo(0, 0)")
            for theme in THEMES:
                person.page.emulate_media(color_scheme=theme)
                file = PICTURES / f"{picture.name}-{width}-{theme}.png"
                file.write_bytes(smaller(person.page.screenshot(animations="disabled", caret="hide")))
                print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1000} kB")
                if file.stat().st_size > LARGEST:
                    raise SystemExit(f"{file.name} is larger than {LARGEST // 1000} kB")
    for person in people.values():
        if person.complaints:
            raise SystemExit("\n".join(person.complaints))
        person.context.close()


if __name__ == "__main__":
    main()
