"""The value passed along everywhere: who acts, for whom, from where."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `person_id` is None for the platform itself (a command, the clock)."""

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


def platform_actor(source: str, request_id: str = "") -> Actor:
    """The platform acting by itself: `source` is "worker", "clock" or "command"."""
    return Actor(person_id=None, name="Countersign", source=source, request_id=request_id)
