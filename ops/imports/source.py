"""An uploaded file as rows, whichever kind it is; and its beginning, for a page to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from ops.catalog import Table
from ops.imports import amounts, csv_file, moments, workbook
from ops.imports.csv_file import Cell, Row
from ops.imports.dialect import header_of
from ops.imports.errors import Broken
from ops.imports.plan import Reading
from ops.settings import Settings
from ops.spool import Spool, SpoolError, at
from ops.words import t

SHOWN_ROWS = 12
SAMPLED_ROWS = 400
LONGEST_HEADER = 200  # characters of a cell that names a column
_FOLDER = "imports"


def spool_of(settings: Settings) -> Spool:
    """Where uploads lie: a folder of their own, which no other room sweeps."""
    spool = at(settings.spool)
    return Spool(spool.folder / _FOLDER)


@contextmanager
def rows_of(spool: Spool, file: str, reading: Reading) -> Iterator[tuple[Iterator[Row], Callable[[], int]]]:
    """Every row of the file, with its header and what stands above it; and how many bytes of it were read so far.

    Raises Broken; also while it is read.
    """
    size = spool.size(file) or 0
    with _open(spool, file) as opened:
        if reading.kind == "csv":
            with closing(csv_file.rows(opened, reading)) as found:
                yield found, opened.tell
            return
        with workbook.opened(opened) as book, closing(book.rows(reading.sheet, spool.folder)) as found:
            yield found, lambda: int(book.share(reading.sheet, opened.tell()) * size)


def first_rows(spool: Spool, file: str, reading: Reading, most: int = SAMPLED_ROWS) -> list[Row]:
    """The first rows. Raises Broken where not even these can be read."""
    with _open(spool, file) as opened:
        if reading.kind == "csv":
            with closing(csv_file.rows(opened, reading)) as found:
                return list(_until_broken(csv_file.beginning(islice(found, most))))
        with workbook.opened(opened) as book:
            return book.first_rows(reading.sheet, most)


def sheets_of(spool: Spool, file: str) -> list[str]:
    """The sheets of a workbook. Raises Broken."""
    with _open(spool, file) as opened, workbook.opened(opened) as book:
        return book.sheets


def with_header(rows: Sequence[Row], reading: Reading) -> Reading:
    """The reading with the row of a workbook's sheet that most likely names the columns."""
    place = header_of([[shown(cell) for cell in cells] for _, cells, _ in rows])
    return replace(reading, header=rows[place - 1][0] if rows else 1)


def split(rows: Sequence[Row], reading: Reading) -> tuple[tuple[str, ...], list[Row]]:
    """(the header's texts, the rows below it). Where no row names the columns they are called by their number."""
    if not reading.header:
        width = max((len(header_texts(cells)) for _, cells, _ in rows), default=0)
        return tuple(t("imports.column_number", place=place) for place in range(1, width + 1)), list(rows)
    place = header_place(rows, reading)
    if place is None:
        return (), []
    return header_texts(rows[place][1]), list(rows[place + 1 :])


def header_place(rows: Sequence[Row], reading: Reading) -> int | None:
    """Where among these rows the header is. Of a workbook it is known by the row's number, else by its place."""
    if reading.kind == "xlsx":
        return next((n for n, (line, _, _) in enumerate(rows) if line >= reading.header), None)
    return reading.header - 1 if len(rows) >= reading.header else None


def header_texts(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The header's cells as texts, empty ones at its end left out; as they can be kept, and no longer than is read."""
    texts = [storable(shown(cell).strip()[:LONGEST_HEADER]) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def habits(columns: Sequence[tuple[int, str]], rows: Sequence[Row], reading: Reading) -> Reading:
    """The reading with the habits its cells show: `columns` are (place, `category_of`). "" where a person is asked."""
    numbers, dates, percents = _samples(columns, rows)
    decimal, thousands = amounts.habit(numbers) or ("", "")
    order, percent = moments.habit(dates) or "", "" if percents else "no"
    return replace(reading, decimal=decimal, thousands=thousands, dates=order, percent=percent)


def doubts(columns: Sequence[tuple[int, str]], rows: Sequence[Row], reading: Reading) -> list[str]:
    """The habits of the reading that are not for certain those of these columns."""
    numbers, dates, percents = _samples(columns, rows)
    found = []
    if amounts.habit(numbers) is None or not amounts.fits(numbers, reading.decimal or ".", reading.thousands):
        found.append("decimal")
    if moments.habit(dates) not in ("iso", reading.dates):
        found.append("dates")
    if percents and reading.percent == "no":
        found.append("percent")
    return found


def _samples(columns: Sequence[tuple[int, str]], rows: Sequence[Row]) -> tuple[list[str], list[str], bool]:
    """(texts of numbers, texts of dates, whether a percentage stands where nobody knows what it means)."""
    numbers: list[str] = []
    dates: list[str] = []
    percents = False
    for place, category in columns:
        cells = [row[place] for _, row, wrong in rows if wrong is None and place < len(row)]
        found = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        if category in ("number", "integer", "money", "percent"):
            percents |= category != "percent" and any(amounts.percentage(shown(cell)) for cell in cells)
            numbers += [amounts.percentage(cell) or cell for cell in found]
        elif category in ("date", "timestamp"):
            dates += found
    return numbers, dates, percents


def category_of(table: Table, name: str) -> str:
    """What `habits` is told of a column; "percent" where its format says what 12.5% is: 12.5."""
    shape = table.resource.formats.get(name)
    return "percent" if shape is not None and shape.kind == "percent" else table.columns[name].category


def shown(cell: Cell) -> str:
    """A cell as a page shows it."""
    return cell[0] if isinstance(cell, tuple) else cell


def storable(text: str) -> str:
    """The text without what no text of the database holds: zero bytes and halves of letters."""
    return text.replace("\x00", "\u2400").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _until_broken(rows: Iterator[Row]) -> Iterator[Row]:
    """What there is up to where the file breaks; nothing at all is not enough."""
    found = 0
    try:
        for row in rows:
            found += 1
            yield row
    except Broken:
        if not found:
            raise


@contextmanager
def _open(spool: Spool, file: str) -> Iterator[BinaryIO]:
    try:
        opened = spool.open(file)
    except SpoolError as error:
        raise Broken(t("imports.lost")) from error
    with opened:
        yield opened
