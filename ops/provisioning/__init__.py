"""People and groups as a provider's SCIM client tells them (RFC 7643, RFC 7644).

Owns `ops.scim_user`, `ops.scim_group`, `ops.scim_member`, `ops.scim_token`, the roles of origin "scim" and the
columns `scim_*` of `ops.person`. A user is bound to the person (iss, sub) by a stable subject; switched off or
deleted there, the person loses sessions and rights in the same transaction, and keeps their history. Refuses to
own HTTP (`ops.web.scim`), what a role may do (`ops.policy`), which group means which role (`ops.group_role`, changed
through the door), and sign-in (`ops.identity`).
"""

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
