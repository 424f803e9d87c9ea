"""Files people ask for: "Export this list" makes a run, a worker writes the file, its owner downloads it.

Owns `ops.export_run` and the files of the spool that belong to runs. Every row and column is read through the
person's own `policy.View`, with the rights of the moment it is written, and again of the moment it is
downloaded. Refuses to own: what a list shows (`ops.records`), who may (`ops.policy`), files for partners.
"""

from ops.exports.copy import neutral_text
from ops.exports.download import Download, open_file
from ops.exports.errors import ExportError, Gone, NoSuchRun
from ops.exports.request import cancel, request
from ops.exports.runs import KEPT_DAYS, Run, mine, show
from ops.exports.tidy import bury, tidy
from ops.exports.write import run

__all__ = [
    "KEPT_DAYS",
    "Download",
    "ExportError",
    "Gone",
    "NoSuchRun",
    "Run",
    "bury",
    "cancel",
    "mine",
    "neutral_text",
    "open_file",
    "request",
    "run",
    "show",
    "tidy",
]
