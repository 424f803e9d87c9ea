"""Parts of pages that depend on few things: rendered once, then kept.

What a part shows must follow from its key alone. Rights are in it as the roles this request has read, and the
catalog by the object that holds them, so nothing old can be shown.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable
from typing import Any, cast

from flask import Flask, current_app
from markupsafe import Markup

MOST = 500  # parts of a few kilobytes
_MARK = secrets.token_hex(16)  # stands where a token was; nobody outside this process can write it


class Holes:
    """The tokens of one request: cut out of a text before it is kept, and put into one that was."""

    def __init__(self, **tokens: str) -> None:
        self._tokens = [(f"{_MARK}{name};", token) for name, token in tokens.items()]

    def cut(self, text: str) -> str:
        """The text without this request's tokens."""
        for mark, token in self._tokens:
            text = text.replace(token, mark)
        return text

    def fill(self, text: str) -> Markup:
        """What was cut, with this request's tokens. The text is a template's, and a token holds no markup."""
        for mark, token in self._tokens:
            text = text.replace(mark, token)
        return Markup(text)  # noqa: S704 - the output of a template


class Kept:
    """Rendered parts by template and key, for one process."""

    def __init__(self, *, fresh: bool) -> None:
        self.fresh = fresh  # in development templates and static files may change under us
        self._parts: dict[tuple[str, Hashable], Markup] = {}

    def part(self, template: str, key: Hashable = None, holes: Holes | None = None, **context: Any) -> Markup:
        """The template rendered with nothing but `context`, which follows from `key`, and what `holes` has."""
        found = None if self.fresh else self._parts.get((template, key))
        if found is None:
            # A part is rendered as part of a page: every value in it was escaped by the template.
            text = current_app.jinja_env.get_template(template).render(**context)
            found = Markup(text if holes is None else holes.cut(text))  # noqa: S704 - the output of a template
            if len(self._parts) >= MOST:
                self._parts.clear()
            self._parts[template, key] = found
        return found if holes is None else holes.fill(found)


def kept() -> Kept:
    """The parts of this application."""
    return cast(Kept, current_app.extensions["countersign_kept"])


def install(app: Flask) -> None:
    """Give templates `kept(template)` for parts that depend on nothing at all."""
    app.extensions["countersign_kept"] = Kept(fresh=not app.config["OPS_SETTINGS"].production)
    app.jinja_env.globals["kept"] = lambda template: kept().part(template)
