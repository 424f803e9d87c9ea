"""Whether what one transaction wrote is what was asked for, and the trail tells just that."""

from __future__ import annotations

from collections import Counter

from tests.changes.model.facts import Written
from tests.changes.model.spy import BUSINESS, Deed, Entry
from tests.changes.model.told import Ask, Call, Change, wrong

LEADS = {
    "approve": "change.approved", "reject": "change.rejected", "send_back": "change.sent_back",
    "withdraw": "change.withdrawn", "expire": "change.expired", "revise": "change.revised", "retry": "change.retried",
    "emergency": "change.emergency", "close": "change.emergency_closed",
}  # fmt: skip
ROWS = {"row.created": "INSERT", "row.updated": "UPDATE", "row.deleted": "DELETE"}
KINDS = {"INSERT": "create", "UPDATE": "update", "DELETE": "delete"}


def as_asked(change: Change, deed: Deed) -> list[Written]:
    """The rows it wrote, if they are those that were asked for, from what was seen, and nothing beside."""
    left = [one for one in deed.entries if one.table in BUSINESS]
    found = []
    for ask in change.asks:
        one = next((e for e in left if _is(e, ask)), None)
        if one is None:
            raise wrong("not written as it was asked for:", ask, left)
        left.remove(one)
        found.append(Written(ask.table, ask.kind, frozenset(ask.after), one.old, one.new))
    if left:
        raise wrong("written and never asked for:", left, change)
    return found


def _is(entry: Entry, ask: Ask) -> bool:
    if (entry.table, KINDS[entry.op]) != (ask.table, ask.kind):
        return False
    if ask.kind != "create" and entry.old["id"] != ask.key:
        return False
    if any(entry.old.get(name) != text for name, text in ask.base.items()):
        return False
    mine = set(ask.after) | {"changed", "twice"}  # which a trigger and an expression of the table's own set
    kept = ask.kind != "update" or all(entry.new[n] == entry.old[n] for n in entry.old if n not in mine)
    return kept and all(entry.new.get(name) == text for name, text in ask.after.items())


def trail(deed: Deed, call: Call, change: Change, *, applied: bool) -> None:
    """Whether the events of one transaction are those of what it did, one for one (P35, P36)."""
    events = [one.new for one in deed.of("ops.event")]
    written = Counter((one.table, one.op, f"~{(one.new or one.old)['id']}") for one in deed.of(*BUSINESS))
    told = Counter(
        (f"{one['schema_name']}.{one['table_name']}", ROWS[one["action"]], one["row_key"])
        for one in events
        if one["action"] in ROWS
    )
    if written != told:
        raise wrong("rows and their events are not the same:", written - told, told - written)
    if any(one["change_id"] != str(change.id) for one in events):
        raise wrong("an event of another change:", events)
    if call.person is not None and {one["person_id"] for one in events} != {str(call.person)}:
        raise wrong("an event in another's name:", call, events)
    actions = Counter(one["action"] for one in events if one["action"] not in ROWS)
    wanted = Counter([LEADS[call.kind]] if call.kind in LEADS else [])
    if call.kind == "propose" and not applied:
        wanted["change.submitted"] += 1
    if call.kind in ("approve", "retry", "schedule") and change.state in (
        "applied",
        "conflicted",
        "failed",
        "expired",
    ):
        wanted[f"change.{change.state}"] += 1
    if call.kind == "emergency":
        wanted = Counter({"change.emergency": 1, "change.applied": 1} if applied else {})
    if actions - Counter({"change.reopened": 1, "change.scheduled": 1}) != wanted:
        raise wrong("the trail tells another story:", call, actions, wanted)
