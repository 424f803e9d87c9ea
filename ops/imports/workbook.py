"""An XLSX file: which sheets it has, and the rows of one, as they are kept; safe against what hides in archives.

openpyxl reads what a workbook is made of (sheets, styles, calendar) through defusedxml; rows are read from the
sheet's own XML as a stream (`sheet_rows`), for openpyxl's cells take four times as long. openpyxl itself is read
with the first workbook: most processes never see one.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException

from ops.imports.csv_file import Row, beginning
from ops.imports.errors import Broken
from ops.imports.shared_strings import NEAR, Strings, some_strings, strings_on_disk
from ops.imports.sheet_rows import Kinds, Wanted, sheet_rows
from ops.words import t

MOST_UNPACKED = 2 * 1024**3  # bytes of all parts together
MOST_PART = 16 * 1024**2  # bytes of the parts that are read as a whole
MOST_PARTS = 5_000
# What openpyxl raises for a workbook that is not as the standard says is any of these.
_NOT_AS_SAID = (
    ExpatError, KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, SyntaxError,
)  # fmt: skip
# Of a number's format: what is said to the letter, and colours and conditions; a sign in it counts for nothing.
_SAID = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_STREAMED = ("xl/worksheets/", "xl/sharedstrings.xml")


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook. `sheets` are the names of those with cells, hidden ones too, in its order."""

    archive: zipfile.ZipFile
    parts: dict[str, str]
    kinds: Kinds
    strings_part: str | None

    @property
    def sheets(self) -> list[str]:
        """Their names."""
        return list(self.parts)

    def rows(self, sheet: str, folder: Path) -> Generator[Row]:
        """Every row of the sheet that has cells; its texts wait in a file under `folder` meanwhile.

        Raises Broken where the file is damaged.
        """
        with _named_damage(), strings_on_disk(self._strings(), folder) as strings:
            yield from self._rows(sheet, strings)

    def share(self, sheet: str, at: int) -> float:
        """How much of the sheet was read when the file stands `at`; its texts, which lie elsewhere, come first."""
        part = self.archive.NameToInfo.get(self.parts.get(sheet, ""))
        if part is None or not part.compress_size:
            return 0.0
        return min(1.0, max(0.0, (at - part.header_offset) / part.compress_size))

    def first_rows(self, sheet: str, most: int) -> list[Row]:
        """The first rows, with no more read of the workbook's texts than they need. Raises Broken."""
        with _named_damage():
            wanted = Wanted()
            for place, _row in enumerate(self._rows(sheet, wanted, NEAR), 1):
                if place >= most:
                    break
            strings = some_strings(self._strings(), wanted.places)
            found = []
            for row in beginning(self._rows(sheet, strings, NEAR)):
                found.append(row)
                if len(found) >= most:
                    break
            return found

    def _rows(self, sheet: str, strings: Strings, most: int | None = None) -> Iterator[Row]:
        part = self.parts.get(sheet)
        if part is None:
            raise Broken(t("imports.broken.no_sheet", sheet=sheet[:80]))
        with self.archive.open(part) as stream:
            yield from sheet_rows(stream, strings, self.kinds, most)

    def _strings(self) -> BinaryIO | None:
        if self.strings_part is None:
            return None
        return self.archive.open(self.strings_part)  # type: ignore[return-value]  # it reads bytes, as a file does


@contextmanager
def opened(file: BinaryIO) -> Iterator[Workbook]:
    """Open a workbook. Raises Broken where it is none, is damaged, or unpacks to more than anybody means."""
    with _named_damage():
        archive = zipfile.ZipFile(file)
    with archive:
        with _named_damage():
            _bounded(archive)
            found = _read(archive)
        yield found


def _read(archive: zipfile.ZipFile) -> Workbook:
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and names that nobody here asks for
        reader = ExcelReader(archive.fp, read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        found = {sheet.name: rel for sheet, rel in reader.parser.find_sheets()}
    names = set(archive.namelist())
    parts = {
        name: rel.target
        for name, rel in found.items()
        if rel.target in names and str(rel.Type).endswith("/worksheet")
    }
    if not parts:
        raise Broken(t("imports.broken.no_sheets"))
    strings = next((name for name in names if name.lower() == "xl/sharedstrings.xml"), None)
    epoch: datetime = reader.wb.epoch
    dates, spans = frozenset(reader.wb._date_formats), frozenset(reader.wb._timedelta_formats)
    return Workbook(archive, parts, Kinds(epoch, dates, spans, _percents(reader.wb)), strings)


def _percents(book: Any) -> frozenset[int]:
    """The styles that show 0.125 as 12.5%."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS_MAX_SIZE, builtin_format_code

    own: Sequence[str] = book._number_formats
    found = set()
    for place, style in enumerate(book._cell_styles):
        known, further = int(style.numFmtId), int(style.numFmtId) - BUILTIN_FORMATS_MAX_SIZE
        code = own[further] if 0 <= further < len(own) else builtin_format_code(known) or ""
        if "%" in _SAID.sub("", code):
            found.add(place)
    return frozenset(found)


def _bounded(archive: zipfile.ZipFile) -> None:
    """Refuse what unpacks to more than a sheet of a million rows does (a zip bomb), before anything is unpacked."""
    parts = archive.infolist()
    if not any(part.filename.startswith("xl/") for part in parts):
        raise Broken(t("imports.broken.archive"))
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Broken(t("imports.broken.bomb"))
    for part in parts:
        if part.flag_bits & 1:
            raise Broken(t("imports.broken.locked"))
        whole = part.filename.endswith((".xml", ".rels")) and not part.filename.lower().startswith(_STREAMED)
        if whole and part.file_size > MOST_PART:
            raise Broken(t("imports.broken.bomb"))


@contextmanager
def _named_damage() -> Iterator[None]:
    try:
        yield
    except Broken:
        raise
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's, not the file's
        raise Broken(t("imports.broken.workbook")) from error
    except DefusedXmlException:
        raise Broken(t("imports.broken.entities")) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise Broken(t("imports.broken.zip")) from error
    except (
        ExpatError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        SyntaxError,
    ) as error:
        # What openpyxl raises for a workbook that is not as the standard says is any of these.
        raise Broken(t("imports.broken.workbook")) from error
