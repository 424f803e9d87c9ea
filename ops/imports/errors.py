"""What can be wrong with an import as a whole, in words a person can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.imports.plan import Plan


class ImportRefused(Exception):
    """The text is for the person: what happened, what was kept, what to do."""


class NoSuchImport(ImportRefused):
    """There is no such import, or it is another person's: the two look the same."""


class Unfit(ImportRefused):
    """The choices do not fit together; `fields` has a sentence for each, by the name of the form's field.

    `plan`: the choices as they are kept, where a question was added to them.
    """

    def __init__(self, fields: dict[str, str], plan: Plan | None = None) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields, self.plan = fields, plan


class Broken(ImportRefused):
    """The file cannot be read on from `line`; rows before it can."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line
