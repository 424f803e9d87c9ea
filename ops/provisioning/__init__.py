"""People and groups as a provider's SCIM client tells them (RFC 7643, RFC 7644).

Owns `ops.scim_user`, `ops.scim_group`, `ops.scim_member`, `ops.scim_token`, the roles of origin "scim" and the
columns `scim_*` of `ops.person`. A user is bound to the person (iss, sub) by a stable subject; switched off or
deleted there, the person loses sessions and rights in the same transaction, and keeps their history. Refuses to
own HTTP (`ops.web.scim`), what a role may do (`ops.policy`), which group means which role (`ops.group_role`, changed
through the door), and sign-in (`ops.identity`).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.provisioning import groups, tokens, users
    from ops.provisioning.models import CONFIG, POLICY, PROVIDER, RESOURCE_TYPES, SCHEMAS, Group, Person, User
    from ops.provisioning.people import Source
    from ops.provisioning.resources import names
    from ops.provisioning.rights import remap

__all__ = [
    "CONFIG",
    "POLICY",
    "PROVIDER",
    "RESOURCE_TYPES",
    "SCHEMAS",
    "Group",
    "Person",
    "Source",
    "User",
    "groups",
    "names",
    "remap",
    "tokens",
    "users",
]

# Making the classes of SCIM takes half of a process's start: who only wants `remap`, as the worker and the clock
# do, does without them.
_MODULES = {
    **dict.fromkeys(("CONFIG", "POLICY", "PROVIDER", "RESOURCE_TYPES", "SCHEMAS"), "models"),
    **dict.fromkeys(("Group", "Person", "User"), "models"),
    "Source": "people",
    "names": "resources",
    "remap": "rights",
}


def __getattr__(name: str) -> Any:
    """A name of `__all__`, from its module, which is read when it is first asked for (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
