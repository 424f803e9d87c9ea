"""Handing a finished file to its owner: the event is committed before the first byte leaves (P35)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.catalog import UnknownTable
from ops.exports.columns import columns_of
from ops.exports.copy import rights
from ops.exports.errors import Gone
from ops.exports.runs import KEPT_DAYS, Run, show
from ops.identity import current_actor
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible, View, view
from ops.spool import SpoolError, at
from ops.words import t


@dataclass(frozen=True, slots=True)
class Download:
    """An open file of `bytes` bytes; `name` is what the person's machine calls it."""

    file: BinaryIO
    name: str
    bytes: int
    sha256: str


def open_file(platform: Platform, actor: Actor, run_id: UUID) -> Download:
    """Open the person's own finished file, once the download stands in the trail.

    Raises NoSuchRun; Gone where the file is not finished, was deleted, or was made with rights the person has
    no longer (P16); Unavailable where the event cannot be written: then nothing is shown (P36).
    """
    spool = at(platform.settings.spool)
    with platform.db.transaction() as tx:
        actor = current_actor(tx, actor)
        run = show(tx, actor, run_id)
        if run.state != "done" or run.file is None or run.bytes is None or run.sha256 is None:
            raise Gone(
                t("exports.expired", days=KEPT_DAYS) if run.state == "done" else t("exports.not_ready")
            )
        seen = _same_rights(platform, actor, run)
        try:
            file = spool.open(run.file)
        except SpoolError as error:
            raise Gone(t("exports.lost")) from error
        try:
            _note(tx, actor, run, seen)
        except BaseException:
            file.close()
            raise
    return Download(file, file_name(run), run.bytes, run.sha256)


def file_name(run: Run) -> str:
    """`customers-20261121-0930.csv`: plain ASCII, whatever the table is called."""
    plain = unicodedata.normalize("NFKD", run.table).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-")[:60] or "export"
    return f"{safe}-{run.created_at:%Y%m%d-%H%M}.csv"


def _same_rights(platform: Platform, actor: Actor, run: Run) -> View:
    try:
        table = platform.catalog.by_name(run.schema, run.table)
        seen = view(actor, table, platform.catalog).for_export()
        if seen.may("export") and rights(seen, platform.db.engine.dialect) == run.rights:
            return seen
    except (Forbidden, NotVisible, UnknownTable):
        pass
    raise Gone(t("exports.rights_changed"))


def _note(tx: Session, actor: Actor, run: Run, seen: View) -> None:
    facts = {"run": str(run.id), "rows": str(run.written), "sha256": run.sha256, **columns_of(seen).facts}
    audit.record(tx, actor, [audit.Entry("export.downloaded", table=(run.schema, run.table), facts=facts)])
    if seen.table.resource.sensitive:
        # Which rows: those of the list, as many as that; a file's keys would not fit into an event.
        looked = {"run": str(run.id), "list": run.list, "rows": str(run.written)}
        audit.record(tx, actor, [audit.Entry("row.viewed", table=(run.schema, run.table), facts=looked)])
