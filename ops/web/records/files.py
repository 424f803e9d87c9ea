"""A file out of a bytea column: written into the trail, read in pieces into a file of its own, sent as a download.

It is never shown: whatever it holds, a browser keeps it and does not open it (P19, P24).
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from typing import IO

import sqlalchemy as sa
from flask import Response, send_file
from sqlalchemy.orm import Session

from ops import audit, disclosure
from ops.actor import Actor
from ops.disclosure import Sight
from ops.identity import current_actor
from ops.policy import NotVisible, View, view
from ops.records import one as read
from ops.records.single import key_condition
from ops.web.gate import actor, database, platform

PIECE = 1024 * 1024  # bytes of one statement
IN_MEMORY = 1024 * 1024  # bytes; more waits on disk


def send(seen: View, key: str, column: str) -> Response:
    """The file. Raises NotVisible where there is none, or none in full, for the person."""
    if not seen.sees(column) or seen.column(column).column.category != "bytes":
        raise NotVisible(column)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    with database().transaction() as tx:
        who = current_actor(tx, actor())
        seen = view(who, seen.table, platform().catalog)
        record = read(tx, seen, key)
        size = record.sizes.get(column)
        if size is None:
            raise NotVisible(column)
        _note(tx, who, seen, record.key, column, size)
        _collect(tx, seen, record.key, column, size, file)
    file.seek(0)
    answer = send_file(
        file,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=_name(seen, record.key, column),
    )
    answer.content_length = size
    answer.headers["Cache-Control"] = "no-store"  # the company's files stay in no cache (P26)
    return answer


def _collect(tx: Session, seen: View, key: str, column: str, size: int, file: IO[bytes]) -> None:
    where = key_condition(tx, seen, key)
    for start in range(1, size + 1, PIECE):
        piece = sa.func.substring(
            seen.raw(column), sa.literal_column(str(start)), sa.literal_column(str(PIECE))
        )
        found = tx.execute(seen.select(sa.cast(piece, sa.Text)).where(where)).scalar_one()
        file.write(bytes.fromhex(found[2:]))


def _note(tx: Session, who: Actor, seen: View, key: str, column: str, size: int) -> None:
    table = seen.table
    entry = audit.Entry(
        "file.downloaded", table=(table.schema, table.name), oid=str(table.oid), key=key,
        facts={"column": column, "bytes": str(size)},
    )  # fmt: skip
    audit.record(tx, who, [entry])
    disclosure.note(tx, who, [Sight(table, key)])


def _name(seen: View, key: str, column: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", f"{seen.table.name}-{key}-{column}").encode("ascii", "ignore").decode()
    )
    return (re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-")[:80] or "file") + ".bin"
