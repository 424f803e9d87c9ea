"""What a parsed condition is made of: a small tree of frozen values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A column, in rules with the side it is read from: `old.` or `new.`."""

    column: str
    side: str = ""  # "", "old" or "new"
    position: int = 0

    @property
    def full(self) -> str:
        """The name as `resolve` and `holds` know it: `total`, `old.total`."""
        return f"{self.side}.{self.column}" if self.side else self.column


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as text; PostgreSQL reads it in the type of the column it is compared with."""

    text: str
    position: int = 0
    kind: str = "text"  # "text", "number" or "boolean": how it was written


@dataclass(frozen=True, slots=True)
class Me:
    """A value of the person who asks: `me` (their verified e-mail address), `me.id`, `me.department`."""

    path: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`; op is one of = != < <= > >=."""

    left: Name
    op: str
    right: Name | Constant | Me


@dataclass(frozen=True, slots=True)
class Match:
    """`left contains text` (any case), `left starts with text` (this case), `left has text` (an array's element)."""

    left: Name
    how: str  # "contains", "starts" or "has"
    text: Constant


@dataclass(frozen=True, slots=True)
class Among:
    """`left in (…)`."""

    left: Name
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class InGroups:
    """`left in my groups`: one of the groups of the person who asks."""

    left: Name


@dataclass(frozen=True, slots=True)
class Between:
    """`left between low and high`, both ends included."""

    left: Name
    low: Constant
    high: Constant


@dataclass(frozen=True, slots=True)
class Empty:
    """`left is empty` (NULL, or text without a character) or, `null_only`, `left is null`."""

    left: Name
    null_only: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """`changed(column)`: the old and the new value differ; a value and NULL differ, NULL and NULL do not."""

    name: Name


@dataclass(frozen=True, slots=True)
class Not:
    """`not part`."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """Parts joined by `and`; none at all is true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Parts joined by `or`."""

    parts: tuple[Node, ...]


GROUPS = "my groups"  # the path of InGroups, beside those of Me
Node = Compare | Match | Among | InGroups | Between | Empty | Changed | Not | All | Some


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition and the text it came from."""

    text: str
    root: Node

    def names(self) -> list[Name]:
        """Every column the condition reads, in order of appearance; `changed(x)` reads both sides."""
        return list(_names(self.root))

    def asks_of_person(self) -> frozenset[str]:
        """Which values of the person who asks it compares with: paths of `Me`, and GROUPS."""
        return frozenset(_paths(self.root))


def _names(node: Node) -> Iterator[Name]:
    match node:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _names(part)
        case Not(part):
            yield from _names(part)
        case Changed(name):
            yield Name(name.column, "old", name.position)
            yield Name(name.column, "new", name.position)
        case Compare(left, _, right):
            yield left
            if isinstance(right, Name):
                yield right
        case Match() | Among() | InGroups() | Between() | Empty():
            yield node.left


def _paths(node: Node) -> Iterator[str]:
    match node:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _paths(part)
        case Not(part):
            yield from _paths(part)
        case Compare(_, _, Me(path)):
            yield path
        case InGroups():
            yield GROUPS
        case _:
            pass
