"""How a page becomes an answer: the one place that decides between a full page and a part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from ops import policy
from ops.catalog import Table
from ops.share import folder
from ops.web import gate, kept, my_views, said
from ops.web.csrf import csrf_token
from ops.web.formats import Formats
from ops.web.marks import MADE
from ops.web.navigation import Navigation, VisibleTables, about_rows
from ops.web.role_words import asked_of, in_turn
from ops.web.static_files import StaticFiles
from ops.web.visible import linked
from ops.words import t

FULL, PART, PLAIN = "layouts/page.html", "layouts/partial.html", "layouts/plain.html"
LOOK_COOKIE = "ops_look"  # "theme.density.keys"; static/js/look.js writes the same
MAX_FLASHES = 10
# A form that asked for itself, with one more row say (static/js/page.js): nothing was sent, nothing moves.
SAME_FORM = {"X-Form": "again", "HX-Push-Url": "false"}
_UNSAID = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Look:
    """What the person chose for their eyes and hands."""

    theme: str = "system"
    density: str = "compact"
    keys: bool = True


class Flashes:
    """Messages for the next page shown; reading them takes them out of the session."""

    def __bool__(self) -> bool:
        return bool(g.get("flashes")) or bool(gate.mine().get("flashes")) or said.waits()

    def __iter__(self) -> Iterator[dict[str, str | None]]:
        waiting = gate.mine().pop("flashes", []) + g.get("flashes", [])
        g.flashes = []
        if (last := said.heard()) is not None:
            waiting.append(last)
        return iter(waiting)


def flash(tone: str, text: str, detail: str | None = None) -> None:
    """Say something on the next page this person sees: this one, or the one redirected to."""
    said = {"tone": tone, "text": _storable(text[:500]), "detail": detail and _storable(detail[:1000])}
    g.setdefault("flashes", []).append(said)


def _storable(text: str) -> str:
    # What was typed may be quoted in it; the session is a jsonb, which holds neither NUL nor half characters.
    return text.replace("\x00", "\u2400").encode("utf-8", "replace").decode()


def render(
    template: str, status: int = 200, headers: dict[str, str] | None = None, **context: Any
) -> Response:
    """Render a template as a full page or as the part htmx asked for; a view never looks at a header.

    A refused form answers 422 and is not put into the browser's history (its address only takes POST).
    """
    response = make_response(render_template(template, **context), status)
    if status >= 400:
        response.headers["HX-Push-Url"] = "false"
    response.headers.extend(headers or {})
    return response


def part(template: str, **context: Any) -> str:
    """A template that shows nothing but its `context`: rendered without the frame and what pages know of it."""
    return current_app.jinja_env.get_template(template).render(**context)


def see_other(address: str) -> Answer:
    """Answer a form that succeeded: 303, so that reloading the page does not send it again.

    What was sent may be part of the address: no sign in it ends the header's line.
    """
    return redirect(_UNSAID.sub(lambda found: quote(found[0]), address), code=303)


def read_again(address: str) -> Answer:
    """Answer a part that asks by itself when all of its page has become another one: it is read again where it stands.

    Nobody asked for it, so nothing of theirs may go: static/js/page.js keeps what is typed, open and looked at.
    """
    place = {"path": address, "target": "#main", "source": "#flashes", "swap": "innerMorph show:none"}
    told = json.dumps({**place, "push": "false", "itself": True})
    return Response(status=200, headers={"HX-Location": told})


def absolute(path: str) -> str:
    """The address people use for one of our paths, for mails and providers; Host is never believed (P25)."""
    return gate.platform().settings.public_url + path


def look() -> Look:
    """The person's appearance, of the cookie; the first paint is already right."""
    parts = (request.cookies.get(LOOK_COOKIE) or "").split(".")
    if len(parts) != 3:
        return Look()
    theme, density, keys = parts
    return Look(
        theme if theme in ("light", "dark") else "system",
        "comfortable" if density == "comfortable" else "compact",
        keys != "off",
    )


def formats() -> Formats:
    """Numbers and moments as the person of this request reads them."""
    found: Formats | None = g.get("formats")
    if found is None:
        who = gate.actor()
        found = g.formats = Formats(who.timezone, who.locale)
    return found


