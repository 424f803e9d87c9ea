"""The five roles every installation has: who may do what before anybody has written a rule, on one screen."""

from __future__ import annotations

from types import MappingProxyType

from ops.roles.model import ANY, IMPLIED, VERBS, Role, TableRule
from ops.roles.permission import Permission
from ops.words import t

_P = Permission
_IMPLIED = frozenset[Permission]().union(*IMPLIED.values())

# name: (verbs on every table, permissions beside those the verbs imply). The migration reserves these names.
_ROLES: dict[str, tuple[tuple[str, ...], frozenset[Permission]]] = {
    "viewer": (("see",), frozenset()),
    "operator": (("see", "create", "edit", "delete", "export", "act"), frozenset({_P.IMPORTS_RUN})),
    "manager": (
        ("see", "export", "approve"),
        frozenset({_P.RULES_READ, _P.RECORDS_REVEAL, _P.PEOPLE_READ, _P.APPROVALS_READ}),
    ),
    "auditor": (
        ("see",),
        frozenset(
            {
                _P.TRAIL_READ,
                _P.RULES_READ,
                _P.PEOPLE_READ,
                _P.PEOPLE_REVIEW,
                _P.SETTINGS_READ,
                _P.JOBS_READ,
                _P.APPROVALS_READ,
            }
        ),
    ),
    # What passes over others is nobody's until the company gives it, in a role that two owners have agreed on.
    "owner": (VERBS, frozenset(_P) - _IMPLIED - {_P.CHANGES_EMERGENCY}),
}


def _role(name: str, verbs: tuple[str, ...], given: frozenset[Permission]) -> Role:
    everywhere = TableRule(name, verbs=frozenset(verbs), built_in=True)
    return Role(
        name=name,
        label=t(f"roles.{name}"),
        description=t(f"roles.{name}.about"),
        built_in=True,
        given=given,
        tables=MappingProxyType({(ANY, ANY): everywhere}),
    )


BUILT_IN_ROLES = MappingProxyType({name: _role(name, *said) for name, said in _ROLES.items()})
