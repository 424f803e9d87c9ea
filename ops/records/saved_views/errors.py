"""What can stand in the way of a saved view."""

from __future__ import annotations


class NoSuchView(Exception):
    """There is none, or it is not the person's to see, or to change: the three look the same."""


class NameTaken(Exception):
    """The person has a view of that name on the table already."""


class TooManyViews(Exception):
    """As many as one person may keep, or pin, are there: `most`."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class ChangedMeanwhile(Exception):
    """Somebody saved the view after the person opened it: nothing was written."""
