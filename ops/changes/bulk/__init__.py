"""Many rows through the one door: chosen, frozen, asked about as one change, written in chunks with a result each.

Owns `ops.change_bulk` and `ops.change_target`: choosing and freezing rows, the digest over all of them, what every
rule asks about every row, writing in chunks of at most 500 locked rows, pause, stop, resume, results and undo.
Refuses to own where rows come from beyond lists (imports fill the targets themselves) and what an action gives each
row (a maker, see `each`); deciding is the door's, as for any other change.
"""

from ops.changes.bulk.each import MAKERS, Made, Maker
from ops.changes.bulk.figures import Figures, figures
from ops.changes.bulk.previewing import Preview, Sample, preview
from ops.changes.bulk.proposing import propose_bulk
from ops.changes.bulk.running import run
from ops.changes.bulk.showing import TargetPage, TargetView, Values, downloaded, rows, undone_by, was, will
from ops.changes.bulk.steering import go_on, may_steer, pause, stop
from ops.changes.bulk.store import Draft, draft
from ops.changes.bulk.submitting import submit
from ops.changes.bulk.targets import Target, fill
from ops.changes.bulk.undoing import undo, undoable
from ops.changes.bulk.wish import Listed, Ticked, Wish
from ops.changes.bulk.working import bury, work_on
from ops.changes.heads import Bulk, Head

__all__ = [
    "MAKERS",
    "Bulk",
    "Draft",
    "Figures",
    "Head",
    "Listed",
    "Made",
    "Maker",
    "Preview",
    "Sample",
    "Target",
    "TargetPage",
    "TargetView",
    "Ticked",
    "Values",
    "Wish",
    "bury",
    "downloaded",
    "draft",
    "figures",
    "fill",
    "go_on",
    "may_steer",
    "pause",
    "preview",
    "propose_bulk",
    "rows",
    "run",
    "stop",
    "submit",
    "undo",
    "undoable",
    "undone_by",
    "was",
    "will",
    "work_on",
]
