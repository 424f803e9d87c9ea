"""Files that come in: an upload is read, mapped to columns, judged row by row, and proposed as one change set.

Owns `ops.import_run`, `ops.import_row`, `ops.import_mapping` and the uploads in the spool. What a file may do is
what its person may do: rows are found and values are set through their own `policy.View`. Refuses to own how
rows are written (`ops.changes.bulk`), and writes no row of the company itself.
"""

from ops.imports.asking import cancel, check, discard, read_as, view_of
from ops.imports.at_work import bury, run
from ops.imports.errors import Broken, ImportRefused, NoSuchImport, Unfit
from ops.imports.handing_over import HANDOVER
from ops.imports.offering import Offered, propose, whole_fits
from ops.imports.plan import Plan, Reading, reading_from
from ops.imports.runs import KEPT_DAYS, MOST_ROWS, STATES, Run, mine, show
from ops.imports.staged import Staged, bad_rows, page, reasons, same_rights
from ops.imports.tidy import tidy
from ops.imports.upload import importable, upload

__all__ = [
    "HANDOVER", "KEPT_DAYS", "MOST_ROWS", "STATES", "Broken", "ImportRefused", "NoSuchImport", "Offered", "Plan",
    "Reading", "Run", "Staged", "Unfit", "bad_rows", "bury", "cancel", "check", "discard", "importable", "mine",
    "page", "propose", "read_as", "reading_from", "reasons", "run", "same_rights", "show", "tidy", "upload",
    "view_of", "whole_fits",
]  # fmt: skip
