"""One reason of an answer, and how a rule is named in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ops.roles import TableRule

Origin = Literal["answer", "built in", "role", "resource", "name", "database", "permission", "row"]


@dataclass(frozen=True, slots=True)
class Reason:
    """`yes`: it speaks for it. `sentence` is for people; `rule` names what says so, `origin` where that stands.

    Origins: the "answer" itself, a "built in" role, a "role" (a row of `ops.role_table`), a "resource" (the
    company's code), the column's "name", the "database", a "permission", the "row" as it is.
    """

    yes: bool
    sentence: str
    rule: str
    origin: Origin


def of_rule(rule: TableRule, yes: bool, sentence: str) -> Reason:
    """A reason that a role's rule gives."""
    return Reason(yes, sentence, f"{rule.role} on {rule.place}", "built in" if rule.built_in else "role")
