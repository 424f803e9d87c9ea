"""Workbooks: numbers, dates and texts as Excel keeps them; nothing hidden in the archive does any harm (P24)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from ops.actor import Actor
from ops.imports import ImportRefused, Reading, source, workbook
from ops.imports.errors import Broken
from ops.platform import Platform
from ops.spool import Spool
from tests.imports.conftest import bring, checked, shown, staged


def book(*sheets: tuple[str, list[list[object]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def read(data: bytes, sheet: str, folder: Path) -> list[list[object]]:
    with workbook.opened(io.BytesIO(data)) as found:
        return [cells for _, cells, _ in found.rows(sheet, folder)]


def changed(data: bytes, part: str, text: bytes) -> bytes:
    """The workbook with one part replaced, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), part}:
            new.writestr(name, text if name == part else old.read(name))
    return out.getvalue()


def archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, "a,b")
    return out.getvalue()


def test_cells_as_they_are_kept(tmp_path: Path) -> None:
    data = book(("A", [
        ["text", 0.1, 123456789012345, 1e21, True, date(2026, 11, 21), datetime(2026, 11, 21, 14, 30, 1), time(8, 15),
         timedelta(hours=30), None, "  spaces ", "001", -0.5, "ünï😀"],
    ]))  # fmt: skip
    (row,) = read(data, "A", tmp_path)
    assert row == [
        "text", ("0.1",), ("123456789012345",), ("1000000000000000000000",), ("true",), ("2026-11-21",),
        ("2026-11-21 14:30:01",), ("08:15:00",), ("30:00:00",), "", "  spaces ", "001", ("-0.5",), "ünï😀",
    ]  # fmt: skip


def test_percentages_are_kept_with_their_sign(tmp_path: Path) -> None:
    """Excel keeps 0.125 where it shows 12.5%; a sign that is only said (`0"%"`, `[>1]`) makes no percentage."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    formats = ["0%", "0.00%", "0.0 %", "[Red]0.0%;-0.0%", '0"%"', "0\\%", '"€" 0.00', "General"]
    for place, code in enumerate(formats, 1):
        sheet.cell(1, place, 0.07).number_format = code
    out = io.BytesIO()
    made.save(out)
    (row,) = read(out.getvalue(), "Sheet", tmp_path)
    assert row == [("7%",)] * 4 + [("0.07",)] * 4


def test_sheets_rows_and_first_rows_agree(tmp_path: Path) -> None:
    rows = [["a", "b"], *[[f"text {n}", n] for n in range(3000)]]
    data = book(("First", [["x"]]), ("Second", rows))
    with workbook.opened(io.BytesIO(data)) as found:
        assert found.sheets == ["First", "Second"]
        all_of_it = list(found.rows("Second", tmp_path))
        assert found.first_rows("Second", 5) == all_of_it[:5]
        assert len(all_of_it) == 3001
        with pytest.raises(Broken, match="no sheet"):
            list(found.rows("Third", tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_how_far_a_sheet_was_read(tmp_path: Path) -> None:
    """The page tells it of a workbook as of a CSV file: from nothing to all, never back."""
    spool = Spool(tmp_path)
    with spool.writing("a.xlsx") as out:
        out.write(book(("First", [["x"]]), ("Second", [[f"text {n}", n * 7919] for n in range(20_000)])))
    seen = []
    with source.rows_of(spool, "a.xlsx", Reading(kind="xlsx", sheet="Second")) as (rows, at):
        for place, _ in enumerate(rows):
            if place % 500 == 0:
                seen.append(at())
    size = spool.size("a.xlsx") or 0
    assert seen == sorted(seen) and seen[0] < size // 3 and seen[-1] > size // 2, (seen, size)


def test_errors_of_formulas_inline_texts_and_gaps(tmp_path: Path) -> None:
    data = book(("A", [["x"]]))
    sheet = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="C2" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r>'
        b'<rPh sb="0" eb="1"><t>kana</t></rPh></is></c><c r="D2" t="str"><f>A1</f><v>made</v></c></row>'
        b'<row r="9"><c t="d"><v>2026-11-21T00:00:00Z</v></c></row></sheetData></worksheet>'
    )
    with workbook.opened(io.BytesIO(changed(data, "xl/worksheets/sheet1.xml", sheet))) as found:
        rows = list(found.rows("A", tmp_path))
    assert rows == [
        (2, [("#N/A", "error"), "", "inline", "made"], None),
        (9, [("2026-11-21 00:00:00",)], None),
    ]


def test_texts_that_cells_name_by_number(tmp_path: Path) -> None:
    """Texts kept apart, as Excel does: joined of their runs, without readings, however many there are."""
    many = b"".join(b"<si><t>text %d</t></si>" % n for n in range(5000))
    shared = (
        b"<sst><si><r><t>two </t></r><r><t>runs</t></r>"
        b'<rPh sb="0" eb="1"><t>kana</t></rPh></si><si><t xml:space="preserve"> \xc3\xbc </t></si><si/>'
        + many
        + b"</sst>"
    )
    sheet = (
        b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        b'<c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>5002</v></c></row></sheetData></worksheet>'
    )
    data = changed(
        changed(book(("A", [["x"]])), "xl/sharedStrings.xml", shared), "xl/worksheets/sheet1.xml", sheet
    )
    assert read(data, "A", tmp_path) == [["two runs", " ü ", "", "text 4999"]]
    with workbook.opened(io.BytesIO(data)) as found:
        assert found.first_rows("A", 3)[0][1] == ["two runs", " ü ", "", "text 4999"]


NO_SUCH_TEXT = b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>'
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>&b;</v></c></row></sheetData></worksheet>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b'<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>&a;</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]
)
@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_p24_entities_are_refused(part: str, text: bytes, tmp_path: Path) -> None:
    """P24: no entity is expanded or fetched, whichever part it hides in."""
    data = changed(book(("A", [["some", "text"]])), part, text)
    with pytest.raises(Broken, match="outside of it"):
        read(data, "A", tmp_path)


def test_p24_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P24: a zip bomb is told by its table of contents, before anything is unpacked."""
    data = book(("A", [["x"]]))
    with pytest.raises(Broken, match="unpacks"):
        read(changed(data, "xl/styles.xml", b" " * (workbook.MOST_PART + 1)), "A", tmp_path)
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 10_000)
    with pytest.raises(Broken, match="unpacks"):
        read(changed(data, "xl/worksheets/sheet1.xml", b" " * 20_000), "A", tmp_path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: changed(data, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        lambda data: changed(data, "xl/workbook.xml", b"<no/>"),
        lambda data: changed(data, "[Content_Types].xml", b"<Types/>"),
        lambda data: changed(data, "xl/worksheets/sheet1.xml", NO_SUCH_TEXT),
    ],
)  # fmt: skip
def test_damage_is_a_clear_sentence(spoil, tmp_path: Path) -> None:
    data = spoil(book(("A", [[f"text {n}", n] for n in range(50)])))
    with pytest.raises(Broken) as error:
        read(data, "A", tmp_path)
    assert "Traceback" not in str(error.value) and len(str(error.value)) > 20


