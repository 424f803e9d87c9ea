"""The texts of a workbook, which its cells name by number: kept in a file, so that a million cost no memory."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol
from xml.parsers import expat

from ops.imports.csv_file import LONGEST_CELL
from ops.imports.errors import Broken
from ops.words import t

PIECE = 64 * 1024
MOST_NAMES = 1000  # of tags and attributes
LONGEST_TAG = 1024 * 1024  # bytes that the parser holds back: of a tag, a comment
NEAR = 16 * 1024**2  # bytes of a sheet, and four times of its texts, in which its first rows are looked for


class Strings(Protocol):
    """What a cell asks for its text."""

    def __getitem__(self, place: int) -> str: ...


class _OnDisk:
    def __init__(self, ends: array[int], texts: mmap.mmap | bytes) -> None:
        self._ends, self._texts = ends, texts

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError(place)
        start = self._ends[place - 1] if place else 0
        return self._texts[start : self._ends[place]].decode("utf-8", "surrogatepass")


class Names:
    """The names of a part's tags and attributes. The parser keeps each in memory: no part has thousands."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def note(self, name: str, attributes: Mapping[str, str]) -> None:
        """Raise Broken where these are one too many."""
        if name not in self._known or not attributes.keys() <= self._known:
            self._known.add(name)
            self._known.update(attributes)
            if len(self._known) > MOST_NAMES:
                raise Broken(t("imports.broken.bomb"))


@contextmanager
def strings_on_disk(stream: BinaryIO | None, folder: Path) -> Iterator[Strings]:
    """All texts of the stream, in an unnamed file under `folder` while the block lasts; 8 bytes of memory each."""
    ends: array[int] = array("Q")
    if stream is None:
        yield _OnDisk(ends, b"")
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        total = 0
        for text in texts(stream):
            total += file.write(text.encode("utf-8", "surrogatepass"))
            ends.append(total)
        file.flush()
        if not total:
            yield _OnDisk(ends, b"")
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield _OnDisk(ends, mapped)


def some_strings(stream: BinaryIO | None, places: Collection[int]) -> dict[int, str]:
    """The texts at these places alone."""
    if stream is None or not places:
        return {}
    wanted, last = set(places), max(places)
    found: dict[int, str] = {}
    for place, text in enumerate(texts(stream, 4 * NEAR)):
        if place in wanted:
            found[place] = text
        if place >= last:
            break
    return found


def texts(stream: BinaryIO, most: int | None = None) -> Iterator[str]:
    """Each text of a part `sharedStrings` (ECMA-376, 18.4.9), runs joined, readings in kana left out.

    Of the first `most` bytes, where told. Raises Broken for a text that is longer than any cell.
    """
    ready: list[str] = []
    parts: list[str] = []
    length = 0
    inside, names = {"t": False, "rPh": False}, Names()

    def start(name: str, attributes: dict[str, str]) -> None:
        names.note(name, attributes)
        tag = name.rpartition(":")[2]
        if tag in inside:
            inside[tag] = True

    def end(name: str) -> None:
        nonlocal length
        tag = name.rpartition(":")[2]
        if tag == "si":
            ready.append("".join(parts))
            parts.clear()
            length = 0
        elif tag in inside:
            inside[tag] = False

    def said(text: str) -> None:
        nonlocal length
        if inside["t"] and not inside["rPh"]:
            parts.append(text)
            length += len(text)
            if length > LONGEST_CELL:
                raise Broken(t("imports.broken.bomb"))

    parser = safe_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, said
    with stream:
        for _ in fed(parser, stream, most):
            yield from ready
            ready.clear()


def fed(parser: expat.XMLParserType, stream: IO[bytes], most: int | None = None) -> Iterator[None]:
    """Feed the parser the stream, or its first `most` bytes, a piece at a time; comes back after each.

    Raises Broken where one tag or comment is so long that the parser would have to hold it whole in memory.
    """
    total = 0
    while piece := stream.read(PIECE):
        total += len(piece)
        parser.Parse(piece)
        if total - parser.CurrentByteIndex > LONGEST_TAG:
            raise Broken(t("imports.broken.bomb"))
        yield
        if most is not None and total >= most:
            return
    parser.Parse(b"", True)
    yield


def safe_parser() -> expat.XMLParserType:
    """A parser that refuses every document type: no entity of any kind is ever expanded or fetched."""

    def refuse(*_said: object) -> int:
        raise Broken(t("imports.broken.entities"))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser
