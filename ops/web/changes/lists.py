"""The lists of changes: whose, in which state, from where on; all of it in the query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops import changes, policy
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import ChangeRow
from ops.policy import Permission
from ops.web.change_states import TABS
from ops.words import t


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to look at the list."""

    label: str
    href: str
    current: bool
    count: None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the list, with the ways to the others."""

    rows: tuple[ChangeRow, ...]
    mine: bool
    state: str
    scopes: list[Tab]
    states: list[Tab]
    newest: str | None
    older: str | None


def wanted(tx: Session, catalog: Catalog, actor: Actor, args: Mapping[str, str]) -> Listed:
    """The page of the list that the query string asks for; what it does not understand counts as not said."""
    mine = args.get("who") == "mine"
    state = args.get("state", "all")
    state = state if state in TABS else "all"
    before = _number(args.get("before"))
    find = changes.mine if mine else changes.everything
    page = find(tx, catalog, actor, states=TABS[state], before=before)
    scopes = [Tab(t("changes.everyone"), _href(False, state), not mine)]
    if policy.may(actor, Permission.CHANGES_PROPOSE):
        scopes.append(Tab(t("changes.mine"), _href(True, state), mine))
    return Listed(
        rows=page.rows,
        mine=mine,
        state=state,
        scopes=scopes,
        states=[Tab(t(f"changes.tab.{name}"), _href(mine, name), name == state) for name in TABS],
        newest=_href(mine, state) if before is not None else None,
        older=_href(mine, state, page.next) if page.next is not None else None,
    )


def _href(mine: bool, state: str, before: int | None = None) -> str:
    """All of it is numbers and words of this page, which need no quoting."""
    said = (
        mine and "who=mine",
        state != "all" and f"state={state}",
        before is not None and f"before={before}",
    )
    query = "&".join([one for one in said if one])
    return f"/changes/?{query}" if query else "/changes/"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
