"""The model's own account of every change: what was asked, by whom, who agreed with which right, what was written.

It reads what PostgreSQL noted (`spy`) and what the people of the test did (`Call`), and believes nothing else. Whatever
happened at the same time must fit one order of it: `worlds` are the facts that each of those orders would have met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tests.changes.model.facts import Facts, Who, Written, Yes, filled
from tests.changes.model.spy import BUSINESS, Deed, Entry
from tests.changes.model.told import Call, Change, Stage, wrong
from tests.changes.model.written import LEADS, as_asked, trail

FINAL = {"applied", "rejected", "withdrawn", "expired"}
WAITS = {"in_review", "approved"}
STEPS: Mapping[str, Mapping[str | None, set[str]]] = {
    "propose": {None: {"in_review", "approved", "applied"}},
    "revise": {one: WAITS | {"applied"} for one in ("in_review", "sent_back", "conflicted", "failed")},
    "approve": {"in_review": WAITS | {"applied", "conflicted", "failed"}},
    "reject": {"in_review": {"rejected"}},
    "send_back": {"in_review": {"sent_back"}},
    "withdraw": {
        one: {"withdrawn"} for one in ("in_review", "approved", "sent_back", "conflicted", "failed")
    },
    "expire": {one: {"expired"} for one in ("in_review", "approved", "sent_back")},
    "retry": {"failed": {"approved", "applied", "in_review", "conflicted"}},
    "schedule": {"approved": {"applied", "in_review", "conflicted", "failed", "expired"}},
    "emergency": {"in_review": {"applied"}},
    "close": {},
}


class Account:
    """All changes of one walk. `take` adds what one step did, and raises where it cannot have been right."""

    def __init__(self) -> None:
        self.changes: dict[int, Change] = {}
        self.rows: dict[tuple[str, str], dict[str, Any]] = {}
        self.seen: Counter[str] = Counter()

    def take(self, deeds: Sequence[Deed], calls: Sequence[Call], facts: Sequence[Facts]) -> None:
        self._mirror(deeds)
        for deed in deeds:
            if deed.mark is not None:
                self._by_other_hands(deed)
            elif deed.change_id is None:
                self._nothing_happened(deed)
            else:
                self._one(deed, calls, facts)
        for call in calls:
            self._explained(call)

    def _mirror(self, deeds: Sequence[Deed]) -> None:
        # Row by row as they were written: of two at once the one that waits for the other writes last.
        for one in sorted((one for deed in deeds for one in deed.of(*BUSINESS)), key=lambda one: one.n):
            if one.old and self.rows.pop((one.table, one.old["id"]), None) != one.old:
                raise wrong("a row was not as it was left", one)
            if one.new:
                self.rows[one.table, one.new["id"]] = one.new

    def _by_other_hands(self, deed: Deed) -> None:
        if deed.mark == "other" and deed.change_id is not None:
            raise wrong("somebody else's SQL went to a change", deed)

    def _nothing_happened(self, deed: Deed) -> None:
        """Whoever was refused leaves word of it and nothing else."""
        if deed.of(*BUSINESS):
            raise wrong("a row differs and no change says why", deed.entries)
        told = {(one.new["action"], one.new["outcome"]) for one in deed.of("ops.event")}
        if any(outcome == "done" and not action.startswith("delegation.") for action, outcome in told):
            raise wrong("the trail tells of what did not happen", told)

    def _explained(self, call: Call) -> None:
        effect = call.state is not None and call.kind in LEADS | {"propose": "", "undo": ""}
        if not effect or call.used or call.repeated or call.kind == "expire":
            return
        # An emergency that could not be written leaves the change waiting, as it was.
        if not (call.kind == "emergency" and call.state == "in_review"):
            raise wrong("somebody was told of what never happened:", call)

    def _one(self, deed: Deed, calls: Sequence[Call], facts: Sequence[Facts]) -> None:
        change_id = deed.change_id
        assert change_id is not None
        call = self._call(deed, change_id, calls)
        change = self.changes.get(change_id) or self._begins(change_id, call)
        for entry in deed.entries:
            match entry.table:
                case "ops.change_set":
                    self._state(change, entry, call)
                case "ops.stage":
                    _stage(change, entry)
                case "ops.decision":
                    self._decision(change, entry, call, facts)
                case "ops.emergency_review":
                    _review(change, entry, call, facts)
        applied = any(
            one.table == "ops.change_set" and one.new["state"] == "applied" != one.old.get("state")
            for one in deed.entries
        )
        if applied:
            self._applied(change, deed, call, facts)
        elif deed.of(*BUSINESS):
            raise wrong("rows were written and nothing was applied:", call, change)
        trail(deed, call, change, applied=applied)
        if (
            call.state is not None
            and call.kind not in ("expire", "schedule", "close")
            and call.state != change.state
        ):
            raise wrong("told another state than it came to:", call, change.state)
        self.seen[f"{call.kind} {change.state}"] += 1

    def _call(self, deed: Deed, change_id: int, calls: Sequence[Call]) -> Call:
        """The call that this is the effect of: by whom the trail and the tables say."""
        new = change_id not in self.changes
        decided = [one.new for one in deed.of("ops.decision")]
        for call in calls:
            if call.kind not in STEPS:
                continue
            if (
                call.used
                or call.repeated
                or call.raised is not None
                or call.change_id not in (change_id, None)
            ):
                continue
            if (call.kind == "propose") is not new or (
                call.kind in ("approve", "reject", "send_back")
            ) is not bool(decided):
                continue
            if decided and (str(call.person), call.kind) != (decided[0]["person_id"], decided[0]["verdict"]):
                continue
            if not _leads(deed, call) or (call.person is None and not _may_be(deed, call)):
                continue
            call.used = call.kind not in ("expire", "schedule")
            return call
        raise wrong("nobody asked for what happened:", deed.entries, [str(one) for one in calls])

    def _begins(self, change_id: int, call: Call) -> Change:
        assert call.person is not None
        made = Change(change_id, call.person, call.person, {call.person}, call.asks, ahead=call.ahead)
        return self.changes.setdefault(change_id, made)

    def _state(self, change: Change, entry: Entry, call: Call) -> None:
        before = entry.old.get("state")
        after, revision = entry.new["state"], int(entry.new["revision"])
        if before is not None and (before, entry.old["digest"]) != (change.state, change.digest):
            raise wrong("a change moved by itself:", change, entry)
        if entry.new["proposer_id"] != str(change.proposer):
            raise wrong("a change is somebody else's:", change, entry)
        if revision != change.revision:
            self._revised(change, revision, call)
        elif before is not None and entry.new["digest"] != change.digest:
            raise wrong("another content, and no other revision:", change, entry)
        if before is None or revision != int(entry.old["revision"]):
            if entry.new["digest"] in change.digests:
                raise wrong("two revisions with one digest:", change)
            change.digest = entry.new["digest"]
            change.digests.append(change.digest)
        moved = before != after or revision != int(entry.old.get("revision", revision))
        if moved and after not in STEPS[call.kind].get(before, ()):
            raise wrong(f"no way leads from {before} to {after}:", call)
        if moved and after == "expired" and not change.late:
            raise wrong("ended before its time:", change)
        if moved and after == "withdrawn" and call.person != change.proposer:
            raise wrong("withdrawn by somebody else:", call, change)
        change.state = after

    def _revised(self, change: Change, revision: int, call: Call) -> None:
        if call.kind != "revise" or revision != change.revision + 1 or call.digest != change.digest:
            raise wrong("revised out of turn:", call, change)
        assert call.person is not None
        if any(call.person in yes.people for *_, yes in change.said):
            raise wrong("somebody stands on both sides:", call, change)
        change.revision, change.editor, change.asks = revision, call.person, call.asks
        change.makers.add(call.person)
        change.stages, change.late, change.ahead = {}, False, call.ahead

    def _decision(self, change: Change, entry: Entry, call: Call, facts: Sequence[Facts]) -> None:
        row = entry.new
        lender = None if row["on_behalf_of"] is None else int(row["on_behalf_of"])
        yes, at = Yes(int(row["person_id"]), lender), int(row["position"])
        if entry.op != "INSERT":
            raise wrong("a decision was rewritten:", entry)
        if not (call.digest == row["digest"] == change.digest and int(row["revision"]) == change.revision):
            raise wrong("decided on what is not what was shown:", call, change)
        if yes.people & change.makers:
            raise wrong("a maker decides:", yes, change)
        if yes.people & change.stood:
            raise wrong("one person, two seats:", yes, change)
        if change.late or change.state != "in_review" or at != change.turn:
            raise wrong("decided out of turn:", yes, at, change)
        who = change.stages[at].who
        if not any(_seated(one, yes, who) for one in facts):
            raise wrong("decided by somebody who is not asked:", yes, who, facts)
        change.said.append((change.revision, at, row["verdict"], yes))
        self.seen["a lent seat"] += lender is not None

    def _applied(self, change: Change, deed: Deed, call: Call, facts: Sequence[Facts]) -> None:
        change.applied += 1
        if change.applied > 1:
            raise wrong("applied twice:", change)
        change.written = rows = as_asked(change, deed)
        pressed = {call.person} if call.kind == "emergency" else set()
        if change.late or (change.ahead and call.kind != "emergency"):
            raise wrong("applied outside its time:", call, change)
        if not any(_agreed(one, change, rows, pressed) for one in facts):
            raise wrong("applied, and not everybody agreed who had to:", call, change, rows, facts)
        if not change.emergency and any(stage.open for stage in change.stages.values()):
            raise wrong("applied with a stage open:", change)
        stages = len({at for at, _ in change.yeses})
        self.seen[f"applied past {stages} stages" if not change.emergency else "applied in an emergency"] += 1


def _leads(deed: Deed, call: Call) -> bool:
    """Whether the deed is of the call's kind, by what the trail calls it."""
    events = [one.new for one in deed.of("ops.event")]
    told = {one["action"] for one in events if one["outcome"] == "done"}
    if any(one["person_id"] != (None if call.person is None else str(call.person)) for one in events):
        return False
    if call.kind == "schedule":
        return True
    if call.kind == "emergency" and call.state == "in_review":  # the row as it is now asks more people
        return "change.reopened" in told
    return call.kind == "propose" or LEADS.get(call.kind) in told


