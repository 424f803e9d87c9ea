"""What an endpoint declares: who may come, how often, with how much; without it the application does not start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from flask import Flask

from ops import policy
from ops.actor import Actor

View = TypeVar("View", bound=Callable[..., Any])
# Bytes of a body: most forms; one that holds a whole row; a draft of one.
FORM, RECORD, DRAFT = 64 * 1024, 2 * 1024 * 1024, 256 * 1024
WITH_FILE = 5 * 1024 * 1024  # a row whose form carries files; what is no file stays within RECORD
UPLOAD = 0  # a file to be imported: as much as a setting says, and only from who may bring one


class Open(Enum):
    """What an endpoint may need that is no permission of a role."""

    PUBLIC = "anyone, without a session"
    SIGNED_IN = "anyone who is signed in"


public, signed_in = Open.PUBLIC, Open.SIGNED_IN


@dataclass(frozen=True, slots=True)
class Bearer:
    """What an endpoint for programs needs: its own token in the Authorization header, never a cookie.

    `check` says who acts, or raises. No page of another site can send the header in somebody's name, so neither
    origin nor CSRF token is asked for; no session is read.
    """

    check: Callable[[], Actor]


class Undeclared(Exception):
    """Endpoints without `needs`: the application does not start."""


def needs(
    what: policy.Permission | Open | Bearer,
    *,
    polling: bool = False,
    foreign: str = "",
    fresh: int | None = None,
    limit: str | None = None,
    body: int = FORM,
    keeps: bool = False,
) -> Callable[[View], View]:
    """Declare what an endpoint needs; every endpoint must, also the public ones (P13).

    `polling` marks an endpoint a page asks again and again by itself: it does not keep a session alive (P8).
    `foreign` says why an endpoint is called by other servers and not by our pages: it then needs neither the
    form's token nor our origin, and must judge for itself who asks (P21). `fresh`: the person proved at most so
    many seconds ago who they are; others are sent to do so and come back to the page they were on (P11).
    `limit` names a rate of `ops.settings.RATES`: more often than that, a person (or an address nobody has signed
    in from) is answered 429. `body` is the most bytes that may be posted; more is answered 413 (P24).
    `keeps`: what is typed into its form is kept as a draft, also when the session ends before it is sent.
    """
    declared = {
        "needs": what, "polling": polling, "foreign": foreign, "fresh": fresh, "limit": limit, "body": body,
        "keeps": keeps,
    }  # fmt: skip

    def declare(view: View) -> View:
        for name, value in declared.items():
            setattr(view, name, value)
        return view

    return declare


def check_endpoints(app: Flask) -> None:
    """Raise Undeclared, naming every endpoint that does not say what it needs."""
    views: dict[str, Any] = app.view_functions
    silent = sorted(name for name, view in views.items() if not hasattr(view, "needs"))
    if silent:
        raise Undeclared(
            "add @needs(…) from ops.web.gate below the route of: "
            + ", ".join(silent)
            + ". Use needs(public) or needs(signed_in) where no permission is meant."
        )
    limits = app.extensions["countersign"].limits
    unknown = sorted(name for name, view in views.items() if view.limit and view.limit not in limits)
    if unknown:
        raise Undeclared(f"no rate in ops.settings.RATES for the limit of: {', '.join(unknown)}")
