"""What follows from a shape of rights and the catalog alone, worked out once and kept with the shape.

As the order of a form's fields: it is another shape as soon as rights, roles or what a Resource declares are others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from ops.catalog import Catalog
from ops.policy import View
from ops.web.gate import platform

MOST = 200  # answers of one shape: which columns a bulk edit names differs from one person to the next
Found = TypeVar("Found")


def of_shape(view: View, what: Hashable, make: Callable[[], Found]) -> Found:
    """What `make` gives, which must follow from `what`, the view's shape and the catalog."""
    catalog = platform().catalog
    known: dict[Hashable, tuple[Catalog, Found]] = view.shape.memory.setdefault("forms", {})
    found = known.get(what)
    if found is None or found[0] is not catalog:
        if len(known) >= MOST:
            known.clear()
        found = known[what] = (catalog, make())
    return found[1]
