"""One person's browser: signs in by the provider's page, asks and decides, notes whatever a browser complains about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    expect,
)

from tests.stage import Stage

# What the browser itself says of every answer over 399; which of them are wrong is judged by address below.
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (4\d\d)")
_WATCH = """document.addEventListener('securitypolicyviolation', (event) =>
    console.error('policy violated: ' + event.violatedDirective + ' ' + event.blockedURI))"""
_LABELS = {"limit": "Credit limit", "city": "City"}


class Visitor:
    """A browser context with one page. `complaints`: errors, violated policies, requests to strangers."""

    def __init__(
        self,
        browser: Browser,
        stage: Stage,
        *,
        javascript: bool = True,
        width: int = 1280,
        theme: str = "light",
        touch: bool = False,
    ) -> None:
        self.stage = stage
        self._javascript = javascript
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=stage.origin,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 860},
            has_touch=touch,
            is_mobile=touch,
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Amsterdam",
        )
        self.context.set_default_timeout(10_000)
        self._ours = {urlsplit(stage.origin).netloc, urlsplit(stage.issuer).netloc}
        self.context.route(lambda url: urlsplit(url).netloc not in self._ours, self._stranger)
        self.context.on("response", self._answered)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        if javascript:
            self.context.add_init_script(_WATCH)
        self.page: Page = self.context.new_page()

    def open(self, path: str) -> Response:
        """Go to one of our addresses."""
        answer = self.page.goto(path)
        assert answer is not None
        self.at_work()
        return answer

    def at_work(self) -> None:
        """Wait until the page's scripts are: htmx begins a moment after loading, links just lead on until then."""
        if self._javascript:
            self.page.locator("body:not(:has(#palette)), [data-htmx-powered]").first.wait_for(
                state="attached"
            )

    def sign_in(self, sub: str, path: str = "/") -> None:
        """The whole way, by both pages, to the page that was asked for."""
        self.open(path)
        self.through_provider(sub)
        self.page.wait_for_url(self.stage.origin + path)
        self.at_work()

    def through_provider(self, sub: str) -> None:
        """From our sign-in page through the provider's."""
        self.page.get_by_role("button", name="Sign in with").click()
        self.page.wait_for_url(self.stage.issuer + "/**")
        found = self.page.locator(f"button[name=sub][value={sub}]")
        if not found.count():  # somebody whom the provider knows but its page does not offer
            found = self.page.locator("button[name=sub]").first
            found.evaluate("(button, sub) => { button.value = sub }", sub)
        found.click()

    def sign_out(self) -> None:
        """By the person's menu, and at the provider too."""
        self.page.locator("button.person").click()
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url(self.stage.issuer + "/**")
        self.page.get_by_role("button", name="End session").click()
        self.page.wait_for_url(self.stage.origin + "/sign-in*")

    @property
    def main(self) -> Any:
        """The page's own part, without the frame."""
        return self.page.locator("#main")

    def heading(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page has this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def ask(self, key: int, reason: str, **typed: str) -> str:
        """Open the customer's form, type, send; the reference of the change that waits."""
        self.open(f"/tables/shop.customers/~{key}/edit")
        for name, value in typed.items():
            self.page.get_by_label(_LABELS[name], exact=True).fill(value)
        self.page.get_by_label("Reason").fill(reason)
        self.page.locator("#record-form button.primary").click()
        expect(self.page.locator("#flashes")).to_contain_text("waits for approval")
        return self.reference()

    def reference(self) -> str:
        """The change that was just told of."""
        found = re.search(r"CH-\d+", self.page.locator("#flashes").inner_text())
        assert found, self.page.locator("#flashes").inner_text()
        return found[0]

    def decide(self, ref: str, button: str, comment: str = "") -> None:
        """Open the change, and press one of the buttons under it."""
        self.open(f"/changes/{ref}")
        if comment:
            self.page.get_by_label("Comment", exact=True).fill(comment)
        self.page.locator("#decision").get_by_role("button", name=button).click()

    def flash(self, words: str | re.Pattern[str]) -> None:
        """They are told so on top of the page."""
        expect(self.page.locator("#flashes")).to_contain_text(words)

    def badge(self, words: str) -> None:
        """The state that stands beside the heading."""
        expect(self.main.locator("header.head > .badge")).to_have_text(words)

    def told(self, *words: str) -> None:
        """Look at the notices until one line has all of these words: they come within seconds, not at once."""
        for _ in range(60):
            self.open("/notices/")
            lines = self.main.locator("#inbox li")
            if any(all(one in line for one in words) for line in lines.all_inner_texts()):
                return
            self.page.wait_for_timeout(250)
        raise AssertionError(f"{words} not in:\n{self.main.inner_text()}")

    def nothing_to_press(self, ref: str, why: str = "") -> None:
        """P27: the page is theirs to read; neither a bar nor a button decides, and the address refuses too."""
        self.open(f"/changes/{ref}")
        expect(self.main).to_contain_text(ref)
        expect(self.page.locator("#decision")).to_have_count(0)
        for verdict in ("Approve", "Reject", "Send back"):
            expect(self.main.get_by_role("button", name=verdict)).to_have_count(0)
        if why:
            expect(self.main.locator("#why-not")).to_contain_text(why)

    def _stranger(self, route: Route) -> None:
        if not route.request.url.startswith(("data:", "blob:")):
            self.complaints.append(f"a request to a stranger: {route.request.url}")
        route.abort()

    def _answered(self, response: Response) -> None:
        request: Request = response.request
        path = urlsplit(response.url).path
        if response.status >= 500 or (response.status >= 400 and path.startswith("/static/")):
            self.complaints.append(f"{response.status} for {request.method} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _STATUS.match(message.text):
            where = message.location.get("url", "")
            if urlsplit(where).netloc in ("", urlsplit(self.stage.origin).netloc):
                self.complaints.append(f"console {message.type} on {self.page.url}: {message.text} ({where})")


Visit = Callable[..., Visitor]  # visit("ann"): see conftest
