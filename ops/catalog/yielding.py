"""What is kept of a Resource that no longer fits its table: what opens yields to the guesses, what protects stays shut.

The company changes its tables while a process runs. Its own code cannot be put right in that moment, and stopping would
take every other table away too; going on as if nothing were said of the table could show what was hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ops.catalog.model import Relation, Table
from ops.catalog.resource import OPTIONS, Resource

# Of these the names that are still there are kept, and columns that are new are hidden: one may be the lost one.
_COVERS = ("hidden", "masked", "shown")
# Without these rows could be seen, or written, that should not: the table is shut until the class is put right.
_SHUTS = frozenset({"rows", "rules"})
_PROBLEM = re.compile(r"^E\d+ \w+\.(\w+):")


def yielded(
    resource: type[Resource], problems: list[str], relation: Relation, earlier: Table | None
) -> type[Resource] | None:
    """The same Resource without the options that the problems are about; None: the table must be shut."""
    wrong = {found[1] for one in problems if (found := _PROBLEM.match(one))}
    if (
        len(wrong) == 0
        or wrong & _SHUTS
        or any(hasattr(_own(resource, name), "__ops_validates__") for name in wrong)
    ):
        return None
    kept: dict[str, Any] = {"__module__": resource.__module__}
    for name in wrong:
        if name in _COVERS:
            kept[name] = _there(getattr(resource, name), relation, resource)
        elif name in OPTIONS:
            kept[name] = getattr(Resource, name)
        else:
            kept[name] = _nothing  # an action, and what is no option at all
    if wrong & set(_COVERS):
        known = set(earlier.columns) if earlier is not None else set()
        fresh = [name for name in relation.columns if name not in known]
        kept["hidden"] = (*kept.get("hidden", _there(resource.hidden, relation, resource)), *fresh)
        kept["shown"] = [name for name in kept.get("shown", resource.shown) if name not in fresh]
    return type(resource.__name__, (resource,), kept)


def _own(resource: type[Resource], name: str) -> Any:
    return getattr(resource, name, None)


def _there(value: Any, relation: Relation, resource: type[Resource]) -> Any:
    computed = resource.computed if isinstance(resource.computed, Mapping) else {}
    names = {*relation.columns, *computed}
    if isinstance(value, Mapping):
        return {name: said for name, said in value.items() if name in names}
    return [name for name in value if name in names]


def _nothing(self: Resource) -> None:
    """Stands where an action was that no longer fits."""
