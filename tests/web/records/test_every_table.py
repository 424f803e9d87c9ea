"""Every table of the demo and of databases nobody here wrote: it lists, opens, and comes back from its form."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

from ops.catalog import Table
from ops.changes import settable
from ops.policy import view
from ops.web.addresses import list_href
from tests.web.records.forms import House, posted
from tests.web.visiting import Visitor

DATABASES = ["shop", "northwind", "pagila"]


@pytest.mark.parametrize("name", DATABASES)
def test_every_table_lists_opens_and_saves_untouched(name: str, open_house: Callable[[str], House]) -> None:
    """P15, P20: and an untouched form changes nothing, whatever the row's values are."""
    house = open_house(name)
    oz = house.visit("oz")
    tables = [table for table in house.platform.catalog if table.schema != "ops"]
    assert len(tables) > 10
    edited = 0
    for table in tables:
        _lists(house, oz, table)
        for href in [str(link["href"]) for link in oz.page.select("a[data-row]")][:2]:
            edited += _opens(house, oz, table, href)
    assert house.changes() == 0
    assert edited >= 10


def _lists(house: House, person: Visitor, table: Table) -> None:
    for one in view(house.actor("oz"), table, house.platform.catalog).columns:
        status = person.get(f"{list_href(table)}?sort=-{quote(one.name)}").status_code
        assert status == (422 if one.masked or not one.column.comparable else 200), (table.ref, one.name)
    for state in ("q=a", "last=", "f.nothing.is=1"):
        status = person.get(f"{list_href(table)}?{state}").status_code
        assert status == (404 if "nothing" in state else 200), (table.ref, state)
    for column in table.columns.values():
        answer = person.get(f"{list_href(table)}?f.{quote(column.name)}.is=%27%22%3Cb%3E")
        assert answer.status_code in (200, 404, 422), (table.ref, column.name)
    assert person.get(list_href(table)).status_code == 200


def _opens(house: House, person: Visitor, table: Table, href: str) -> int:
    assert person.get(href).status_code == 200, href
    assert person.get(f"{href}/history").status_code == 200, href
    seen = view(house.actor("oz"), table, house.platform.catalog)
    assert person.get(f"{list_href(table)}new").status_code == (200 if seen.may("create") else 403)
    assert person.get(f"{href}/delete").status_code == (200 if seen.may("delete") else 403), href
    answer = person.get(f"{href}/edit")
    if not seen.may("edit"):
        assert answer.status_code == 403
        return 0
    assert answer.status_code == 200, href
    if not settable(seen, "update"):
        return 0
    fields = posted(person.page)
    assert any(one.startswith("v.") for one in fields)
    answer = person.post(f"{href}/edit", fields, csrf=fields["csrf_token"])
    assert answer.status_code == 303, (href, person.page.select_one("#main").get_text(" ", strip=True))
    person.follow()
    assert "Nothing changed, so nothing was saved." in person.page.select_one("#flashes").text
    return 1
