"""What the form for many rows at once shows: which rows, what to set, what it would do, whom it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask import request

from ops.changes import Ahead
from ops.changes.bulk import Listed, Preview, Ticked
from ops.changes.heads import WHOLE
from ops.policy import View
from ops.web import moments
from ops.web.gate import actor
from ops.web.judged import Judged, Text
from ops.web.page import formats
from ops.web.records.addresses import list_href, way_to
from ops.web.records.fields import Field
from ops.web.records.form_page import Trouble
from ops.web.role_words import asked_of, role_words
from ops.words import t

Do = Literal["edit", "delete", "export"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows: ticked ones, or all of a list; `state` is the list's query string as it stands in its address."""

    keys: tuple[str, ...]
    state: str
    everything: bool

    @property
    def selection(self) -> Ticked | Listed:
        """For the door."""
        return Listed(self.state) if self.everything else Ticked(self.keys)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The fields that carry it from page to page."""
        keys = [("k", key) for key in self.keys]
        return [("list", self.state), *([("all", "1")] if self.everything else keys)]


@dataclass(frozen=True)
class ManyPage:
    """What templates/records/many.html shows."""

    view: View
    do: Do
    chosen: Chosen
    token: str
    fields: Sequence[Field] = ()
    more: Sequence[tuple[str, str]] = ()  # columns that can still be added
    mode: str = "chunks"
    reason: str = ""
    preview: Preview | None = None
    asks: Sequence[Ahead] = ()
    trouble: Trouble | None = None

    @property
    def heading(self) -> str:
        """What it does: "Edit orders"."""
        return t(f"many.{self.do}", rows=self.view.table.label.lower())

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        return [*way_to(self.view.table), (self.heading, None)]

    @property
    def back(self) -> str:
        """The list it came from."""
        return list_href(self.view.table) + (f"?{self.chosen.state}" if self.chosen.state else "")

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return list_href(self.view.table) + "many"

    @property
    def said(self) -> str:
        """How many rows: counted where the preview did, else what was ticked."""
        if self.preview is not None:
            return t("many.rows", count=self.preview.count.text)
        return t("many.all") if self.chosen.everything else t("many.rows", count=f"{len(self.chosen.keys):,}")

    @property
    def may_be_whole(self) -> bool:
        """Whether so few rows are chosen that all or nothing can be asked for."""
        count = self.preview.count if self.preview else None
        many = count.rows if count is not None else None if self.chosen.everything else len(self.chosen.keys)
        return (
            many is not None and many <= WHOLE and not (count is not None and (count.more or count.estimated))
        )

    @property
    def button(self) -> str:
        """What the button says."""
        return t(f"many.{self.do}_button")

    @property
    def later(self) -> moments.Later:
        """The moment to apply it at, as it was typed."""
        text = request.form.get(moments.APPLY_AT, "")[:40]
        return moments.later(text, actor().timezone, self.trouble.fields if self.trouble else None)

    @property
    def errors(self) -> list[tuple[str | None, str, str]] | None:
        """The marked fields as `f.errors` wants them."""
        if self.trouble is None or not self.trouble.fields:
            return None
        names = {one.column.name for one in self.fields}
        columns = self.view.table.columns
        return [
            moments.problem(text)
            if name == moments.FIELD
            else (
                f"v.{name}" if name in names else None,
                columns[name].label if name in columns else name,
                text,
            )
            for name, text in self.trouble.fields.items()
        ]

    @property
    def asks_lines(self) -> list[str]:
        """Whom it asks: by what was looked at, else by the rules alone."""
        if self.preview is not None and not self.preview.too_slow:
            return [
                t("many.asks", role=asked_of(one.needed, one.asked), why="; ".join(one.why))
                for one in self.preview.asks
            ]
        return [t("many.may_ask", role=role_words(one.role), rule=one.rule) for one in self.asks]

    def apart(self, name: str, was: str | None, will: str | None) -> list[Text]:
        """A value before and after."""
        return Judged(self.view.table, formats()).apart(name, (was, will))
