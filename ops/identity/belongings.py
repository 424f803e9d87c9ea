"""What somebody leaves behind, room by room: each room says what is open of a person and hands it to another.

A room that keeps things for people (changes, exports; later schedules and delegations) has one Handover and
registers it in `ops.offboarding`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.actor import Actor


@dataclass(frozen=True, slots=True)
class Belonging:
    """One open thing of a person. `kind` is "change", "export" …; `fate` what becomes of it with this heir:

    "goes" to the heir, "ends" (it cannot be anybody else's), or "stays" because `obstacle` says so: "decided"
    (the heir has decided on it and can be no maker of it, P27). `detail` are further words, such as its title.
    """

    kind: str
    name: str
    href: str
    fate: str
    detail: str = ""
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """One room's part. Both get the person's number, then the heir's (None: there is none).

    `find` tells what there is and what would become of it, without changing anything. `give` does it, in the
    caller's transaction, writes its events, and returns what became of each.
    """

    kind: str
    find: Callable[[Session, int, int | None], list[Belonging]]
    give: Callable[[Session, Actor, int, int | None], list[Belonging]]
