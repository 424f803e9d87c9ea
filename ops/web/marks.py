"""The small marks of a value or a state as markup: one way for templates and for lists that are written by hand.

Texts are escaped here. Quotes around attributes are left away where HTML needs none (HTML, 13.1.2.3): rows are many.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup, escape

from ops.web.shown import Shown
from ops.words import t

Text = Markup | str
BARE = re.compile(r"[A-Za-z0-9~,.:%_/-]+(?<!/)", re.ASCII)  # what an attribute can hold without quotes
_HARMLESS = re.compile(r"[^&<>\"']*")


def escaped(text: Text) -> str:
    """The text as what stands between tags; markup stays as it is."""
    return text if _HARMLESS.fullmatch(text) else str(escape(text))


def attribute(value: str) -> str:
    """The text as an attribute's value."""
    return value if BARE.fullmatch(value) else f'"{escape(str(value))}"'


def hint(title: str | None) -> str:
    """The attribute that tells more on hover, where there is more."""
    return f" title={attribute(title)}" if title else ""


def badge(tone: str, text: Text, icon: Text = "", title: str | None = None) -> str:
    """A state in its tone; `icon` is markup of `ops.web.page`."""
    return f"<span class=badge data-tone={attribute(tone)}{hint(title)}>{icon}{escaped(text)}</span>"


def moment(iso: str, text: Text, exact: str | None = None) -> str:
    """A point in time."""
    return f"<time datetime={attribute(iso)}{hint(exact)}>{escaped(text)}</time>"


def nothing(words: str) -> str:
    """What stands where there is no value: NULL, or a text without a sign."""
    return f"<span class=null>{escaped(words)}</span>"


def masked(text: Text) -> str:
    """A value behind dots, and words for who hears the page."""
    heard = f"<span class=sr>{escaped(t('frame.masked'))}</span>"
    return f"<span class=masked><span aria-hidden=true>{escaped(text)}</span>{heard}</span>"


def value(one: Shown) -> str:
    """A value as a page shows it that has room."""
    said = escaped(one.text)
    match one.kind:
        case "json":
            return f"<pre class=json>{said}</pre>"
        case "lines":
            return f"<span class=lines>{said}</span>"
        case "file":
            return f"<a href={attribute(one.more or '')} hx-boost=false download>{said}</a>"
    return in_line(one)


def in_line(one: Shown, *, linked: bool = True) -> str:
    """The same in one line; not `linked` it leads nowhere, for it stands within a link."""
    kind, text, title, more = one
    said = escaped(text)
    match kind:
        case "text" | "lines":
            return f"<span{hint(title)}>{said}</span>" if title else said
        case "time":
            return moment(more or "", text, title)
        case "badge":
            return badge(more or "", text, title=title)
        case "link":
            return f"<a href={attribute(more or '')}{hint(title)}>{said}</a>" if linked else said
        case "masked":
            return masked(text)
        case "null" | "empty":
            return nothing(t("frame.null" if kind == "null" else "frame.empty_text"))
    return f"<code>{said}</code>"


def _for_templates(make: Callable[..., str]) -> Callable[..., Markup]:
    @wraps(make)
    def made(*told: Any) -> Markup:
        return Markup(make(*told))  # noqa: S704 - every text in it was escaped above

    return made


# `made` in every template; templates/components/marks.html is its face.
MADE = SimpleNamespace(
    **{one.__name__: _for_templates(one) for one in (badge, moment, nothing, masked, value)}
)
