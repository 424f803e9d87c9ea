"""How a change of many rows ends: from the results of its rows to one state and one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from ops.changes.heads import RESULTS
from ops.words import t

_LEFT = tuple(name for name in RESULTS if name not in ("applied", "same"))


def ending(counts: Mapping[str, int]) -> tuple[str, str | None]:
    """The final state and, where any row was not written, a sentence that says how many and why.

    Applied if any row was, or none needed to be; conflicted if rows had moved; else failed.
    """
    left = {name: counts.get(name, 0) for name in _LEFT if counts.get(name, 0)}
    applied, same = counts.get("applied", 0), counts.get("same", 0)
    if not left:
        return "applied", None
    said = ", ".join(t(f"bulk.count.{name}", count=f"{many:,}") for name, many in left.items())
    total = applied + same + sum(left.values())
    if applied:
        return "applied", t("bulk.partly", written=f"{applied:,}", total=f"{total:,}", rest=said)
    state = "conflicted" if left.get("moved") or left.get("gone") else "failed"
    return state, t("bulk.none", total=f"{total:,}", rest=said)
