"""Reads a CSV file row by row in bounded memory; each row with the line it begins in."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from typing import BinaryIO

from ops.imports.dialect import arguments
from ops.imports.errors import Broken
from ops.imports.plan import Reading
from ops.words import t

Cell = str | tuple[str]  # what was typed, or, from a workbook, a number or date exactly as it is kept
Row = tuple[int, list[Cell], str | None]  # line, cells, what is wrong with the row as a whole

LONGEST_CELL = 1_000_000  # characters; whatever is longer began with a quote that does not end
BEGINNING = 4_000_000  # characters of the rows that a page looks at
MOST_CELLS = 1_600  # what a table of PostgreSQL can have
csv.field_size_limit(LONGEST_CELL)


def rows(file: BinaryIO, reading: Reading) -> Generator[Row]:
    """Every row of the file from its first line on, empty ones included.

    Bytes that are no letters of the encoding become surrogates, which no column takes: the row says so. Raises
    Broken where the file cannot be read on. Whoever stops early closes it before the file, which it leaves open.
    """
    wide = reading.encoding.startswith("utf-16")
    text = io.TextIOWrapper(
        file, encoding=reading.encoding, errors="surrogatepass" if wide else "surrogateescape", newline=""
    )
    try:
        if text.read(1) != "\ufeff":
            text.seek(0)
        yield from _rows(text, reading)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, reading: Reading) -> Iterator[Row]:
    reader = csv.reader(text, **arguments(reading))
    line = 1
    while True:
        try:
            for cells in reader:
                if len(cells) > MOST_CELLS:
                    raise Broken(t("imports.broken.cells", line=line, most=MOST_CELLS), line)
                yield line, cells, None  # type: ignore[misc]  # a list of str is read as a list of cells
                line = reader.line_num + 1
            return
        except csv.Error as error:
            yield line, [], _said(error, line)
            line = reader.line_num + 1
        except UnicodeDecodeError:
            raise Broken(t("imports.broken.letters", line=line), line) from None


def _said(error: csv.Error, line: int) -> str:
    """The sentence for a row that has no sense; raises Broken where nothing after it would have any."""
    text = str(error)
    if "expected after" in text:
        return t("imports.row.quote")
    if "new-line character seen" in text:
        return t("imports.row.break")
    raise Broken(t("imports.broken.open_quote", line=line), line) from None


def beginning(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows up to the one with which they are more than a page needs to hold."""
    said = 0
    for row in rows:
        yield row
        said += sum(len(cell) if isinstance(cell, str) else len(cell[0]) for cell in row[1])
        if said > BEGINNING:
            return
