"""Texts of templates with holes in them, where a record or a request says something of its own.

A template is rendered once with `hole("title")` where a title would stand, and then filled with one title after the
other.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from markupsafe import Markup

# Letters, figures and hyphens stand alike in texts, attributes, ids and addresses. Nobody outside this process can
# write the mark: it leaves it in no text, for every hole is filled.
_MARK = "hole" + secrets.token_hex(16)
_HOLES = re.compile(f"{_MARK}-([a-z0-9]+)-")


def hole(name: str) -> Markup:
    """What stands in the template for a text that is known later; `name` is of small letters and figures."""
    return Markup(f"{_MARK}-{name}-")  # noqa: S704 - of nothing but letters, figures and hyphens


class Holed:
    """A rendered text with holes. Never changes."""

    def __init__(self, text: str) -> None:
        self._parts = _HOLES.split(text)  # text, name of a hole, text, ..., text

    def filled(self, texts: Mapping[str, str]) -> Markup:
        """The text with what each hole is filled with, by name: markup, or text that was escaped."""
        parts = self._parts.copy()
        parts[1::2] = [texts[name] for name in parts[1::2]]
        return Markup("".join(parts))  # noqa: S704 - the output of a template, with escaped texts in it