def navigation(*, counted: bool = True) -> Navigation:
    """The frame around this request's page; not `counted` it knows where pages are, and asks for no number."""
    actor, platform = gate.actor(), gate.platform()
    return Navigation(
        path=g.get("stands_under") or request.path,
        env_label=platform.settings.env_label,
        person=g.get("visitor"),
        formats=formats(),
        groups=visible_tables,
        may=lambda permission: policy.may(actor, permission),
        about=lambda table: about_rows(actor, table),
        counts=gate.frame if counted else lambda: (0, 0, 0),
    )


def visible_tables() -> list[tuple[str, list[Table]]]:
    """The tables the person of this request may see, by group."""
    tables: VisibleTables = current_app.extensions["countersign_tables"]
    return tables.groups(gate.platform().catalog, gate.actor())


def icon(name: str, label: str | None = None) -> Markup:
    """A sign of the one sprite every page shares; a reference costs 80 bytes."""
    files: StaticFiles = current_app.extensions["countersign_static"]
    return _icon(files.address("css/icons.svg"), name, label)


@lru_cache(maxsize=1024)
def _icon(sprite: str, name: str, label: str | None) -> Markup:
    hidden = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(" aria-hidden=true")
    return Markup('<svg class=i{}><use href="{}#{}"/></svg>').format(hidden, sprite, name)


def rail(nav: Navigation) -> Markup:
    """The inside of the rail: it follows from roles and their rights, locale, catalog, place and what waits."""
    who = gate.actor()
    tables: VisibleTables = current_app.extensions["countersign_tables"]
    visible_tables()  # looks at today's catalog, which the edition tells
    rights = (who.person_id is None, who.roles, policy.stamp(who))
    key = (tables.edition, *rights, who.locale, nav.section, nav.waiting)
    part = kept.kept().part
    return (
        part("layouts/rail.html", key, nav=nav) + _pinned() + part("layouts/rail_tables.html", key, nav=nav)
    )


def account(nav: Navigation, chosen: Look) -> Markup:
    """The end of the bar: it follows from the person, their look and their notices, but for the forms' token."""
    key = (nav.person, nav.unread, nav.basket, chosen)
    return kept.kept().part("layouts/account.html", key, kept.Holes(csrf=csrf_token()), nav=nav, look=chosen)


def _pinned() -> Markup:
    """The person's pinned views; not kept, for they are nobody else's."""
    pins = my_views.pins()
    if not pins:
        return Markup()
    text = current_app.jinja_env.get_template("layouts/pinned.html").render(pins=pins)
    return Markup(text)  # noqa: S704 - the output of a template


def install(app: Flask) -> None:
    """Give `app` what every template has (docs/screens.md)."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["countersign_tables"] = VisibleTables()
    static = StaticFiles(folder("static"), fresh=not app.config["OPS_SETTINGS"].production)
    app.extensions["countersign_static"] = static
    app.jinja_env.globals.update(
        t=t,
        rail=rail,
        account=account,
        ready_icon=icon,
        static=static.address,
        together=static.together,
        when=lambda value, **how: formats().when(value, **how),
        linked=linked,
        in_turn=in_turn,
        asked_of=asked_of,
        made=MADE,
        reshaped=lambda table: gate.platform().moved(table.ref),
        number=lambda value: formats().number(value),
        money=lambda value, currency="": formats().money(value, currency),
    )
    kept.install(app)
    my_views.install(app)
    app.context_processor(_context)
    app.after_request(_keep_flashes)
    said.install(app)


def _context() -> dict[str, Any]:
    plain = g.get("plain", False)
    return {
        "layout": PLAIN if plain else PART if gate.wants_part() else FULL,
        "nav": navigation(),
        "flashes": Flashes(),
        "look": look(),
    }


def _keep_flashes(response: Response) -> Response:
    """What no page of this request showed waits in the session for the next."""
    waiting = g.pop("flashes", None)
    if waiting and gate.mine().token:
        gate.mine()["flashes"] = (gate.mine().get("flashes", []) + waiting)[-MAX_FLASHES:]
    return response
