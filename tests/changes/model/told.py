"""What the people of the model did and were told, and what is known of each change by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.changes.model.facts import Who, Written, Yes


@dataclass
class Ask:
    """One row that a change is to write, as it was asked for."""

    kind: str
    table: str
    key: str | None
    base: Mapping[str, str | None]
    after: Mapping[str, str | None]


@dataclass
class Call:
    """What somebody did at the door, and what they were told: a state, or the class of what was raised."""

    kind: str
    person: int | None
    change_id: int | None = None
    digest: str | None = None
    asks: Sequence[Ask] = ()
    ahead: bool = False
    undo_of: int | None = None
    state: str | None = None
    raised: str | None = None
    repeated: bool = False  # the form was sent before
    used: bool = False  # one of the deeds is explained by it

    def __str__(self) -> str:
        return f"{self.kind} by {self.person} of CH-{self.change_id}: {self.state or self.raised}"


@dataclass
class Stage:
    """A stage as it was placed."""

    who: Who
    needed: int
    open: bool = True


@dataclass
class Change:
    """What is known of one change."""

    id: int
    proposer: int
    editor: int
    makers: set[int]
    asks: Sequence[Ask]
    state: str = ""
    revision: int = 1
    digest: str = ""
    digests: list[str] = field(default_factory=list)
    stages: dict[int, Stage] = field(default_factory=dict)
    said: list[tuple[int, int, str, Yes]] = field(default_factory=list)  # revision, position, verdict
    applied: int = 0
    written: Sequence[Written] = ()
    late: bool = False
    ahead: bool = False
    emergency: bool = False
    reviewed: bool = False

    @property
    def stood(self) -> set[int]:
        return {one for revision, _, _, yes in self.said if revision == self.revision for one in yes.people}

    @property
    def yeses(self) -> list[tuple[int, Yes]]:
        return [
            (at, yes) for rev, at, verdict, yes in self.said if rev == self.revision and verdict == "approve"
        ]

    @property
    def turn(self) -> int | None:
        return min((at for at, stage in self.stages.items() if stage.open), default=None)


def wrong(text: str, *more: object) -> AssertionError:
    return AssertionError(" ".join([text, *map(str, more)]))
