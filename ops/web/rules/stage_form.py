"""The stages of a rule in its form: whom each asks, added, moved and taken away without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import request

from ops import policy
from ops.approvals import Ask, names_of
from ops.changes.sound_rules import MOST_HOURS, MOST_NEEDED, MOST_STAGES
from ops.identity import directory
from ops.policy import Permission
from ops.web.gate import actor, tx
from ops.words import t

NAMED = "people"  # in the choice of roles: those named below
FOUND = 12


@dataclass(frozen=True, slots=True)
class StageForm:
    """One stage as the form has it; `number` counts from 0. `people` are ticked, `found` is what a search brought."""

    number: int
    who: str = "manager"
    needed: str = "1"
    due: str = ""
    remind: str = ""
    escalate_to: str = ""
    people: tuple[str, ...] = ()
    find: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    found: Sequence[tuple[str, str]] = ()
    searched: bool = False

    def called(self, name: str) -> str:
        """What a field of it is called."""
        return f"s{self.number}.{name}"

    @property
    def ticked(self) -> list[tuple[str, str]]:
        """The people it asks, with their names."""
        return [(one, self.names.get(one, t("rules.somebody", number=one))) for one in self.people]

    @property
    def ask(self) -> Ask:
        """The stage it means; what is no number counts as not said."""
        named = self.who == NAMED
        return Ask(
            role="" if named else self.who,
            needed=_number(self.needed) or 1,
            people=frozenset(self.people) if named else frozenset(),
            due=_number(self.due),
            remind=_number(self.remind),
            escalate_to=self.escalate_to or None,
        )


def of_asks(asks: Sequence[Ask]) -> list[StageForm]:
    """The form's stages of a rule's."""
    return named(
        [
            StageForm(
                number, one.role or NAMED, str(one.needed), str(one.due or ""), str(one.remind or ""),
                one.escalate_to or "", tuple(sorted(one.people, key=lambda id_: (len(id_), id_))),
            )
            for number, one in enumerate(asks)
        ]
    )  # fmt: skip


def posted() -> list[StageForm]:
    """The stages as they were sent, with what the pressed button did to them: `stage` is add, up:1, down:1, drop:1."""
    sent, count = request.form, _number(request.form.get("stages", "")) or 0
    stages = [_posted(number) for number in range(min(count, MOST_STAGES))]
    what, _, which = sent.get("stage", "").partition(":")
    place = int(which) if which.isascii() and which.isdigit() else -1
    if what == "add" and len(stages) < MOST_STAGES:
        stages.append(StageForm(len(stages)))
    elif what == "drop" and 0 <= place < len(stages) > 1:
        del stages[place]
    elif what in ("up", "down") and 0 <= place < len(stages):
        other = place + (1 if what == "down" else -1)
        if 0 <= other < len(stages):
            stages[place], stages[other] = stages[other], stages[place]
    elif what == "find" and 0 <= place < len(stages):
        stages[place] = _searched(stages[place])
    return named([replace(one, number=number) for number, one in enumerate(stages)])


def named(stages: Sequence[StageForm]) -> list[StageForm]:
    """The same with the names of those who are ticked."""
    numbers = {int(one) for stage in stages for one in stage.people}
    names = {str(one): name for one, name in names_of(tx(), numbers).items()} if numbers else {}
    return [replace(one, names=names) for one in stages]


def problems(
    stages: Sequence[StageForm], roles: Mapping[str, str], others: Mapping[str, str]
) -> dict[str, str]:
    """Field -> what is wrong with it."""
    found = {} if stages else {"stages": t("door.sound.stages")}
    for one in stages:
        if one.who == NAMED and not one.people:
            found[one.called("find")] = t("rules.people_none")
        elif one.who == NAMED and any(person not in one.names for person in one.people):
            found[one.called("find")] = t("rules.people_gone")
        elif one.who not in roles and one.who != NAMED:
            found[one.called("who")] = t("rules.role_unfit")
        if not _within(one.needed, MOST_NEEDED):
            found[one.called("needed")] = t("rules.needed_range", most=MOST_NEEDED)
        elif one.who == NAMED and 0 < len(one.people) < int(one.needed):
            found[one.called("needed")] = t("rules.needed_people", count=len(one.people))
        for name, text in (("due", one.due), ("remind", one.remind)):
            if text and not _within(text, MOST_HOURS):
                found[one.called(name)] = t("rules.needed_range", most=MOST_HOURS)
        if one.escalate_to and one.escalate_to not in others:
            found[one.called("escalate_to")] = t("rules.role_unfit")
        elif one.escalate_to and not one.due:
            found[one.called("due")] = t("rules.due_needed")
    asked = [(one.who, frozenset(one.people) if one.who == NAMED else ()) for one in stages]
    if len(set(asked)) < len(asked):
        found["stages"] = t("door.sound.stage_twice")
    return found


def labels(stages: Sequence[StageForm]) -> dict[str, str]:
    """What the fields are called where an error leads to them: "Stage 2, due"."""
    names = ("who", "needed", "due", "remind", "escalate_to", "find")
    return {
        one.called(name): t("rules.stage_field", number=one.number + 1, field=t(f"rules.stage.{name}"))
        for one in stages
        for name in names
    } | {"stages": t("rules.asks_head")}


def _posted(number: int) -> StageForm:
    sent = request.form

    def text(name: str) -> str:
        return sent.get(f"s{number}.{name}", "").strip()[:200]

    people = dict.fromkeys(
        one for one in sent.getlist(f"s{number}.people") if one.isascii() and one.isdigit() and len(one) < 19
    )
    return StageForm(
        number, text("who"), text("needed"), text("due"), text("remind"), text("escalate_to"), tuple(people),
        text("find"),
    )  # fmt: skip


def _searched(stage: StageForm) -> StageForm:
    """The stage with people whose names or addresses hold what was typed; somebody's address only for who may know."""
    if not stage.find:
        return stage
    known = policy.may(actor(), Permission.PEOPLE_READ)
    people = (
        directory.people(tx(), directory.Wanted(search=stage.find, state="active")).people if known else []
    )
    found = [
        (str(one.id), f"{one.name} · {one.email}" if one.email else one.name)
        for one in people
        if str(one.id) not in stage.people
    ]
    return replace(stage, who=NAMED, found=found[:FOUND], searched=True)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _within(text: str, most: int) -> bool:
    return 0 < (_number(text) or 0) <= most
