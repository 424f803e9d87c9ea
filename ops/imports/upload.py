"""Taking a file in: streamed into the spool, looked at while it arrives, and a first plan made of what it seems."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.catalog import Table
from ops.identity import current_actor
from ops.imports import mapping, source
from ops.imports.dialect import Encodings, guess
from ops.imports.errors import Broken, ImportRefused
from ops.imports.plan import Plan, Reading
from ops.imports.plan_check import needed
from ops.imports.runs import run_id_of
from ops.platform import Platform
from ops.policy import Forbidden, Permission, View, require, view
from ops.spool import Spool, Writing
from ops.words import t

PIECE = 1024 * 1024
# What some programs call .xls or .csv all the same.
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<table", b"<?xml", b"<meta", b"<style")
MOST_OPEN = 50  # uploads of one person that are kept at a time

_ADD = sa.text(
    """
    INSERT INTO ops.import_run (id, person_id, schema_name, table_name, file, name, kind, bytes, sha256, plan)
    VALUES (:id, :person_id, :schema, :table, :file, :name, :kind, :bytes, :sha256, CAST(:plan AS jsonb))
    ON CONFLICT (id) DO NOTHING RETURNING id
    """
)
_KNOWN = sa.text("SELECT 1 FROM ops.import_run WHERE id = :id")
_OPEN = sa.text("SELECT count(*) FROM ops.import_run WHERE person_id = :person_id AND file IS NOT NULL")


def upload(platform: Platform, actor: Actor, ref: str, name: str, stream: BinaryIO, token: str) -> UUID:
    """Keep the file as an import into table `ref`; return the import's id. The same form again gives the same.

    Raises UnknownTable, NotVisible, Forbidden; ImportRefused where it is no file of ours, empty, or too large.
    """
    table = platform.catalog.table(ref)
    run_id = run_id_of(actor, token)
    with platform.db.reading() as tx:
        actor = current_actor(tx, actor)
        seen = importable(platform, actor, table)
        if tx.scalar(_KNOWN, {"id": run_id}) is not None:
            return run_id
        if int(tx.scalar(_OPEN, {"person_id": actor.person_id}) or 0) >= MOST_OPEN:
            raise ImportRefused(t("imports.too_many", count=MOST_OPEN))
    spool = source.spool_of(platform.settings)
    kept = _kept(spool, run_id, stream, platform.settings.import_bytes)
    try:
        plan = _first_plan(spool, kept, seen)
        with platform.db.transaction() as tx:
            added = _add(tx, actor, table, run_id, _plain(name), kept, plan)
        if not added:  # the same form came twice at the same moment: the other one is kept
            spool.delete(kept.file)
    except BaseException:
        spool.delete(kept.file)
        raise
    return run_id


def importable(platform: Platform, actor: Actor, table: Table) -> View:
    """The person's view of a table they may import into. Raises NotVisible, Forbidden."""
    seen = view(actor, table, platform.catalog)
    require(actor, Permission.IMPORTS_RUN)
    if table.house or not table.writable or not (seen.may("create") or seen.may("edit")):
        raise Forbidden(t("imports.may_not", table=table.label))
    return seen


class _Kept:
    """A file in the spool, and what it seems to be."""

    def __init__(self, file: str, kind: str, out: Writing, encodings: Encodings) -> None:
        self.file, self.kind, self.out, self.encodings = file, kind, out, encodings


def _kept(spool: Spool, run_id: UUID, stream: BinaryIO, most: int) -> _Kept:
    first = stream.read(PIECE)
    kind = _kind(first)
    # A name of its own: whoever sends the same form at the same moment writes another file, and one of the two goes.
    file, encodings = f"{run_id}-{uuid4().hex[:8]}.{kind}", Encodings()
    with spool.writing(file) as out:
        piece = first
        while piece:
            if out.bytes + len(piece) > most:
                raise ImportRefused(t("imports.too_large", most=f"{most // 1024**2:,}"))
            out.write(piece)
            if kind == "csv":
                encodings.feed(piece)
            piece = stream.read(PIECE)
    return _Kept(file, kind, out, encodings)


