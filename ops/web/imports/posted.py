"""What a posted form of choices means: a reading, a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ops.imports import Plan, Reading, reading_from
from ops.imports.mapping import matchable
from ops.imports.plan import MODES
from ops.policy import View
from ops.web.imports.shown import match_text


def reading(form: Mapping[str, str], now: Reading) -> Reading:
    """How the file shall be read; what is not in the form, or is no choice of it, stays as it is."""
    found: dict[str, Any] = {
        name: form[name] for name in ("encoding", "separator", "quote", "escape", "sheet") if name in form
    }
    if form.get("header", "").isascii() and form.get("header", "").isdigit():
        found["header"] = int(form["header"][:6])
    return reading_from(found, now)


def plan(form: Mapping[str, str], now: Plan, seen: View) -> Plan:
    """The choices of the form. A column nobody may fill stays in the plan, for its check to say so (P15)."""
    columns = tuple(form.get(f"c.{n}", "") or None for n in range(len(now.header)))
    sets = {match_text(names): names for names in matchable(seen)}
    mode = form.get("mode", "")
    habits: dict[str, Any] = {
        name: form[name]
        for name in ("decimal", "thousands", "dates", "percent", "zone", "empty")
        if name in form
    }
    habits["zone"] = habits.get("zone", "").strip() or "UTC"
    habits["nulls"] = tuple(word.strip() for word in form.get("nulls", "").split(",") if word.strip())
    habits["apostrophe"] = form.get("apostrophe") == "1"
    return replace(
        now,
        reading=reading_from(habits, now.reading),
        columns=columns,
        match=sets.get(form.get("match", ""), ()),
        mode=mode if mode in MODES else now.mode,
    )
