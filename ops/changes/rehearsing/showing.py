"""What a rehearsal found, as far as the person who looks may know it: tables that are there for them, whole rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, UnknownTable
from ops.changes.rehearsing import store
from ops.changes.show import ChangeView
from ops.policy import NotVisible, Permission, may, view


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table that change as well. `effect`: delete, set null, set default; or insert, update, delete.

    `count` is None where some rows of the table are out of the person's sight: a number would tell of them.
    """

    label: str
    effect: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The latest rehearsal of a change. `outcome` is None while it is under way.

    `earlier`: of a revision that is not the one shown. `sentence` is None where there is none, or where the person
    does not see all of the change in full (`untold`). `others`: more rows change, of tables they do not see.
    """

    outcome: str | None
    found_at: datetime | None
    asked_at: datetime
    earlier: bool
    sentence: str | None = None
    untold: bool = False
    why: str | None = None
    what: str = ""
    asks: tuple[tuple[str, int], ...] = ()
    along: tuple[Rows, ...] = ()
    more: bool = False
    elsewhere: tuple[Rows, ...] = ()
    others: bool = False
    counted: bool = True
    draws: bool = False
    sample: int | None = None
    of: int = 0
    results: Mapping[str, int] = field(default_factory=dict)
    sentences: Mapping[str, int] = field(default_factory=dict)


def concerned(actor: Actor, seen: ChangeView) -> bool:
    """Whether rehearsals of the change are the person's to see and to ask for: they propose it, or may decide."""
    change = seen.change
    mine = actor.person_id is not None and actor.person_id in (
        change.proposer_id,
        change.heir_id,
        change.editor_id,
    )
    return mine or may(actor, Permission.CHANGES_DECIDE)


def shown(tx: Session, catalog: Catalog, actor: Actor, seen: ChangeView) -> Rehearsal | None:
    """The latest rehearsal of the change in the person's eyes; None where there is none, or it is not theirs."""
    kept = store.last(tx, seen.change.id) if concerned(actor, seen) else None
    if kept is None:
        return None
    earlier = kept.revision != seen.change.revision
    if kept.outcome is None:
        return Rehearsal(None, None, kept.asked_at, earlier)
    found = kept.findings
    full = not any(one.unseen or any(d.masked for d in one.differences) for one in seen.operations)
    along, more_along = _rows(catalog, actor, found.get("along", ()))
    elsewhere, more_elsewhere = _rows(catalog, actor, found.get("elsewhere", ()))
    said = "sentence" in found or bool(found.get("sentences"))
    return Rehearsal(
        kept.outcome,
        kept.found_at,
        kept.asked_at,
        earlier,
        sentence=found.get("sentence") if full else None,
        untold=said and not full,
        why=found.get("why") if kept.outcome == "refused" else "; ".join(found.get("why", ())),
        what=found.get("what", ""),
        asks=tuple((who, number) for who, number in found.get("asks", ())),
        along=along,
        more=bool(found.get("more")) and not more_along,
        elsewhere=elsewhere,
        others=more_along or more_elsewhere,
        counted=bool(found.get("counted", True)),
        draws=bool(found.get("draws")),
        sample=found.get("sample"),
        of=int(found.get("of", 0)),
        results=found.get("results", {}),
        sentences=found.get("sentences", {}) if full else {},
    )


def _rows(catalog: Catalog, actor: Actor, told: Any) -> tuple[tuple[Rows, ...], bool]:
    """What the person may know of these rows, and whether there are any they may not."""
    rows, others = [], False
    for schema, name, effect, count in told:
        try:
            seen = view(actor, catalog.by_name(schema, name), catalog)
        except (NotVisible, UnknownTable):
            others = True
            continue
        rows.append(Rows(seen.table.label, effect, None if seen.limited_rows() else int(count)))
    return tuple(rows), others
