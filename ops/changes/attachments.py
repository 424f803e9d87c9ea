"""Files on a change: papers its makers and deciders judge it by. Kept in the spool, never opened by us.

They are no part of what is decided: a decision is bound to the difference alone. What a file is called and what kind
it claims to be is believed by nobody; it leaves as a download.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, identity
from ops.actor import Actor
from ops.changes import deciding, refusals
from ops.changes.errors import Invalid
from ops.changes.onlookers import Onlooker, onlooker
from ops.changes.states import UNFINISHED
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible
from ops.settings import Settings
from ops.spool import Spool, Writing, at
from ops.words import t

MOST_BYTES = 4 * 1024 * 1024
MOST_FILES = 10  # of one change
MOST_EVER = 100  # those that were taken away too: name and digest of each stay
KEPT_DAYS = 365  # after the change is over
PIECE = 64 * 1024
ORPHAN_SECONDS = 3600.0
FIELD = "file"

_KNOWN = sa.text("SELECT 1 FROM ops.change_file WHERE id = :file_id AND change_id = :id")
_LOCKED = sa.text("SELECT state FROM ops.change_set WHERE id = :id FOR UPDATE")
_COUNT = sa.text(
    "SELECT count(*) FILTER (WHERE removed_at IS NULL) AS there, count(*) AS ever FROM ops.change_file "
    "WHERE change_id = :id"
)
_ADD = sa.text(
    "INSERT INTO ops.change_file (id, change_id, person_id, revision, name, bytes, sha256, file) "
    "VALUES (:file_id, :id, :person, :revision, :name, :bytes, :sha256, :file)"
)
_ONE = sa.text(
    "SELECT f.id, f.person_id, p.name AS person, f.revision, f.name, f.bytes, f.sha256, f.file, f.at, f.removed_at, "
    "b.name AS removed_by FROM ops.change_file f JOIN ops.person p ON p.id = f.person_id "
    "LEFT JOIN ops.person b ON b.id = f.removed_by WHERE f.change_id = :id AND f.id = :file_id"
)
_GONE = sa.text(
    "UPDATE ops.change_file SET file = NULL, removed_at = clock_timestamp(), removed_by = :person "
    "WHERE id = :file_id AND removed_at IS NULL"
)
_OLD = sa.text(
    "UPDATE ops.change_file n SET file = NULL, removed_at = clock_timestamp() FROM ops.change_file o, ops.change_set c "
    "WHERE n.id = o.id AND c.id = o.change_id AND o.file IS NOT NULL "
    "AND c.finished_at < now() - make_interval(days => :days) RETURNING o.file"
)
_HELD = sa.text("SELECT file FROM ops.change_file WHERE file = ANY(CAST(:names AS text[]))")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file. `file` is its name in the spool; None where it was taken away, or its time is over."""

    id: UUID
    person_id: int
    person: str
    revision: int
    name: str
    bytes: int
    sha256: str
    file: str | None
    at: datetime
    removed_at: datetime | None
    removed_by: str | None


def files_of(settings: Settings) -> Spool:
    """Where they lie: a folder of their own, which no other room sweeps."""
    return Spool(at(settings.spool).folder / "attachments")


def may_attach(tx: Session, actor: Actor, one: Onlooker) -> bool:
    """Whether the person may hang files on it: while it is open, its makers and whoever decides or may decide."""
    change = one.matter.change
    if change.state not in UNFINISHED or actor.person_id is None:
        return False
    theirs = actor.person_id in (change.proposer_id, change.heir_id) or one.side is not None
    return theirs or deciding.why_not(tx, actor, one.matter) is None


def attach(
    platform: Platform, actor: Actor, change_id: int, name: str, stream: IO[bytes], *, token: str
) -> UUID:
    """Hang a file on the change; the same form again gives the same file.

    Raises Invalid (beside FIELD: no file, too large, too many), Forbidden, NotVisible.
    """
    db, spool = platform.db, files_of(platform.settings)
    with refusals.recorded(db, actor, "change.file_added", change_id=change_id):
        with db.reading() as tx:
            actor = identity.current_actor(tx, actor)
            one = onlooker(tx, platform.catalog, actor, change_id)
            file_id = uuid5(NAMESPACE_OID, f"attachment {actor.person_id} {change_id} {token}")
            if tx.scalar(_KNOWN, {"file_id": file_id, "id": change_id}) is not None:
                return file_id
            if not may_attach(tx, actor, one):
                raise Forbidden(t("files.may_not"))
        kept, file = _kept(spool, file_id, stream)
        try:
            with db.transaction() as tx:
                # Rights and revision as they are when it is kept: sending it may have taken long (P16).
                actor = identity.current_actor(tx, actor)
                one = onlooker(tx, platform.catalog, actor, change_id)
                kept_now = _add(tx, actor, one, file_id, name_of(name), file, kept)
            if not kept_now:  # the same form came twice at the same moment: the other one is kept
                spool.delete(file)
        except BaseException:
            spool.delete(file)
            raise
    return file_id


