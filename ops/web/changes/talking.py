"""What was said about a change and what hangs on it, as its page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import request

from ops.changes import ChangeView, attachments, hanging, mentions
from ops.changes.attachments import Attachment
from ops.changes.talk import Comment
from ops.web.gate import actor, platform, tx
from ops.words import t


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the two forms: `said`, whose names were found for it, and what is wrong with either.

    `again`: the form asked for itself, to look for a name or to put one in.
    """

    said: str = ""
    found: Sequence[str] | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """The discussion and the files. `opens`: the person may open files; `attaches`: they may add some."""

    comments: Sequence[Comment]
    files: Sequence[Attachment]
    opens: bool
    attaches: bool
    me: int | None
    typed: Typed
    earlier: bool = False  # whether more was said before
    paged: bool = False  # whether this is not the newest of it

    @property
    def earlier_href(self) -> str:
        """Where what was said before stands, on the same page."""
        return f"?said={self.comments[0].id}#discussion"

    @property
    def most(self) -> str:
        """How much may be attached."""
        return t(
            "files.hint",
            megabytes=attachments.MOST_BYTES // 1024**2,
            count=attachments.MOST_FILES,
        )


def of(view: ChangeView, typed: Typed | None = None) -> Talk:
    """Both, for a change whose page the person has opened."""
    me = actor().person_id
    before, at = _number("said"), _number("at")
    found = hanging.hanging(tx(), view.change.id, before=before, at=at)
    opens, attaches = hanging.opens_files(view), hanging.offers_files(view, me)
    return Talk(
        found.comments, found.files, opens, attaches, me, typed or Typed(), found.earlier, (before or at) is not None
    )  # fmt: skip


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def found_for(change_id: int, said: str) -> Typed:
    """The same text with the names that fit the last one asked for in it."""
    _, begun = mentions.last_asked(said)
    return Typed(said, mentions.begins(tx(), platform().catalog, change_id, begun), again=True)


def taken(said: str, name: str) -> Typed:
    """The text with a name that was found in the place of what was written of it."""
    place, begun = mentions.last_asked(said)
    return Typed(f"{said[:place]}{name} {said[place + len(begun) :].lstrip(' ')}", again=True)
