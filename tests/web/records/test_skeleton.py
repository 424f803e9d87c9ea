"""P13, P21 What is kept of a form holds nothing of a record, a person or a request: it comes out as rendered anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from ops.platform import Platform
from ops.web.kept import Kept
from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

ORDERS, CUSTOMERS = "/tables/shop.orders/", "/tables/shop.customers/"
# One record after the other, so that nothing of the first is left in the second.
PATHS = (
    *(f"{ORDERS}~{key}/edit" for key in (40, 41, 42)),
    f"{ORDERS}~41/edit?from=q%3Da",
    f"{ORDERS}new",
    f"{ORDERS}new?like=~40",
    f"{ORDERS}new?like=~42",
    *(f"{CUSTOMERS}~{key}/edit" for key in (8, 9)),
    f"{CUSTOMERS}new",
)
_TOKENS = re.compile(r'(name="(?:csrf_token|form_token)" value=)"[^"]+"')


@pytest.fixture(autouse=True)
def keeping(app: Flask) -> None:
    """As in production."""
    app.extensions["countersign_kept"] = Kept(fresh=False)


def _form(visitor: Visitor) -> str:
    assert visitor.answer is not None
    text = str(visitor.answer.text)
    return _TOKENS.sub(r'\1"token"', text[text.index('<form id="record-form"') : text.index("</main>")])


def _states(house: House) -> Iterator[tuple[str, str, str]]:
    """Forms as they open, with one more line, with what was wrong, with a draft: by whom and where."""
    for sub in ("ann", "oz", "cy"):
        visitor = house.visit(sub)
        for path in PATHS:
            if visitor.get(path).status_code == 200:
                yield sub, path, _form(visitor)
        if sub == "cy":
            continue  # may read, not edit
        for path in (f"{ORDERS}~40/edit", f"{CUSTOMERS}~8/edit"):
            yield from ((sub, f"{path} {state}", form) for state, form in _sent(visitor, path))


def _sent(visitor: Visitor, path: str) -> Iterator[tuple[str, str]]:
    visitor.get(path)
    fields = posted(visitor.page)
    token, more = fields["csrf_token"], visitor.page.select_one("button[name=more]")
    if more is not None:
        said = {"reason": "<because>", "more": str(more["value"])}
        visitor.post(path, {**fields, **said}, csrf=token)
        yield "more", _form(visitor)
    wrong = {**fields, "reason": '"so"', "v.total" if "v.total" in fields else "v.credit_limit": "<many>"}
    visitor.post(path, wrong, csrf=token)
    assert visitor.page.select("#errors")
    yield "wrong", _form(visitor)
    visitor.get(path)
    assert "&lt;because&gt;" not in _form(visitor) and "so" not in posted(visitor.page)["reason"]


def test_every_form_is_the_one_its_templates_render(app: Flask, house: House) -> None:
    """Of three people of different rights, twice each: once to keep, once out of what is kept."""
    list(_states(house))
    kept = list(_states(house))
    app.extensions["countersign_kept"] = Kept(fresh=True)
    assert len(kept) > 20
    for one, other in zip(kept, _states(house), strict=True):
        assert one == other


def test_tokens_are_the_request_s_own(visit: Callable[..., Visitor]) -> None:
    seen = []
    for person in (visit("ann"), visit("ann"), visit("oz")):
        for key in (40, 41):
            person.get(f"{ORDERS}~{key}/edit")
            fields = posted(person.page)
            assert str(person.page.select_one("#record-form")["action"]).endswith(f"~{key}/edit")
            seen.append((fields["csrf_token"], fields["form_token"]))
    assert len({csrf for csrf, _ in seen}) == 3
    assert len({form for _, form in seen}) == len(seen)


def test_rights_that_end_take_their_fields_with_them(
    visit: Callable[..., Visitor], platform: Platform
) -> None:
    ann = visit("ann")
    for _ in range(2):
        assert ann.get(f"{ORDERS}~40/edit").status_code == 200
        assert ann.page.select("table.lines input[name$=quantity]")
    with platform.db.transaction() as tx:
        tx.execute(sa.text("DELETE FROM ops.person_role WHERE role = 'operator'"))
    assert ann.get(f"{ORDERS}~40/edit").status_code == 403


def test_who_is_there_is_told_only_while_they_are(visit: Callable[..., Visitor], platform: Platform) -> None:
    ann, oz = visit("ann"), visit("oz")
    for _ in range(2):
        ann.get(f"{ORDERS}~40/edit")
        assert not ann.page.select(".presence p")
    oz.get(f"{ORDERS}~40/edit")
    token = posted(oz.page)["csrf_token"]
    assert oz.post(f"{ORDERS}~40/presence", {"mode": "edit"}, csrf=token).status_code == 200
    ann.get(f"{ORDERS}~40/edit")
    assert len(ann.page.select(".presence p")) == 1
    with platform.db.transaction() as tx:
        tx.execute(sa.text("DELETE FROM ops.presence"))
    ann.get(f"{ORDERS}~40/edit")
    assert not ann.page.select(".presence p")
