"""Which room does which kind of work: five lines a kind, no logic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlalchemy.orm import Session

from ops import exports, imports
from ops.changes import bulk, rehearsing, schedule
from ops.notices import chatting, mailing
from ops.platform import Platform
from ops.work import Buried, Claim

Room = Callable[[Platform, Claim, Callable[[], bool]], None]
Burial = Callable[[Session, Buried], None]

KINDS: Mapping[str, Room] = MappingProxyType(
    {
        "apply": schedule.work_on,
        "bulk": bulk.work_on,
        "chat": chatting.run,
        "export": exports.run,
        "import": imports.run,
        "mail": mailing.run,
        "rehearse": rehearsing.work_on,
    }
)
"""What a worker calls with a claim; the third argument says whether the process was asked to end."""

BURIALS: Mapping[str, Burial] = MappingProxyType(
    {
        "apply": schedule.bury,
        "bulk": bulk.bury,
        "export": exports.bury,
        "import": imports.bury,
        "rehearse": rehearsing.bury,
    }
)
"""What the clock calls, in its transaction, when work was given up because every holder died."""
