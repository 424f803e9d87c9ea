"""What a row condition means, said while it is typed: in words, with the rows it would show, or what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ops import records
from ops.catalog import Table
from ops.policy import NotVisible
from ops.policy.trying import tried
from ops.web.gate import actor, platform, tx
from ops.web.right_words import column_label, rows_words
from ops.words import t


@dataclass(frozen=True, slots=True)
class RowsSaid:
    """`problem` in a sentence, or `words` and, where it may be told, how many of one's own rows it shows."""

    words: str = ""
    problem: str | None = None
    count: str | None = None


def rows_said(table: Table | None, text: str) -> RowsSaid | None:
    """Judge the text as the person of this request; None for no condition."""
    text = text.strip()
    if not text:
        return None
    if table is None:
        return RowsSaid(rows_words(text, None), None, t("roles.rows_any"))
    try:
        found = tried(actor(), table, platform().catalog, text)
    except NotVisible:
        return RowsSaid(rows_words(text, table), None, t("roles.rows_not_yours"))
    if found.problems:
        return RowsSaid(problem=" ".join(found.problems))
    if found.rows is None:
        columns = ", ".join(column_label(table, name) for name in found.unseen)
        return RowsSaid(rows_words(text, table), None, t("roles.rows_unseen", columns=columns))
    count = records.patiently_counted(tx(), found.rows)
    said = t("roles.rows_slow") if count.rows is None else t("roles.rows_count", rows=count.text)
    return RowsSaid(rows_words(text, table), None, said)
