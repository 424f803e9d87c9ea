"""Files that unpack small and read large: each is refused before it costs memory or a request's time (P24)."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.imports import source, workbook
from ops.imports.errors import Broken
from ops.imports.plan import Reading
from ops.spool import Spool
from tests.imports.test_workbooks import book

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
BEGIN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"
MIB = 1024**2


def with_part(name: str, pieces: Iterator[bytes]) -> bytes:
    """A workbook one part of which is written piece by piece."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(("A", [["x"]])))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        with new.open(name, "w") as part_file:
            for piece in pieces:
                part_file.write(piece)
    return out.getvalue()


def around(before: bytes, piece: bytes, times: int, after: bytes) -> Iterator[bytes]:
    yield BEGIN + before
    for _ in range(times):
        yield piece
    yield after + END


BOMBS = {
    "a cell": (SHEET, lambda: around(b'<row><c t="str"><v>', b"A" * MIB, 40, b"</v></c></row>")),
    "an attribute": (SHEET, lambda: around(b'<row><c r="', b"A" * MIB, 40, b'"/></row>')),
    "a comment": (SHEET, lambda: around(b"<!--", b"A" * MIB, 40, b"-->")),
    "a row": (SHEET, lambda: around(b"<row>", b'<c r="A1"><v>1</v></c>' * 10_000, 50, b"</row>")),
    "a text": (STRINGS, lambda: around(b"<si><t>", b"A" * MIB, 40, b"</t></si>")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_p24_what_unpacks_to_one_huge_piece_is_refused(name: str, tmp_path: Path) -> None:
    part, pieces = BOMBS[name]
    data = with_part(part, pieces())
    tracemalloc.start()
    try:
        with workbook.opened(io.BytesIO(data)) as found, pytest.raises(Broken):
            if part == STRINGS:
                list(found.rows("A", tmp_path))
            found.first_rows("A", 5)
        assert tracemalloc.get_traced_memory()[1] < 24 * MIB
    finally:
        tracemalloc.stop()


def test_p24_the_first_rows_are_looked_for_near_the_beginning(tmp_path: Path) -> None:
    """Nobody's request walks through two gigabytes of rows without a cell."""
    data = with_part(SHEET, around(b"", b"<row/>" * 100_000, 400, b'<row><c t="str"><v>x</v></c></row>'))
    began = time.monotonic()
    with workbook.opened(io.BytesIO(data)) as found:
        assert found.first_rows("A", 5) == []
    assert time.monotonic() - began < 60  # seconds, on a machine that does other things too


def test_p24_the_beginning_of_a_file_is_little(tmp_path: Path) -> None:
    """Four hundred rows of a megabyte each are no beginning."""
    spool = Spool(tmp_path)
    with spool.writing("a.csv") as out:
        out.write(b"id,name\n")
        for n in range(60):
            out.write(b"%d,%s\n" % (n, b"x" * 900_000))
    rows = source.first_rows(spool, "a.csv", Reading())
    assert sum(len(cell) for _, cells, _ in rows for cell in cells) < 8_000_000
    assert rows[0][1] == ["id", "name"]


def test_p24_headers_are_short_and_can_be_kept() -> None:
    """What no text of the database holds, and what nobody reads, is not in a header."""
    texts = source.header_texts(["a\x00b", "\ud800c", "\udcff", "x" * 100_000, " d "])
    assert texts[0] == "a\u2400b" and texts[4] == "d"
    assert all(len(text) <= 200 for text in texts)
    "".join(texts).encode()
