"""Kinds of notices, and the ways each may travel; a person chooses one way for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Route = Literal["app", "mail", "digest", "none"]
ROUTES: tuple[Route, ...] = ("mail", "digest", "app", "none")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `usual` is its way where a person chose none; every way but "none" also ends in the inbox.

    `bundled`: what is told of a change while the person has not read the last of it joins that (`bundles`).
    """

    name: str
    usual: Route = "mail"
    routes: tuple[Route, ...] = ROUTES
    bundled: bool = False


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        one.name: one
        for one in (
            Kind("asks"),  # a change waits for one's decision
            Kind("reminders", bundled=True),  # it still does, or has gone on to somebody else
            Kind("outcomes"),  # what became of what one asked for
            Kind("mentions", bundled=True),  # somebody named one in what they said about a change
            Kind("comments", "digest", bundled=True),  # something was said about a change one has a hand in
            Kind("delegations"),  # somebody decides for somebody else from now on
            Kind("handed_over", "app"),  # what somebody who left had open is one's own now
            # Nobody is spared these: they are how a theft of rights is noticed.
            Kind("alarms", "mail", ("mail", "app")),
            Kind("emergencies", "mail", ("mail", "app")),  # changes applied past those who were asked
        )
    }
)
"""By name, in the order in which people are asked."""
