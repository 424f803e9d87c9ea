"""A file as large as one likes is judged in memory that does not grow with it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import imports
from ops.actor import Actor
from ops.imports import workbook
from ops.platform import Platform
from tests.imports.conftest import bring, claim, shown

ROWS = 40_000
PAGE = 4096


def resident() -> int:
    """Bytes of memory this process holds (Linux, proc(5))."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def sheet(rows: int) -> Iterator[bytes]:
    """A sheet whose texts are all different and kept apart, as Excel keeps them."""
    yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for n in range(1, rows + 2):
        cells = b"".join(b'<c r="%s%d" t="s"><v>%d</v></c>' % (name, n, (n - 1) * 3 + place)
                         for place, name in enumerate((b"A", b"B", b"C")))  # fmt: skip
        yield b'<row r="%d">%s</row>' % (n, cells)
    yield b"</sheetData></worksheet>"


def texts(rows: int) -> Iterator[bytes]:
    """Its texts."""
    yield b"<sst><si><t>sku</t></si><si><t>name</t></si><si><t>note</t></si>"
    for n in range(1, rows + 1):
        yield b"<si><t>S%d</t></si><si><t>Name %d</t></si><si><t>%s %d</t></si>" % (
            n,
            n,
            b"a long note" * 20,
            n,
        )
    yield b"</sst>"


def large_workbook(path: Path, rows: int) -> bytes:
    from tests.imports.test_workbooks import book

    with (
        zipfile.ZipFile(io.BytesIO(book(("A", [["x"]])))) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name != "xl/worksheets/sheet1.xml":
                new.writestr(name, old.read(name))
        for name, lines in (("xl/worksheets/sheet1.xml", sheet(rows)), ("xl/sharedStrings.xml", texts(rows))):
            with new.open(name, "w") as part:
                for line in lines:
                    part.write(line)
    return path.read_bytes()


def growth(platform: Platform, actor: Actor, data: bytes | str, name: str) -> tuple[int, int]:
    """(rows judged, bytes by which memory grew from the fifth thousand to the last)."""
    run_id = bring(platform, actor, data, name=name)
    imports.check(platform, actor, run_id, shown(platform, actor, run_id).plan)
    seen: list[int] = []

    def look() -> bool:
        seen.append(resident())
        return False

    imports.run(platform, claim(platform, run_id), look)
    run = shown(platform, actor, run_id)
    assert run.state == "checked", run.error
    return run.rows, max(seen[5:]) - seen[5]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_file(
    platform: Platform, ann: Actor, tmp_path: Path, kind: str
) -> None:
    """P24: from the fifth thousand rows to the fortieth, less than 24 MiB; their texts alone are more."""
    make: dict[str, Callable[[], bytes | str]] = {
        "csv": lambda: (
            "sku,name,note\n" + "".join(f"S{n},Name {n},{'a long note' * 80} {n}\n" for n in range(ROWS))
        ),
        "xlsx": lambda: large_workbook(tmp_path / "large.xlsx", ROWS),
    }
    rows, grown = growth(platform, ann, make[kind](), f"large.{kind}")
    assert rows == ROWS
    assert grown < 24 * 1024**2, f"{grown / 1024**2:.0f} MiB"


def test_texts_of_a_workbook_lie_on_disk(tmp_path: Path) -> None:
    """200,000 texts of 230 letters cost 8 bytes of memory each."""
    data = large_workbook(tmp_path / "large.xlsx", 20_000)
    before = resident()
    with workbook.opened(io.BytesIO(data)) as found:
        rows = found.rows("A", tmp_path)
        next(rows)
        grown = resident() - before
        assert sum(1 for _ in rows) == 20_000
    assert grown < 12 * 1024**2, f"{grown / 1024**2:.0f} MiB"
