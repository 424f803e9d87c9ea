"""Approval rules as a file people keep in git: YAML 1.2, only what differs from the usual, exact both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from ops.approvals import ApprovalRule, Ask, NoPlace, Place, parse_place
from ops.approvals.rules import KINDS
from ops.changes.rule_rows import KeptRule
from ops.words import t

VERSION = 1
LONGEST = 1_000_000  # signs
MOST = 1000
_RULE = frozenset(
    (
        "name", "tables", "kinds", "columns", "condition", "min_rows", "sources", "proposer_roles", "stages", "expires",
        "enabled",
    )
)  # fmt: skip
_STAGE = frozenset(("role", "people", "needed", "due", "remind", "escalate_to"))


class BadFile(ValueError):
    """The file holds no rules that can be read: every problem at once, in `problems`."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


def to_yaml(kept: Iterable[KeptRule], emails: Mapping[str, str]) -> str:
    """The file of these rules, by name. `emails`: how people are named in it, by number; others by their number."""
    rules = [_rule(one, emails) for one in sorted(kept, key=lambda one: one.rule.name)]
    out = StringIO()
    _yaml().dump({"version": VERSION, "rules": rules}, out)
    return out.getvalue()


def from_yaml(text: str) -> list[KeptRule]:
    """The rules of a file; people as they are named there: numbers and addresses. Raises BadFile."""
    if len(text) > LONGEST:
        raise BadFile([t("rules.file.long", most=LONGEST)])
    try:
        read = _yaml().load(text)
    except (YAMLError, ValueError) as error:
        raise BadFile([t("rules.file.not_yaml", problem=" ".join(str(error).split()))]) from error
    if (
        not isinstance(read, dict)
        or read.get("version") != VERSION
        or not isinstance(read.get("rules"), list)
    ):
        raise BadFile([t("rules.file.shape", version=VERSION)])
    if len(read["rules"]) > MOST:
        raise BadFile([t("rules.file.many", most=MOST)])
    problems: list[str] = []
    found = [_read(number, one, problems) for number, one in enumerate(read["rules"], start=1)]
    names = [one.rule.name for one in found if one is not None]
    problems += [
        t("rules.file.twice", name=name) for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if problems:
        raise BadFile(problems)
    return [one for one in found if one is not None]


class _Exact(SafeRepresenter):
    """Texts in quotes where YAML takes a sign of them for the end of a line (YAML 1.1), so that they come back."""


def _text(representer: SafeRepresenter, text: str) -> ScalarNode:
    broken = any(sign in text for sign in "\x85\u2028\u2029\ufeff")
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style='"' if broken else None)


_Exact.add_representer(str, _text)


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Exact
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 1_000_000  # no line is folded: a difference in git shows what is other
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the library says None alone
    return yaml


def _rule(kept: KeptRule, emails: Mapping[str, str]) -> dict[str, Any]:
    rule = kept.rule
    said: dict[str, Any] = {"name": rule.name, "tables": [str(place) for place in rule.places]}
    optional = {
        "kinds": [kind for kind in KINDS if kind in rule.kinds] if rule.kinds != frozenset(KINDS) else None,
        "columns": sorted(rule.columns),
        "condition": rule.condition,
        "min_rows": rule.min_rows if rule.min_rows > 1 else None,
        "sources": sorted(rule.sources),
        "proposer_roles": sorted(rule.proposer_roles),
    }
    said |= {name: value for name, value in optional.items() if value}
    said["stages"] = [_stage(one, emails) for one in rule.asks]
    if rule.expires:
        said["expires"] = rule.expires
    if not kept.enabled:
        said["enabled"] = False
    return said


def _stage(one: Ask, emails: Mapping[str, str]) -> dict[str, Any]:
    people = [emails.get(person) or int(person) for person in sorted(one.people, key=int)]
    said: dict[str, Any] = {"role": one.role} if one.role else {"people": people}
    said["needed"] = one.needed
    times = {"due": one.due, "remind": one.remind, "escalate_to": one.escalate_to}
    return said | {name: value for name, value in times.items() if value is not None}


