"""Rehearsals: a change that waits is run as it would be applied, by a worker, and rolled back; what was seen is kept.

Owns `ops.rehearsal` and work of kind "rehearse". Refuses to write anything but its finding, to run code whose effects
a rollback does not take back, and to hold a lock for longer than half a second (docs/rehearsal.md).
"""

from ops.changes.rehearsing.asking import again
from ops.changes.rehearsing.running import rehearse
from ops.changes.rehearsing.showing import Rehearsal, Rows, concerned, shown
from ops.changes.rehearsing.store import KIND, Found, Kept, ask, last
from ops.changes.rehearsing.working import beside, bury, run, work_on

__all__ = [
    "KIND",
    "Found",
    "Kept",
    "Rehearsal",
    "Rows",
    "again",
    "ask",
    "beside",
    "bury",
    "concerned",
    "last",
    "rehearse",
    "run",
    "shown",
    "work_on",
]
