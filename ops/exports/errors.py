"""What can be wrong with an export, in words a person can act on."""

from __future__ import annotations


class ExportError(Exception):
    """The text is for the person: what happened and what to do."""


class NoSuchRun(ExportError):
    """There is no such export, or it is another person's: the two look the same."""


class Gone(ExportError):
    """The file is not to be had (any more); the text says why and what to do."""
