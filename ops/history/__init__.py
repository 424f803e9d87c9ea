"""Reading the trail, under policy: the timeline of one row, the explorer of everything, one event's proof.

Owns every read of `ops.event` and `ops.event_payload`. Values leave only as the reader's View of the event's
table would show them today; of a table or row one may not see, an event tells that it happened and no more.
Refuses to own writing the trail (`ops.audit`).
"""

from ops.history.before import before
from ops.history.events import Event, NoEvent
from ops.history.evidence import Evidence, evidence
from ops.history.explorer import Filters, TrailPage, trail
from ops.history.facts import tells_all
from ops.history.given import Given, given
from ops.history.signings import KINDS as SIGNING_KINDS
from ops.history.signings import Kind as SigningKind
from ops.history.signings import Signing, SigningsPage, signings
from ops.history.timeline import happenings, newest, newest_item, newest_of, timeline

__all__ = [
    "SIGNING_KINDS",
    "Event",
    "Evidence",
    "Filters",
    "Given",
    "NoEvent",
    "Signing",
    "SigningKind",
    "SigningsPage",
    "TrailPage",
    "before",
    "evidence",
    "given",
    "happenings",
    "newest",
    "newest_item",
    "newest_of",
    "signings",
    "tells_all",
    "timeline",
    "trail",
]
