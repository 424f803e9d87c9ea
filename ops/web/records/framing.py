"""What stands around the rows of a list: the same whenever the same list is asked for, so it is rendered once.

It is remembered with the shape of rights it was made for (`ops.policy.shape`), which is another one as soon as rights,
roles, the catalog or what the Resource declares are others. All else it depends on is in the key.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

from flask import current_app
from markupsafe import Markup

from ops.web.csrf import csrf_token
from ops.web.kept import Holes, kept

if TYPE_CHECKING:
    from ops.web.records.listing import ListPage

MOST = 100  # lists of one table and shape of rights: searches differ from one person to the next


class Framing(NamedTuple):
    """Parts of templates/records/list.html: head and filters, the table's head, the bar for ticked rows."""

    top: Markup
    heads: Markup
    many: Markup


_TEMPLATES = ("records/_top.html", "records/_heads.html", "records/_many.html")


def framing(page: ListPage, token: str) -> Framing:
    """The parts of this list; `token` is the form's."""
    holes = Holes(csrf=csrf_token(), form=token)
    key = None if kept().fresh else _key(page)
    known: dict[Hashable, tuple[str, ...]] = page.view.shape.memory.setdefault("framing", {})
    found = None if key is None else known.get(key)
    if found is None:
        template = current_app.jinja_env.get_template
        found = tuple(holes.cut(template(name).render(list=page, token=token)) for name in _TEMPLATES)
        if key is not None:
            if len(known) >= MOST:
                known.clear()
            known[key] = found
    return Framing(*map(holes.fill, found))


def _key(page: ListPage) -> Hashable:
    """All that the parts say beside what follows from the shape; None where a saved view, a person's own, is on."""
    on, query, shown = page.opened, page.query, page.page
    if on.view is not None or on.fit is not None:
        return None
    asked = (query.columns, query.filters, query.search, query.sort, query.everything)
    told = (shown.sort, shown.count, tuple(shown.sortable.items()), bool(shown.rows))
    return (*asked, *told, on.opens, on.stopped, on.looks.text, tuple(page.chips), page.formats)
