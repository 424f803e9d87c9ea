"""A person's program: signs in over real HTTP, fills in forms as a browser would, and can send one twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag

from tests.stage import Stage

SECONDS = 30


@dataclass(frozen=True)
class Form:
    """A form as it stood on a page: sending it again sends the same token."""

    action: str
    data: dict[str, str]

    def filled(self, **values: str) -> Form:
        """The same form with other values; `__` in a name stands for a dot."""
        return replace(self, data={**self.data, **{n.replace("__", "."): v for n, v in values.items()}})


class Client:
    """One signed-in person."""

    def __init__(self, stage: Stage, sub: str) -> None:
        self.stage = stage
        self.http = requests.Session()
        self.http.headers["Sec-Fetch-Site"] = "same-origin"
        begin = self.send(self.form("/sign-in", "#sign-in-1"), follow=False)
        chosen = self.http.post(
            begin.headers["Location"], {"sub": sub}, timeout=SECONDS, allow_redirects=False
        )
        answer = self.http.get(chosen.headers["Location"], timeout=SECONDS)
        assert answer.status_code == 200, answer.text

    def get(self, path: str) -> requests.Response:
        """Open an address."""
        return self.http.get(urljoin(self.stage.origin, path), timeout=SECONDS)

    def page(self, path: str) -> BeautifulSoup:
        """Open a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return BeautifulSoup(answer.text, "html.parser")

    def form(self, path: str, selector: str) -> Form:
        """The form as a browser would send it untouched."""
        return self._read(self.page(path), path, selector)

    def form_of(self, answer: requests.Response, selector: str) -> Form:
        """The form on a page that was answered to another."""
        assert answer.status_code == 200, (answer.url, answer.status_code, answer.text)
        return self._read(BeautifulSoup(answer.text, "html.parser"), answer.url, selector)

    def _read(self, page: BeautifulSoup, path: str, selector: str) -> Form:
        found = page.select_one(selector)
        assert found is not None, f"no form {selector} on {path}"
        data = {
            str(field["name"]): value
            for field in found.select("[name]")
            if (value := _value(field)) is not None
        }
        return Form(urljoin(urljoin(self.stage.origin, path), str(found.get("action") or "")), data)

    def send(self, form: Form, *, follow: bool = True) -> requests.Response:
        """Send it. Raises requests.RequestException where the connection is cut."""
        return self.http.post(form.action, form.data, timeout=SECONDS, allow_redirects=follow)

    def ask_for(self, table: str) -> str:
        """Ask for the whole list as a file; the address of the export's page."""
        token = self.form("/exports/", "form[action='/sign-out']").data["csrf_token"]
        form = Form(
            self.stage.origin + "/exports/",
            {"csrf_token": token, "table": table, "list": "", "form_token": ""},
        )
        answer = self.send(form, follow=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


def _value(field: Tag) -> str | None:
    kind = field.get("type", "")
    if field.has_attr("disabled") or field.name == "button" or kind in ("submit", "button", "file"):
        return None
    if kind in ("checkbox", "radio"):
        return str(field.get("value", "on")) if field.has_attr("checked") else None
    if field.name == "select":
        chosen = field.select_one("option[selected]") or field.select_one("option")
        return str(chosen["value"]) if chosen is not None else None
    if field.name == "textarea":
        return field.text.removeprefix("\n")
    return str(field.get("value", ""))
