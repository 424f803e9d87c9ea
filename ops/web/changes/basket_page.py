"""The basket as its page shows it: each row's difference, what moved under it, who would be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ops import changes
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import Invalid
from ops.changes.basket import Basket, Seen
from ops.policy import Forbidden, NotVisible
from ops.web.addresses import row_href
from ops.web.changes.shown import ShownOperation, previewed
from ops.web.role_words import asked_words
from ops.web.trouble import Trouble
from ops.words import t

MOST_ASKED = 20  # rows; of more it is told when they are sent, for each is read and judged on its own


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the basket. `shown` is None where its person cannot see it as it was; `wrong`: it stopped the rest."""

    id: int
    number: int
    heading: str
    shown: ShownOperation | None
    reshaped: bool
    added_at: datetime
    form: str | None
    wrong: bool
    errors: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What templates/changes/basket.html shows."""

    lines: Sequence[Line]
    stamp: str
    reason: str
    asks: str
    trouble: Trouble | None = None

    @property
    def moved(self) -> int:
        """How many rows are not what their forms showed."""
        return sum(1 for one in self.lines if one.shown and (one.shown.moved or one.shown.row_gone))

    @property
    def can_send(self) -> bool:
        """Whether every row is still what it was when it was added, as far as table and rights go."""
        return bool(self.lines) and all(one.shown and not one.reshaped for one in self.lines)


def unread(trouble: Trouble) -> Page:
    """The page while nothing can be read."""
    return Page((), "", "", "", trouble)


def page(
    tx: Session, catalog: Catalog, actor: Actor, held: Basket, trouble: Trouble | None, at: int | None
) -> Page:
    """The basket; `at` is the place of the row that `trouble` is about."""
    lines = [_line(n, one, catalog, trouble if at == n else None) for n, one in enumerate(held.rows)]
    return Page(lines, held.stamp, held.reason, _asks(tx, catalog, actor, held), trouble)


def _line(place: int, one: Seen, catalog: Catalog, trouble: Trouble | None) -> Line:
    shown = previewed(place + 1, one.view, True, catalog) if one.view is not None else None
    heading = shown.heading if shown else t("changes.numbered", number=place + 1, what=one.row.label)
    errors: list[tuple[str, str]] = []
    if trouble is not None and one.row.operation is not None:
        columns = one.row.operation.table.columns
        errors = [(columns[name].label, text) for name, text in trouble.fields.items() if name in columns]
    return Line(
        one.row.id, place + 1, heading, shown, one.row.reshaped, one.row.added_at, _form(one),
        trouble is not None, errors,
    )  # fmt: skip


def _form(one: Seen) -> str | None:
    """Where the row is typed anew: what is added from there takes the place of what lies here."""
    operation = one.row.operation
    if operation is None or operation.key is None or one.view is None or one.view.row_gone:
        return None
    return f"{row_href(operation.table, operation.key)}/{'delete' if operation.kind == 'delete' else 'edit'}"


def _asks(tx: Session, catalog: Catalog, actor: Actor, held: Basket) -> str:
    """Who would be asked, as far as can be told before it is sent."""
    asked = [one.row.operation for one in held.rows if one.row.operation is not None]
    if (
        len(asked) < len(held.rows)
        or not 0 < len(asked) <= MOST_ASKED
        or any(one.row.reshaped for one in held.rows)
    ):
        return ""
    try:
        stages = changes.asks(tx, catalog, actor, asked)
    except (Invalid, Forbidden, NotVisible):
        return ""
    return asked_words(stages)