def _read(number: int, one: Any, problems: list[str]) -> KeptRule | None:
    where = t("rules.file.rule", number=number)
    if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"].strip():
        where = t("rules.file.named", name=one["name"])
    wrong = list(_problems(one))
    problems += [f"{where}: {problem}" for problem in wrong]
    if wrong:
        return None
    rule = ApprovalRule(
        name=one["name"],
        places=tuple(map(parse_place, one["tables"])),
        kinds=frozenset(one.get("kinds", KINDS)),
        columns=frozenset(one.get("columns", ())),
        condition=one.get("condition", ""),
        min_rows=one.get("min_rows", 1),
        sources=frozenset(one.get("sources", ())),
        proposer_roles=frozenset(one.get("proposer_roles", ())),
        asks=tuple(_ask(stage) for stage in one["stages"]),
        expires=one.get("expires"),
    )
    return KeptRule(rule, one.get("enabled", True))


def _ask(one: Mapping[str, Any]) -> Ask:
    return Ask(
        one.get("role", ""), one.get("needed", 1), frozenset(map(str, one.get("people", ()))), one.get("due"),
        one.get("remind"), one.get("escalate_to"),
    )  # fmt: skip


def _problems(one: Any) -> Iterator[str]:
    """What of a rule is of the wrong kind; whether it makes sense is the door's to say, as of any rule."""
    if not isinstance(one, dict):
        yield t("rules.file.no_rule")
        return
    if unknown := sorted(map(str, set(one) - _RULE)):
        yield t("rules.file.unknown", keys=", ".join(unknown), known=", ".join(sorted(_RULE)))
    if not isinstance(one.get("name"), str) or not one["name"].strip():
        yield t("rules.file.no_name")
    for name in ("tables", "kinds", "columns", "sources", "proposer_roles"):
        value = one.get(name, ["*"] if name != "tables" else None)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            yield t("rules.file.list", key=name)
        elif name == "tables":
            yield from _places(value)
    if not isinstance(one.get("condition", ""), str):
        yield t("rules.file.text", key="condition")
    for name in ("min_rows", "expires"):
        if name in one and not _whole(one[name]):
            yield t("rules.file.number", key=name)
    if not isinstance(one.get("enabled", True), bool):
        yield t("rules.file.yes_no", key="enabled")
    stages = one.get("stages")
    if not isinstance(stages, list) or not stages:
        yield t("rules.file.no_stages")
        return
    for number, stage in enumerate(stages, start=1):
        for problem in _stage_problems(stage):
            yield t("rules.file.stage", number=number, problem=problem)


def _places(texts: Sequence[str]) -> Iterator[str]:
    if not texts:
        yield t("rules.file.no_tables")
    for text in texts:
        try:
            place: Place = parse_place(text)
        except NoPlace:
            yield t("door.sound.place", place=text)
            continue
        if str(place) != text:
            yield t("rules.file.place", place=text, better=str(place))


def _stage_problems(one: Any) -> Iterator[str]:
    if not isinstance(one, dict):
        yield t("rules.file.no_rule")
        return
    if unknown := sorted(map(str, set(one) - _STAGE)):
        yield t("rules.file.unknown", keys=", ".join(unknown), known=", ".join(sorted(_STAGE)))
    people = one.get("people", [])
    if not isinstance(people, list) or not all(
        _whole(who) or (isinstance(who, str) and "@" in who) for who in people
    ):
        yield t("rules.file.people")
    elif bool(one.get("role")) == bool(people):
        yield t("door.sound.stage_who")
    for name in ("needed", "due", "remind"):
        if name in one and not _whole(one[name]):
            yield t("rules.file.number", key=name)
    for name in ("role", "escalate_to"):
        if name in one and not isinstance(one[name], str):
            yield t("rules.file.text", key=name)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
