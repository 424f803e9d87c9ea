"""JSON and lists, piece by piece: which paths, or which items, came, went or became something else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ops.changes.arrays import array_items

LONGEST = 200_000  # characters; longer values are shown as they are
MOST = 40  # pieces that are listed
_ABSENT: Any = object()

What = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One difference: where, and the texts before and after (None: not there)."""

    what: What
    path: str
    was: str | None
    will_be: str | None


@dataclass(frozen=True, slots=True)
class Pieces:
    """The first differences, how many more there are, and whether the same items only stand in another order."""

    listed: tuple[Piece, ...]
    more: int
    reordered: bool = False


class _Twice(ValueError):
    """An object of JSON text names a member twice: reading it would lose one of them."""


def of_json(was: str, will_be: str) -> Pieces | None:
    """What differs between two JSON texts by path; None where either cannot be read without losing something."""
    if len(was) > LONGEST or len(will_be) > LONGEST:
        return None
    try:
        return _listed(_walk("", _read(was), _read(will_be)))
    except (ValueError, RecursionError):
        return None


def of_array(was: str, will_be: str) -> Pieces | None:
    """Which items came and went, between two arrays of PostgreSQL's form; None where they are of several dimensions."""
    if len(was) > LONGEST or len(will_be) > LONGEST:
        return None
    if any(not text.startswith("{") or _nested(text) for text in (was, will_be)):
        return None
    before, after = array_items(was), array_items(will_be)
    old, new = Counter(before), Counter(after)
    found = [Piece("removed", "", one, None) for one in (old - new).elements()]
    found += [Piece("added", "", None, one) for one in (new - old).elements()]
    if not found:
        return Pieces((), 0, reordered=before != after) if before != after else None
    return _listed(iter(found))


def _nested(text: str) -> bool:
    """Whether an item is an array or NULL itself, or the array tells its bounds: read as texts they would deceive."""
    quoted = escaped = False
    plain = []
    for letter in text[1:]:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif not quoted:
            plain.append(letter)
    outside = "".join(plain)
    return "{" in outside or "NULL" in outside.upper().strip("}").split(",")


def _read(text: str) -> Any:
    # Numbers stay the texts they are: 1.0 and 1 are two things to whoever reads them.
    return json.loads(
        text, object_pairs_hook=_members, parse_float=_Number, parse_int=_Number, parse_constant=_Number
    )


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _walk(path: str, was: Any, will_be: Any) -> Iterator[Piece]:
    if isinstance(was, dict) and isinstance(will_be, dict):
        for name in dict.fromkeys((*was, *will_be)):
            yield from _walk(_member(path, name), was.get(name, _ABSENT), will_be.get(name, _ABSENT))
    elif isinstance(was, list) and isinstance(will_be, list):
        for n in range(max(len(was), len(will_be))):
            old, new = (one[n] if n < len(one) else _ABSENT for one in (was, will_be))
            yield from _walk(f"{path}[{n}]", old, new)
    elif type(was) is not type(will_be) or was != will_be:
        what: What = "added" if was is _ABSENT else "removed" if will_be is _ABSENT else "changed"
        yield Piece(what, path or "$", _text(was), _text(will_be))


def _member(path: str, name: str) -> str:
    plain = name.isidentifier()
    named = name if plain else json.dumps(name, ensure_ascii=False)
    return (f"{path}.{named}" if path else named) if plain else f"{path}[{named}]"


def _text(value: Any) -> str | None:
    if value is _ABSENT:
        return None
    return value if isinstance(value, _Number) else _dumped(value)


def _dumped(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(
            f"{json.dumps(name, ensure_ascii=False)}: {_text(one)}" for name, one in value.items()
        )
        return "{" + inside + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(_text(one)) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _listed(found: Iterator[Piece]) -> Pieces | None:
    every = list(found)
    return Pieces(tuple(every[:MOST]), len(every) - len(every[:MOST])) if every else None
