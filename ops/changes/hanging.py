"""What hangs on a change beside its rows: what was said about it, and its files, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.changes.attachments import Attachment
from ops.changes.show import ChangeView
from ops.changes.states import UNFINISHED
from ops.changes.talk import Comment

_ALL = direct.finished(
    sa.text("""
    SELECT 'said' AS what, CAST(m.id AS text) AS id, m.person_id, p.name AS person, m.revision, m.text, m.at,
        CAST(NULL AS bigint) AS bytes, NULL AS sha256, NULL AS file, CAST(NULL AS timestamptz) AS removed_at,
        NULL AS removed_by
    FROM (SELECT * FROM ops.change_comment WHERE change_id = :id AND (CAST(:before AS bigint) IS NULL OR id < :before)
            AND (CAST(:at AS bigint) IS NULL OR id <= (SELECT max(n.id) FROM (SELECT id FROM ops.change_comment
                WHERE change_id = :id AND id >= :at ORDER BY id LIMIT :most - 1) n))
          ORDER BY id DESC LIMIT :most) m JOIN ops.person p ON p.id = m.person_id
    UNION ALL
    SELECT 'file', CAST(f.id AS text), f.person_id, p.name, f.revision, f.name, f.at, f.bytes, f.sha256, f.file,
        f.removed_at, b.name
    FROM ops.change_file f JOIN ops.person p ON p.id = f.person_id LEFT JOIN ops.person b ON b.id = f.removed_by
    WHERE f.change_id = :id
    ORDER BY at, id
    """)
)


@dataclass(frozen=True, slots=True)
class Hanging:
    """Both, oldest first, also files that are gone. `earlier`: more was said before the first of the comments."""

    comments: tuple[Comment, ...] = ()
    files: tuple[Attachment, ...] = ()
    earlier: bool = False


PAGE = 50


def hanging(tx: Session, change_id: int, *, before: int | None = None, at: int | None = None) -> Hanging:
    """What hangs on the change: of what was said the newest fifty, or those before the comment of that number.

    `at`: the newest fifty that a comment of that number is among.

    That the reader sees the change is the caller's check.
    """
    values = {"id": change_id, "before": before, "at": at, "most": PAGE + 1}
    rows = direct.named_rows(tx, _ALL, values)
    comments = tuple(
        Comment(int(one.id), one.person_id, one.person, one.revision, one.text, one.at)
        for one in rows
        if one.what == "said"
    )
    files = tuple(
        Attachment(
            UUID(one.id), one.person_id, one.person, one.revision, one.text, one.bytes, one.sha256, one.file, one.at,
            one.removed_at, one.removed_by,
        )
        for one in rows
        if one.what == "file"
    )  # fmt: skip
    return Hanging(comments[-PAGE:], files, len(comments) > PAGE)


def offers_files(view: ChangeView, person_id: int | None) -> bool:
    """Whether the page offers to attach a file; who really may is asked when one is sent."""
    change = view.change
    theirs = {
        change.proposer_id,
        change.heir_id,
        change.editor_id,
        *(one.person_id for one in view.decisions),
    }
    return change.state in UNFINISHED and person_id is not None and (view.may_decide or person_id in theirs)


def opens_files(view: ChangeView) -> bool:
    """Whether the page offers its files: to who sees every value of it unmasked."""
    return all(not one.unseen and not any(d.masked for d in one.differences) for one in view.operations)