def test_a_workbook_from_upload_to_rows(platform: Platform, ann: Actor) -> None:
    data = book(
        ("Notes", [["nothing here"]]),
        ("Stock", [
            ["Our stock", None], [], ["SKU", "Name", "Amount", "Day", "OK", "Big", "At"],
            ["A", "Anvil", 1.5, date(2026, 1, 5), True, 123456789012345, datetime(2026, 1, 5, 10, 0)],
            ["B", 7, "2,5", "05.01.2026", "nein", None, None], ["C", "Clamp", "x", None, None, None, None],
        ]),
    )  # fmt: skip
    run_id = bring(platform, ann, data, name="stock.xlsx")
    from ops import imports

    plan = shown(platform, ann, run_id).plan
    assert plan.reading.kind == "xlsx" and plan.reading.sheet == "Notes"
    plan = imports.read_as(platform, ann, run_id, imports.reading_from({"sheet": "Stock"}, plan.reading))
    assert plan.reading.header == 3
    assert plan.columns == ("sku", "name", "amount", "day", "ok", "big", "at")
    assert (plan.reading.decimal, plan.reading.dates) == (",", "")
    with pytest.raises(imports.Unfit) as wrong:
        imports.check(platform, ann, run_id, plan)
    assert set(wrong.value.fields) == {"dates"}, "the fifth of January, or the first of May?"
    from dataclasses import replace

    run = checked(platform, ann, run_id, replace(plan, reading=replace(plan.reading, dates="dmy")))
    assert (run.new, run.bad) == (2, 1), [row.problems for row in staged(platform, run, "bad")]
    first, second = staged(platform, run, "new")
    assert first.after == {
        "sku": "A", "name": "Anvil", "amount": "1.50", "day": "2026-01-05", "ok": "true", "big": "123456789012345",
        "at": "2026-01-05 10:00:00+00",
    }  # fmt: skip
    assert second.after == {"sku": "B", "name": "7", "amount": "2.50", "day": "2026-01-05", "ok": "false"}
    assert staged(platform, run, "bad")[0].line == 6


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (b"\xef\xbb\xbf\n", "empty"), (b"%PDF-1.7 x", "neither"), (b"\xd0\xcf\x11\xe0old", "old kind"),
        (b"PK\x03\x04 not really", "damaged"), (bytes(range(256)) * 40, "neither"),
        (b"\xef\xbb\xbf <html><table></table>", "web page"), (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (archive("content.xml"), "another program"), (archive("a.csv"), "another program"),
    ],
)  # fmt: skip
def test_files_that_are_none(platform: Platform, ann: Actor, data: bytes, said: str) -> None:
    with pytest.raises(ImportRefused, match=said):
        bring(platform, ann, data)
    spool = platform.settings.home / "spool" / "imports"
    assert not spool.exists() or list(spool.iterdir()) == []
