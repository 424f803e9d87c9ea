"""Parts of pages that depend on few things: rendered once, then kept.

What a part shows must follow from its key alone. Rights are in it as the roles this request has read, and the
catalog by the object that holds them, so nothing old can be shown.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, cast

from flask import Flask, current_app
from markupsafe import Markup

MOST = 500  # parts of a few kilobytes


class Kept:
    """Rendered parts by template and key, for one process."""

    def __init__(self, *, fresh: bool) -> None:
        self._fresh = fresh  # in development templates and static files may change under us
        self._parts: dict[tuple[str, Hashable], Markup] = {}

    def part(self, template: str, key: Hashable = None, **context: Any) -> Markup:
        """The template rendered with nothing but `context`, which follows from `key`."""
        found = None if self._fresh else self._parts.get((template, key))
        if found is None:
            # A part is rendered as part of a page: every value in it was escaped by the template.
            text = current_app.jinja_env.get_template(template).render(**context)
            found = Markup(text)  # noqa: S704 - the output of a template
            if len(self._parts) >= MOST:
                self._parts.clear()
            self._parts[template, key] = found
        return found


def kept() -> Kept:
    """The parts of this application."""
    return cast(Kept, current_app.extensions["countersign_kept"])


def install(app: Flask) -> None:
    """Give templates `kept(template)` for parts that depend on nothing at all."""
    app.extensions["countersign_kept"] = Kept(fresh=not app.config["OPS_SETTINGS"].production)
    app.jinja_env.globals["kept"] = lambda template: kept().part(template)
