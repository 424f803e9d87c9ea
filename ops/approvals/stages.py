"""Stages: what rules ask for together, merged so that no rule can weaken another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ops.words import t

OWNER = "owner"

Who = tuple[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Stage:
    """`needed` people must say yes, because the rules named in `why` ask for it.

    They are of `role`, or, where that is empty, among `people` (ids of persons). All times are hours from when its
    turn begins: it is `due` then, its people are reminded each `remind`, and from `escalate` on people of
    `escalate_to` may decide as well. `after`: whom its rules want asked before. `expires`: hours from the asking
    after which the change waits no more.
    """

    role: str
    needed: int
    why: tuple[str, ...]
    people: frozenset[int] = frozenset()
    due: int | None = None
    remind: int | None = None
    escalate: int | None = None
    escalate_to: str | None = None
    after: frozenset[Who] = frozenset()
    expires: int | None = None

    @property
    def who(self) -> Who:
        """Who is asked: stages that ask the same merge."""
        return self.role, self.people

    @property
    def asked(self) -> str:
        """The role, or words for people who are named."""
        return self.role or t("door.asks_people", count=len(self.people))


def merged(asked: Iterable[Stage]) -> list[Stage]:
    """One stage for each role or set of people, with the most that any rule needs, in an order that all rules keep.

    Where rules contradict each other in their order, the one that was asked first is kept; the owner comes last.
    """
    stages: dict[Who, Stage] = {}
    for stage in asked:
        known = stages.get(stage.who)
        stages[stage.who] = stage if known is None else _both(known, stage)
    return _ordered(stages)


def missing(wanted: Iterable[Stage], there: Iterable[Stage]) -> list[Stage]:
    """What `there` does not yet cover of `wanted`: others who are asked, and more of the same.

    A stage that has gone on to others (`escalate_to`) covers none that does not go on to the same: people may sit
    there whom that one never asked.
    """
    have: dict[tuple[Who, str | None], int] = {}
    for stage in there:
        place = (stage.who, stage.escalate_to)
        have[place] = have.get(place, 0) + stage.needed
    found = []
    for stage in wanted:
        too = have.get((stage.who, stage.escalate_to), 0) if stage.escalate_to is not None else 0
        left = stage.needed - have.get((stage.who, None), 0) - too
        if left > 0:
            found.append(replace(stage, needed=left))
    return found


def expires_in(stages: Iterable[Stage]) -> int | None:
    """After how many hours the change waits no more, by the strictest of its rules; None where none says."""
    return min((stage.expires for stage in stages if stage.expires is not None), default=None)


def chained(stages: Sequence[Stage]) -> list[Stage]:
    """The stages of one rule: each after those before it. The same asked twice is asked once, for as many."""
    found: dict[Who, Stage] = {}
    for stage in stages:
        known = found.get(stage.who)
        before = frozenset(who for who in found if who != stage.who)
        if known is None:
            found[stage.who] = replace(stage, after=before)
        else:
            found[stage.who] = replace(_both(known, stage), needed=known.needed + stage.needed)
    return list(found.values())


def _both(one: Stage, other: Stage) -> Stage:
    """Both in one: more people, sooner reminded and due, and escalated only as both of them allow."""
    same = one.escalate_to == other.escalate_to and one.escalate is not None and other.escalate is not None
    return Stage(
        one.role,
        max(one.needed, other.needed),
        tuple(dict.fromkeys((*one.why, *other.why))),
        one.people,
        _sooner(one.due, other.due),
        _sooner(one.remind, other.remind),
        max(one.escalate or 0, other.escalate or 0) if same else None,
        one.escalate_to if same else None,
        one.after | other.after,
        _sooner(one.expires, other.expires),
    )


def _sooner(one: int | None, other: int | None) -> int | None:
    return min((hours for hours in (one, other) if hours is not None), default=None)


def _ordered(stages: Mapping[Who, Stage]) -> list[Stage]:
    """Each after those its rules want before it; of several that could come, the one asked first (Kahn, 1962)."""
    left, found = dict(stages), []
    owner: Who = (OWNER, frozenset())  # last anyhow: nobody waits for it
    while left:
        free = (
            who for who, one in left.items() if not any(before in left for before in one.after - {who, owner})
        )
        found.append(left.pop(next(free, next(iter(left)))))
    return sorted(found, key=lambda stage: stage.role == OWNER)