def _may_be(deed: Deed, call: Call) -> bool:
    """Whether the clock's own work could have done it: two kinds of it may go on at once, and neither has a name."""
    moves = [(one.old.get("state"), one.new["state"]) for one in deed.of("ops.change_set")]
    return all(before == after or after in STEPS[call.kind].get(before, ()) for before, after in moves)


def _seated(facts: Facts, yes: Yes, who: Who) -> bool:
    lent = yes.lender is None or ((yes.lender, yes.person) in facts.lent and yes.lender not in facts.off)
    return lent and yes.counts(facts, who)


def _stage(change: Change, entry: Entry) -> None:
    row = entry.new
    if int(row["revision"]) != change.revision:
        raise wrong("a stage of another revision moved:", change, entry)
    who: Who = row["role"] or frozenset(map(int, row["people"]))
    change.stages[int(row["position"])] = Stage(who, int(row["needed"]), row["closed_at"] is None)


def _review(change: Change, entry: Entry, call: Call, facts: Sequence[Facts]) -> None:
    row = entry.new
    opener = int(row["opened_by"])
    if entry.op == "INSERT":
        allowed = any("firefighter" in one.held(opener) for one in facts)
        if call.kind != "emergency" or opener != call.person or opener not in change.makers or not allowed:
            raise wrong("an emergency that was not theirs:", call, change)
        if row["closed_at"] is not None or (row["digest"], int(row["revision"])) != (
            change.digest,
            change.revision,
        ):
            raise wrong("a review that is not of what was applied:", entry)
        change.emergency = True
    else:
        by = int(row["closed_by"])
        if change.reviewed or by != call.person or by in change.makers | change.stood:
            raise wrong("a review closed by who had a hand in it:", call, change)
        change.reviewed = True


def _agreed(facts: Facts, change: Change, rows: Sequence[Written], pressed: set[int | None]) -> bool:
    """Whether all that these facts ask for was there: makers who may, and a yes for every seat of every stage."""
    writers = {change.proposer, change.editor} | {one for one in pressed if one is not None}
    if not all(facts.may_write(one, rows) for one in writers):
        return False
    if change.emergency:
        return True
    roles = facts.held(change.proposer) | facts.held(change.editor)
    said = [yes for _, yes in change.yeses]
    if not filled(facts, facts.needs(rows, roles), said):
        return False
    return all(
        sum(at == place and yes.counts(facts, stage.who) for place, yes in change.yeses) >= stage.needed
        for at, stage in change.stages.items()
    )
