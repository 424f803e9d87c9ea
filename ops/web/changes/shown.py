"""A change as its page shows it: every value in full, and what hides in it written out (P34)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markupsafe import Markup

from ops.approvals import Decision
from ops.catalog import BadAddress, Catalog, parse_key
from ops.changes import OPEN, Also, ChangeView, Difference, OperationView
from ops.web.addresses import row_href
from ops.web.change_states import Badge, Step, badge, cut_short, in_part, steps, turn_of
from ops.web.changes.differing import NOTHING, Told, told
from ops.web.changes.references import Titles, title_of
from ops.web.changes.words_apart import Patience
from ops.web.house_rows import HouseRow
from ops.web.judged import Judged
from ops.web.page import formats
from ops.web.role_words import role_words
from ops.web.visible import marked
from ops.words import t

Text = Markup | str | None
_FOLDED = re.compile(r"sha256:([0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the difference, ready to be printed."""

    name: str
    label: str
    was: Text
    will_be: Text
    live: Text
    has_live: bool
    moved: bool
    was_title: Text = None
    will_be_title: Text = None
    told: Told = NOTHING


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """One row's change. `href` leads to the row, where there is one."""

    number: int
    kind: str
    heading: str
    title: str
    href: str | None
    lines: list[Line]
    also: list[str]
    unseen: int
    row_gone: bool
    masked: bool
    signs: bool

    @property
    def moved(self) -> int:
        """How many values are not what the proposer saw."""
        return sum(line.moved for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole page, beside the door's own view."""

    view: ChangeView
    badge: Badge
    cut_short: str | None
    in_part: bool
    turn: str | None
    steps: list[Step]
    operations: list[ShownOperation]
    digest: str
    rejection: Decision | None
    sent_back: Decision | None
    waits: bool
    why: list[str] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many values moved since the proposer looked, over all rows."""
        return sum(one.moved for one in self.operations) if self.waits else 0

    @property
    def gone(self) -> bool:
        """Whether a row that was to be changed is not there any more."""
        return self.waits and any(one.row_gone for one in self.operations)


def shown(view: ChangeView, titles: Titles, catalog: Catalog) -> Shown:
    """The door's view in the words and marks of the page; `titles` are those of the rows that values name."""
    turn, change, stopped_after = turn_of(view), view.change, cut_short(view)
    several = len(view.operations) > 1
    rejection = next((one for one in view.decisions if one.verdict == "reject"), None)
    return Shown(
        view=view,
        badge=_badge(view, stopped_after, turn),
        cut_short=stopped_after,
        in_part=stopped_after is None and in_part(view) is not None,
        turn=role_words(turn) if turn else None,
        steps=steps(view),
        operations=[
            _operation(n, one, several, change.state, titles, catalog)
            for n, one in enumerate(view.operations, 1)
        ],
        digest=" ".join(view.digest[n : n + 4] for n in range(0, 12, 4)),
        rejection=rejection,
        sent_back=next((one for one in reversed(view.decisions) if one.verdict == "send_back"), None),
        waits=change.state in OPEN,
        why=list(dict.fromkeys(name for stage in view.stages for name in stage.why)),
    )


def _badge(view: ChangeView, stopped_after: str | None, turn: str | None) -> Badge:
    if not_all := stopped_after or in_part(view):
        return Badge("warn", not_all)
    rests = view.head is not None and view.head.wish == "pause" and view.change.state == "applying"
    return Badge("idle", t("many.pausing")) if rests else badge(view.change.state, turn)


def previewed(number: int, one: OperationView, several: bool, catalog: Catalog) -> ShownOperation:
    """One row of a change that nobody has asked for yet."""
    return _operation(number, one, several, "in_review", {}, catalog)


def _operation(
    number: int, one: OperationView, several: bool, state: str, titles: Titles, catalog: Catalog
) -> ShownOperation:
    key = "changes.difference"
    if state == "applied":
        key = "changes.difference_done"
    elif state not in OPEN:
        key = "changes.difference_was"
    what = t(f"changes.what.{one.kind}", table=one.table.label)
    house = _house(one, catalog)
    patience = Patience()
    lines = [_line(one, difference, titles, house, patience) for difference in one.differences]
    return ShownOperation(
        number=number,
        kind=one.kind,
        heading=t("changes.numbered", number=number, what=what) if several else t(key),
        title=one.title or _key_words(one) or ("" if several else what),
        href=_href(one, house),
        lines=lines,
        also=[_also(found) for found in one.also] + [t("changes.also_others")] * one.others,
        unseen=one.unseen,
        row_gone=one.row_gone,
        masked=any(difference.masked for difference in one.differences),
        signs=any(
            'class="sign' in (text or "") for line in lines for text in (line.was, line.will_be, line.live)
        ),
    )


def _house(one: OperationView, catalog: Catalog) -> HouseRow | None:
    if not one.table.house:
        return None
    told = {line.column: line.was if line.will_be is None else line.will_be for line in one.differences}
    return HouseRow(catalog, one.table, one.key, told)


def _href(one: OperationView, house: HouseRow | None) -> str | None:
    if one.key is None or one.title is None:
        return None
    return house.href if house is not None else row_href(one.table, one.key)


def _line(
    operation: OperationView, one: Difference, titles: Titles, house: HouseRow | None, patience: Patience
) -> Line:
    if house is not None:
        return _house_line(operation, one, titles, house)
    by_type = _told(operation, one, patience)
    was, will_be, live = _values(operation, one)
    return Line(
        name=one.column,
        label=one.label,
        was=by_type.was if by_type.was is not None else was,
        will_be=by_type.will_be if by_type.will_be is not None else will_be,
        live=live,
        has_live=one.has_live,
        moved=one.moved,
        was_title=marked(title_of(operation, one, one.was, titles)),
        will_be_title=marked(title_of(operation, one, one.will_be, titles)),
        told=by_type,
    )


def _values(operation: OperationView, one: Difference) -> list[Text]:
    """What was, will be and is now; dots, digests of long texts and words of rows to come as they are."""
    texts = (one.was, one.will_be, one.live)
    if one.masked or one.linked or any(text and _FOLDED.match(text) for text in texts):
        return [_text(text) for text in texts]
    was = {**operation.beside, **{each.column: each.was for each in operation.differences}}
    will = {**was, **{each.column: each.will_be for each in operation.differences}}
    return Judged(operation.table, formats()).apart(one.column, texts, (was, will, operation.beside))


def _told(operation: OperationView, one: Difference, patience: Patience) -> Told:
    """What its type lets one say of it; nothing of dots, digests of long texts and rows that are still to be made."""
    folded = any(text and _FOLDED.match(text) for text in (one.was, one.will_be))
    if operation.kind != "update" or one.masked or one.linked or folded:
        return NOTHING
    column = operation.table.columns[one.column]
    return told(operation.table, column, one.was, one.will_be, formats(), patience)


def _house_line(operation: OperationView, one: Difference, titles: Titles, house: HouseRow) -> Line:
    def beside(text: str | None) -> Text:
        return marked(title_of(operation, one, text, titles) or house.title(one.column, text))

    was, will_be, live = (_text(house.text(one.column, text)) for text in (one.was, one.will_be, one.live))
    return Line(
        one.column,
        one.label,
        was,
        will_be,
        live,
        one.has_live,
        one.moved,
        beside(one.was),
        beside(one.will_be),
    )


def _text(text: str | None) -> Text:
    folded = _FOLDED.match(text) if text else None
    return t("changes.long", digest=folded[1]) if folded else marked(text)


def _also(one: Also) -> str:
    count = t("changes.also_more", count=one.count) if one.more else str(one.count)
    return t(f"changes.also.{one.effect}", count=count, table=one.label)


def _key_words(one: OperationView) -> str:
    if one.key is None:
        return ""
    try:
        parts = parse_key(one.key, len(one.table.key))
    except BadAddress:
        return one.key
    return f"{one.table.label_one} {', '.join(parts)}"
