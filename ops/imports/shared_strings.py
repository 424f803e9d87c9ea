"""The texts of a workbook, which its cells name by number: kept in a file, so that a million cost no memory."""

from __future__ import annotations

import mmap
import tempfile
from array import array
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol
from xml.parsers import expat

from ops.imports.errors import Broken
from ops.words import t

PIECE = 64 * 1024


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
    for place, text in enumerate(texts(stream)):
        if place in wanted:
            found[place] = text
        if place >= last:
            break
    return found


def texts(stream: BinaryIO) -> Iterator[str]:
    """Each text of a part `sharedStrings` (ECMA-376, 18.4.9), runs joined, readings in kana left out."""
    ready: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(name: str, _attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag in inside:
            inside[tag] = True

    def end(name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            ready.append("".join(parts))
            parts.clear()
        elif tag in inside:
            inside[tag] = False

    def said(text: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.append(text)

    parser = safe_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, said
    with stream:
        while piece := stream.read(PIECE):
            parser.Parse(piece)
            yield from ready
            ready.clear()
    parser.Parse(b"", True)
    yield from ready


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