def detach(platform: Platform, actor: Actor, change_id: int, file_id: UUID) -> bool:
    """Take one's own file away while the change is open; False where it is gone already. Its name and digest stay.

    Raises Forbidden, NotVisible.
    """
    with (
        refusals.recorded(platform.db, actor, "change.file_removed", change_id=change_id),
        platform.db.transaction() as tx,
    ):
        actor = identity.current_actor(tx, actor)
        one = onlooker(tx, platform.catalog, actor, change_id)
        found = _find(tx, change_id, file_id)
        if found.person_id != actor.person_id or tx.scalar(_LOCKED, {"id": change_id}) not in UNFINISHED:
            raise Forbidden(t("files.may_not_remove"))
        gone = found.file
        if gone is not None:
            tx.execute(_GONE, {"file_id": file_id, "person": actor.person_id})
            _note(tx, actor, "change.file_removed", one, found)
    if gone is None:
        return False
    files_of(platform.settings).delete(gone)  # after the commit: a row without its file would be a lie
    return True


def open_attachment(
    platform: Platform, actor: Actor, change_id: int, file_id: UUID
) -> tuple[Attachment, BinaryIO]:
    """The file, once that it was downloaded stands in the trail; the caller closes it.

    Only for who sees every value of the change unmasked: what stands in a file no right of a column covers. Raises
    NotVisible where there is none for them, SpoolError where it is lost.
    """
    with platform.db.transaction() as tx:
        actor = identity.current_actor(tx, actor)
        one = onlooker(tx, platform.catalog, actor, change_id)
        found = _find(tx, change_id, file_id)
        if found.file is None or not one.whole:
            raise NotVisible(str(file_id))
        file = files_of(platform.settings).open(found.file)
        try:
            _note(tx, actor, "change.file_downloaded", one, found)
        except BaseException:
            file.close()
            raise
    return found, file


def tidy(platform: Platform) -> None:
    """Delete the files of changes that are long over, and those no change knows; the clock calls it."""
    spool = files_of(platform.settings)
    with platform.db.transaction() as tx:
        old = tx.scalars(_OLD, {"days": KEPT_DAYS}).all()
        unknown = spool.unknown(ORPHAN_SECONDS, lambda names: tx.scalars(_HELD, {"names": names}))
    spool.clear({*old, *unknown}, ORPHAN_SECONDS)


def name_of(told: str) -> str:
    """What a browser told, without folders and signs that do not show; never longer than a file system takes."""
    name = PurePosixPath(PureWindowsPath(told).name).name
    shown = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip(" .")
    return shown.encode()[:150].decode("utf-8", "ignore") or t("files.unnamed")


def _kept(spool: Spool, file_id: UUID, stream: IO[bytes]) -> tuple[Writing, str]:
    # A name of its own: whoever sends the same form at the same moment writes another file, and one of the two goes.
    file = f"{file_id}-{uuid4().hex[:8]}.bin"
    with spool.writing(file) as out:
        while piece := stream.read(PIECE):
            if out.bytes + len(piece) > MOST_BYTES:
                raise Invalid({FIELD: t("files.too_large", most=MOST_BYTES // 1024**2)})
            out.write(piece)
        if not out.bytes:
            raise Invalid({FIELD: t("files.empty")})
    return out, file


def _add(
    tx: Session, actor: Actor, one: Onlooker, file_id: UUID, name: str, file: str, kept: Writing
) -> bool:
    change = one.matter.change
    if tx.scalar(_LOCKED, {"id": change.id}) not in UNFINISHED or not may_attach(tx, actor, one):
        raise Forbidden(t("files.may_not"))
    if tx.scalar(_KNOWN, {"file_id": file_id, "id": change.id}) is not None:
        return False
    count = tx.execute(_COUNT, {"id": change.id}).one()
    if count.there >= MOST_FILES:
        raise Invalid({FIELD: t("files.too_many", count=MOST_FILES)})
    if count.ever >= MOST_EVER:
        raise Invalid({FIELD: t("files.too_many_ever", count=MOST_EVER)})
    values = {
        "file_id": file_id, "id": change.id, "person": actor.person_id, "revision": change.revision, "name": name,
        "bytes": kept.bytes, "sha256": kept.sha256, "file": file,
    }  # fmt: skip
    tx.execute(_ADD, values)
    facts = {"file": name, "bytes": str(kept.bytes), "sha256": kept.sha256}
    audit.record(tx, actor, [audit.Entry("change.file_added", change_id=change.id, facts=facts)])
    return True


def _find(tx: Session, change_id: int, file_id: UUID) -> Attachment:
    row = tx.execute(_ONE, {"id": change_id, "file_id": file_id}).one_or_none()
    if row is None:
        raise NotVisible(str(file_id))
    return Attachment(*row)


def _note(tx: Session, actor: Actor, action: str, one: Onlooker, found: Attachment) -> None:
    facts = {"file": found.name, "bytes": str(found.bytes), "sha256": found.sha256}
    audit.record(tx, actor, [audit.Entry(action, change_id=one.matter.change.id, facts=facts)])
