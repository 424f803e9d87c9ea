"""Two uploads of one form at the same moment: one is kept, whole, and the other leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from ops import identity, imports
from ops.actor import Actor
from ops.imports.source import spool_of
from ops.platform import Platform

FIRST, SECOND = b"sku,name\na,first\n", b"sku,name\na,the other\n"


class Slow(io.BytesIO):
    """A file that arrives so slowly that something else happens before its end."""

    def __init__(self, data: bytes, meanwhile: Callable[[], object]) -> None:
        super().__init__(data)
        self.meanwhile: Callable[[], object] | None = meanwhile

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return piece


def one_whole_file(platform: Platform, data: bytes) -> None:
    """What the one import says of its file is what lies in the spool, alone."""
    with platform.db.reading() as tx:
        (run,) = tx.execute(sa.text("SELECT file, sha256, bytes FROM ops.import_run")).all()
    spool = spool_of(platform.settings)
    assert spool.names() == [run.file]
    with spool.open(run.file) as kept:
        assert kept.read() == data
    assert (run.sha256, run.bytes) == (hashlib.sha256(data).hexdigest(), len(data))


def test_p30_p49_the_one_that_ends_first_is_kept_whole(platform: Platform, ann: Actor) -> None:
    """P30, P49."""

    def other() -> None:
        imports.upload(platform, ann, "stock", "b.csv", io.BytesIO(SECOND), "one token")

    first = imports.upload(platform, ann, "stock", "a.csv", Slow(FIRST, other), "one token")
    assert first == imports.upload(platform, ann, "stock", "a.csv", io.BytesIO(FIRST), "one token")
    one_whole_file(platform, SECOND)


def test_p49_one_that_is_refused_takes_the_other_s_file_not_along(platform: Platform, ann: Actor) -> None:
    """P16, P49: whoever may no more when the file is whole leaves none; the one that came beside it has its own."""

    def other() -> None:
        imports.upload(platform, ann, "stock", "b.csv", io.BytesIO(SECOND), "one token")
        with platform.db.transaction() as tx:
            tx.execute(sa.text("UPDATE ops.person SET disabled_at = now()"))

    with pytest.raises(identity.Disabled):
        imports.upload(platform, ann, "stock", "a.csv", Slow(FIRST, other), "one token")
    one_whole_file(platform, SECOND)
