"""What stands around the rows of a list: the same whenever the same list is asked for, so it is rendered once.

It is remembered with the shape of rights it was made for (`ops.policy.shape`), which is another one as soon as rights,
roles, the catalog or what the Resource declares are others. All else it depends on is in the key.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from flask import current_app
from markupsafe import Markup

from ops.records import Page
from ops.web.csrf import csrf_token
from ops.web.kept import Holes, kept

if TYPE_CHECKING:
    from ops.web.records.listing import ListPage

MOST = 200  # lists of one table and shape of rights: searches differ from one person to the next


_PLACE = re.compile(r"(?:after|before)=([A-Za-z0-9_-]{16,})")  # of a row; unlike anything else a foot says


class Framing(NamedTuple):
    """Parts of templates/records/list.html: head and filters, the table's head, the bar for ticked rows, the foot."""

    top: Markup
    heads: Markup
    many: Markup
    foot: Markup


_FOOT = "records/_foot.html"
_TIMELESS = frozenset(("enum", "boolean", "text", "integer", "number", "money"))  # said alike on any day
_TEMPLATES = ("records/_top.html", "records/_heads.html", "records/_many.html")


def framing(page: ListPage, token: str) -> Framing:
    """The parts of this list; `token` is the form's."""
    holes = Holes(csrf=csrf_token(), form=token)
    key = None if kept().fresh else _key(page)
    top, heads, many = _rendered(page, _TEMPLATES, key, holes, token=token)
    places = _places(page.page)
    if key is not None:
        at = (page.query.cursor or "").partition("=")[0]
        foot_key = (*key, len(page.page.rows), page.page.first, page.page.last, at, *(places or ()))
        key = foot_key if places is not None and at != "at" else None
    return Framing(top, heads, many, *_rendered(page, (_FOOT,), key, Holes(**(places or {}))))


def _rendered(
    page: ListPage, templates: Sequence[str], key: Hashable, holes: Holes, **told: str
) -> Iterator[Markup]:
    """The templates as they were rendered for this key, with this request's tokens; without a key rendered now."""
    known: dict[Hashable, tuple[str, ...]] = page.view.shape.memory.setdefault("framing", {})
    found = None if key is None else known.get(key)
    if found is None:
        template = current_app.jinja_env.get_template
        found = tuple(holes.cut(template(name).render(list=page, **told)) for name in templates)
        if key is not None:
            if len(known) >= MOST:
                known.clear()
            known[key] = found
    return map(holes.fill, found)


def _places(page: Page) -> dict[str, str] | None:
    """The places of rows that the ways through the pages lead to, by way; None where they cannot be told apart."""
    found: dict[str, str] = {}
    for name, cursor in (("previous", page.previous), ("next", page.next)):
        if cursor is None:
            continue
        told = _PLACE.fullmatch(cursor)
        if told is None:
            return None
        found[name] = told[1]
    apart = len(found) < 2 or (
        found["previous"] not in found["next"] and found["next"] not in found["previous"]
    )
    return found if apart else None


def _key(page: ListPage) -> tuple[Hashable, ...] | None:
    """All that the parts say beside what follows from the shape; None where a saved view, a person's own, is on."""
    on, query, shown = page.opened, page.query, page.page
    if on.view is not None or on.fit is not None:
        return None
    asked = (query.columns, query.filters, query.search, query.sort, query.everything)
    told = (shown.sort, shown.count, tuple(shown.sortable.items()), bool(shown.rows))
    return (*asked, *told, on.opens, on.stopped, on.looks.text, _said(page), page.formats)


def _said(page: ListPage) -> tuple[Hashable, ...]:
    """What the chips of the filters say beside what the filters are: titles of other rows, and days as of today."""
    columns, special = page.view.shape.by_name, {*page.references, *page.view.table.resource.formats}
    plain = all(
        not one.path
        and one.column not in special
        and one.column in columns
        and columns[one.column].column.category in _TIMELESS
        for one in page.query.filters
    )
    return () if plain else tuple(page.chips)
