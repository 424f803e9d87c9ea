"""The value passed along everywhere: who acts, for whom, from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `person_id` is None for the platform itself (a command, the clock).

    `sub`, `email` (only a verified one), `groups` and `attributes` are what conditions call `me`. `book` is the
    `ops.roles.Book` the person's rights stand in; None: the built-in roles alone.
    """

    person_id: int | None
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    source: str = "web"
    request_id: str = ""
    session: str | None = None
    ip: str | None = None
    on_behalf_of: int | None = None
    timezone: str = "UTC"
    locale: str = "en"
    sub: str | None = None
    email: str | None = None
    groups: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict, compare=False)
    book: object | None = field(default=None, compare=False, repr=False)


def platform_actor(source: str, request_id: str = "") -> Actor:
    """The platform acting by itself: `source` is "worker", "clock" or "command"."""
    return Actor(person_id=None, name="Countersign", source=source, request_id=request_id)
