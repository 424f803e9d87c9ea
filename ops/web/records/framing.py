"""What stands around the rows of a list: the same whenever the same list is asked for, so it is rendered once.

It is remembered with the shape of rights it was made for (`ops.policy.shape`), which is another one as soon as rights,
roles, the catalog or what the Resource declares are others. All else it depends on is in the key, but for what differs
with almost every request: the tokens, the text that is searched for, the number of rows. For these it has holes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_plus

from flask import current_app
from markupsafe import Markup

from ops.records import Count, Page
from ops.web.csrf import csrf_token
from ops.web.kept import Holes, kept

if TYPE_CHECKING:
    from ops.web.records.listing import ListPage

MOST = 200  # lists of one table and shape of rights

# What stands for the text of a search and for a number while a part is rendered. Nobody outside this process can write
# it, and the accent tells where the text stands for itself from where it stands in an address.
_SOUGHT = secrets.token_hex(16) + "é"
_IN_ADDRESS = quote_plus(_SOUGHT)
_NUMBER = secrets.token_hex(16)
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


class _AnyNumber(Count):
    """A number of rows, whichever it is."""

    @property
    def text(self) -> str:
        return _NUMBER


def _with_stand_ins(page: ListPage) -> ListPage:
    """The same list for any text that is searched for and any number of rows; one row is said in other words."""
    shown = page.page
    query = replace(shown.query, search=_SOUGHT) if shown.query.search else shown.query
    count = shown.count if _one(shown) else _AnyNumber(None, estimated=shown.count.estimated)
    return replace(page, page=replace(shown, query=query, count=count))


def _with_texts(page: ListPage, part: Markup) -> Markup:
    """The part with what the stand-ins stand for; Markup.replace escapes it."""
    text = page.query.search
    found = part.replace(_IN_ADDRESS, quote_plus(text)).replace(_SOUGHT, text) if text else part
    return found.replace(_NUMBER, page.page.count.text)


def _one(page: Page) -> bool:
    return page.count.text == "1"


def _rendered(
    page: ListPage, templates: Sequence[str], key: Hashable, holes: Holes, **told: str
) -> Iterator[Markup]:
    """The templates as they were rendered for this key, with what is this request's; without a key rendered now."""
    known: dict[Hashable, tuple[str, ...]] = page.view.shape.memory.setdefault("framing", {})
    found = None if key is None else known.get(key)
    if found is None:
        shown = page if key is None else _with_stand_ins(page)
        template = current_app.jinja_env.get_template
        found = tuple(holes.cut(template(name).render(list=shown, **told)) for name in templates)
        if key is not None:
            if len(known) >= MOST:
                known.clear()
            known[key] = found
    return (_with_texts(page, holes.fill(one)) for one in found)


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
    asked = (query.columns, query.filters, bool(query.search), query.sort, query.everything)
    count = (_one(shown), shown.count.estimated)
    told = (shown.sort, *count, tuple(shown.sortable.items()), bool(shown.rows))
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
