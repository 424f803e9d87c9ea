"""Lists people keep under a name, for themselves or for a role: `ops.saved_view`, pins, what a list opens with.

Owns who may see and change a view, what of it fits a reader, and what its rows are counted to. A view is a list's
query string (docs/addresses.md) and how it looks; it holds no rights: whoever opens it reads through their own
`policy.View`. Refuses to know HTML and the address of the page it stands on.
"""

from ops.records.saved_views.counting import counts
from ops.records.saved_views.errors import ChangedMeanwhile, NameTaken, NoSuchView, TooManyViews
from ops.records.saved_views.fitting import Fitted, fitted
from ops.records.saved_views.laying import difference, laid_over, split, without_filters
from ops.records.saved_views.model import LONGEST_NAME, MOST_PINS, Mine, SavedView, may_change, may_share
from ops.records.saved_views.reading import mine
from ops.records.saved_views.writing import (
    Wanted,
    create,
    describe,
    open_with,
    pin,
    remove,
    replace_list,
)

__all__ = [
    "LONGEST_NAME",
    "MOST_PINS",
    "ChangedMeanwhile",
    "Fitted",
    "Mine",
    "NameTaken",
    "NoSuchView",
    "SavedView",
    "TooManyViews",
    "Wanted",
    "counts",
    "create",
    "describe",
    "difference",
    "fitted",
    "laid_over",
    "may_change",
    "may_share",
    "mine",
    "open_with",
    "pin",
    "remove",
    "replace_list",
    "split",
    "without_filters",
]
