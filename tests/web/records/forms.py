"""A house of records: reads a page's form as a browser would, and sends it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag

from tests.web import shop_house
from tests.web.visiting import Visitor


class House(shop_house.House):
    """The application with its cast, and what people do with records."""

    def fill(
        self, sub: str, path: str, said: Mapping[str, str | None] | None = None, form: str = "record-form"
    ) -> Visitor:
        """Open a form, put in what is said (None takes a field out), and send it."""
        visitor = self.visit(sub)
        visitor.get(path)
        assert visitor.answer is not None
        assert visitor.answer.status_code == 200, (path, visitor.answer.text[:2000])
        return self.send(visitor, path, said, form)

    def send(
        self,
        visitor: Visitor,
        path: str,
        said: Mapping[str, str | None] | None = None,
        form: str = "record-form",
    ) -> Visitor:
        """Send the form of the page that is open."""
        fields = {**posted(visitor.page, form), **(said or {})}
        body = {name: value for name, value in fields.items() if value is not None}
        visitor.post(path, body, csrf=str(fields["csrf_token"]))
        return visitor

    def changes(self) -> int:
        """How many changes there are."""
        return int(self.one("SELECT count(*) FROM ops.change_set"))


def posted(page: BeautifulSoup, form: str = "record-form") -> dict[str, Any]:
    """What a browser would send of a form nobody touched."""
    found = page.select_one(f"form#{form}")
    assert found is not None, f"no form {form}: {page.get_text(' ', strip=True)[:500]}"
    fields: dict[str, Any] = {}
    for one in found.select("input[name], textarea[name], select[name]"):
        value = _value(one)
        if value is not None:
            fields[str(one["name"])] = value
    return fields


def _value(one: Tag) -> str | None:
    if one.has_attr("disabled"):
        return None
    if one.name == "textarea":
        # A parser of HTML drops the first line break, and a browser sends CRLF.
        text = one.get_text()
        return text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")
    if one.name == "select":
        chosen = one.select_one("option[selected]") or one.select_one("option")
        return "" if chosen is None else str(chosen.get("value", chosen.get_text()))
    if one.get("type") in ("checkbox", "radio"):
        return str(one.get("value", "on")) if one.has_attr("checked") else None
    # A browser drops line breaks in a field of one line.
    return (
        str(one.get("value", "")).replace("\r", "").replace("\n", "")
        if one.get("type") != "hidden"
        else (str(one.get("value", "")))
    )
