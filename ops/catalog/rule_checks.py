"""What is wrong with a rule that a resource declares, beside its columns and condition."""

from __future__ import annotations

from collections.abc import Iterator

from ops.catalog.resource import SOURCES, Ask, Rule


def rule_problems(rule: Rule) -> Iterator[str]:
    """A sentence for each thing that cannot be meant so (E113)."""
    if not all(isinstance(one, Ask) for one in rule.stages):
        yield "stages is a list of Ask(…)"
        return
    for one in rule.asks:
        yield from _of_stage(one)
    asked = [(one.role, frozenset(name.casefold() for name in one.people)) for one in rule.asks]
    if len(set(asked)) < len(asked):
        yield "two of its stages ask the same people: write one that needs more of them"
    if not _whole(rule.min_rows):
        yield "min_rows is a whole number from 1 on"
    if rule.expires is not None and not _whole(rule.expires):
        yield "expires is a whole number of hours from 1 on"
    for source in rule.sources:
        if source not in SOURCES:
            yield f"no source '{source}'; there are {', '.join(SOURCES)}"
    if isinstance(rule.proposer_roles, str) or isinstance(rule.sources, str):
        yield "sources and proposer_roles are lists of names"


def _of_stage(one: Ask) -> Iterator[str]:
    if isinstance(one.people, str) or not all(isinstance(name, str) for name in one.people):
        yield "people is a list of e-mail addresses"
        return
    if bool(one.role) == bool(one.people) or not _whole(one.needed):
        yield "it needs a role or people, and at least one person"
    if any("@" not in name for name in one.people):
        yield "people are named by their e-mail addresses"
    if one.people and _whole(one.needed) and one.needed > len({name.casefold() for name in one.people}):
        yield f"it needs {one.needed} of {len(one.people)} people"
    for name, hours in (("due", one.due), ("remind", one.remind)):
        if hours is not None and not _whole(hours):
            yield f"{name} is a whole number of hours from 1 on"
    if one.escalate_to and one.due is None:
        yield "escalate_to needs due: the hours after which it goes on to them"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