def _kind(first: bytes) -> str:
    """By what is in it, whatever it is called. Raises ImportRefused."""
    if not first.strip(b"\xef\xbb\xbf \t\r\n"):
        raise ImportRefused(t("imports.empty_file"))
    if first.startswith(b"PK\x03\x04"):
        return "xlsx"
    if first.startswith(b"\xd0\xcf\x11\xe0"):  # an old workbook, or a new one behind a password
        raise ImportRefused(t("imports.old_workbook"))
    if first.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower().startswith(_MARKUP):
        raise ImportRefused(t("imports.web_page"))
    if first.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf", b"PAR1")):
        raise ImportRefused(t("imports.other_file"))
    wide = first.startswith((b"\xff\xfe", b"\xfe\xff")) or first[:4096].count(0) > len(first[:4096]) // 4
    if not wide and first[:65536].count(0) > 8:
        raise ImportRefused(t("imports.other_file"))
    return "csv"


def _first_plan(spool: Spool, kept: _Kept, seen: View) -> Plan:
    """What the file seems to be; where its beginning cannot be read, the person is asked by the page."""
    if kept.kind == "csv":
        reading = guess(kept.encodings.head, kept.encodings.guess())
    else:
        sheets = source.sheets_of(spool, kept.file)
        reading = Reading(kind="xlsx", sheet=sheets[0])
    return planned(spool, kept.file, reading, seen, afresh=True)


def planned(spool: Spool, file: str, reading: Reading, seen: View, *, afresh: bool) -> Plan:
    """A plan for the file read so: its header, columns guessed, habits as its cells show them. Raises Broken.

    `afresh` looks for the header's row, too.
    """
    rows = source.first_rows(spool, file, reading)
    if afresh and reading.kind == "xlsx":
        reading = source.with_header(rows, reading)
    header, below = source.split(rows, reading)
    columns = mapping.guess(seen, header)
    kinds = [(n, source.category_of(seen.table, name)) for n, name in enumerate(columns) if name]
    reading = replace(source.habits(kinds, below, reading), zone=seen.actor.timezone or "UTC")
    match = mapping.match_for(seen, columns)
    mapped = {name for name in columns if name}
    may_create = seen.may("create") and set(needed(seen)) <= mapped
    mode = ("both" if may_create and seen.may("edit") else "update") if match else "create"
    if not seen.may("edit"):
        mode = "create"
    return Plan(reading, header, columns, match, mode)  # type: ignore[arg-type]  # one of the three


def _add(tx: Session, actor: Actor, table: Table, run_id: UUID, name: str, kept: _Kept, plan: Plan) -> bool:
    actor = current_actor(tx, actor)
    seen = view(actor, table)
    before = mapping.recall(tx, actor, table, plan.header)
    if before is not None:
        plan = mapping.applied(seen, before, plan)
    values: dict[str, Any] = {
        "id": run_id, "person_id": actor.person_id, "schema": table.schema, "table": table.name,
        "file": kept.file, "name": name, "kind": kept.kind, "bytes": kept.out.bytes,
        "sha256": kept.out.sha256, "plan": json.dumps(plan.to_json()),
    }  # fmt: skip
    if tx.scalar(_ADD, values) is None:
        return False
    facts = {
        "import": str(run_id), "file": name, "kind": kept.kind, "bytes": str(kept.out.bytes), "sha256": kept.out.sha256,
    }  # fmt: skip
    audit.record(tx, actor, [audit.Entry("import.uploaded", table=(table.schema, table.name), facts=facts)])
    return True


def _plain(name: str) -> str:
    """What the file is called, without the folders some browsers tell."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in last).strip()
    return shown.encode("utf-8", "replace").decode()[:200] or "file"


__all__ = ["Broken", "importable", "planned", "upload"]
