"""Why a form is shown again: its words, its status, and a sentence beside each field that needs somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from ops.db import Busy, CommitUnknown
from ops.words import t


@dataclass(frozen=True)
class Trouble:
    """Why a form is shown again. `fields` has a sentence by the form's own names."""

    title: str
    detail: str | None = None
    status: int = 422
    tone: str = "bad"
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def away(cls, error: Exception) -> Self:
        """The database is away or busy: the same form again, ready to be sent once more."""
        if isinstance(error, CommitUnknown):
            kind = "unknown"
        else:
            kind = "busy" if isinstance(error, Busy) else "unavailable"
        return cls(t(f"records.{kind}"), t(f"records.{kind}_body"), 503, "warn")


def status(trouble: Trouble | None) -> int:
    """The answer's status."""
    return trouble.status if trouble is not None else 200


def headers(trouble: Trouble | None) -> dict[str, str]:
    """The answer's further headers: when to try again what the database kept nobody from."""
    return {"Retry-After": "5"} if trouble is not None and trouble.status == 503 else {}


@dataclass(frozen=True, kw_only=True)
class Troubled:
    """A form that may be shown again with its trouble; what it is made of says what its fields are called."""

    trouble: Trouble | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        """What the form's fields are called, by their names."""
        raise NotImplementedError

    @property
    def elsewhere(self) -> str:
        """What a sentence is about that belongs to none of them."""
        return ""

    def error(self, name: str) -> str | None:
        """The sentence beside a field."""
        return self.trouble.fields.get(name) if self.trouble else None

    @property
    def errors(self) -> list[tuple[str | None, str, str]] | None:
        """The marked fields as `f.errors` wants them; None where it was not about fields."""
        if self.trouble is None or not self.trouble.fields:
            return None
        labels = self.labels
        return [
            (name if name in labels else None, labels.get(name, self.elsewhere), text)
            for name, text in self.trouble.fields.items()
        ]
