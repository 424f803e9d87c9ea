"""Values where people judge them, before and after: by their column's format, in full, and told apart (P34).

A list may leave out what can be looked up: a year, seconds, the rest of a duration. Here nothing is: what a format
leaves out stands beside it, what hides in a text is written out, and where two values differ and would look the same,
PostgreSQL's own text stands in their place. That text is also what one reads on hover.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ops.catalog import Table
from ops.web import marks
from ops.web.formats import Formats
from ops.web.shown import Reader, Shown
from ops.web.visible import marked

Text = Markup | str | None
_AS_IT_IS = frozenset({"bytes", "json", "xml", "search"})  # documents: told by what differs in them
_ROUNDED = frozenset({"bytes", "duration"})  # formats that may leave something out


@dataclass(frozen=True, slots=True)
class Judged:
    """How one person reads the values of one table where they are to judge them."""

    table: Table
    formats: Formats

    def apart(
        self, name: str, texts: Sequence[str | None], rows: Sequence[Mapping[str, str | None]] = ()
    ) -> list[Text]:
        """Values of one column, ready to be printed; `rows`: of each the other values of its row. None and '' stay."""
        along = rows or [{}] * len(texts)
        said = [text and self._shown(name, text, row) for text, row in zip(texts, along, strict=True)]
        looks: dict[str, set[str]] = {}
        for text, one in zip(texts, said, strict=True):
            if text and one:
                looks.setdefault(one.text, set()).add(text)
        return [
            text if not text or not one else self._told(name, text, one, alike=len(looks[one.text]) > 1)
            for text, one in zip(texts, said, strict=True)
        ]

    def one(self, name: str, text: str | None) -> Text:
        """A single value."""
        return self.apart(name, [text])[0]

    def _shown(self, name: str, text: str, row: Mapping[str, str | None]) -> Shown:
        column = self.table.columns.get(name)
        if column is None or column.category in _AS_IT_IS:
            return Shown("text", text)
        shown = Reader(self.table, self.formats).one(name, text, row=row)
        if shown.kind != "time":
            return shown
        moment = self.formats.whole(text)
        return Shown("time", moment.text, text, moment.iso)

    def _told(self, name: str, text: str, shown: Shown, *, alike: bool) -> Text:
        if alike or shown.text == text or marked(text) != text:
            return marked(text)
        said = marks.escaped(shown.text)
        if shown.kind == "time":
            return Markup(marks.moment(shown.more or "", Markup(said), text))  # noqa: S704 - escaped
        declared = self.table.resource.formats.get(name)
        beside = ""
        if declared is not None and declared.kind in _ROUNDED:
            beside = f" <span class=exact>{marks.escaped(text)}</span>"
        return Markup(f"<span{marks.hint(text)}>{said}</span>{beside}")  # noqa: S704 - every part is escaped
