"""Who someone is: people by (iss, sub), their roles and where these came from, sessions, single sign-on.

Owns `ops.person`, `ops.person_role`, `ops.group_role`, `ops.owner_pin` and `ops.session`, and every word
spoken with an identity provider. Refuses to own what a role may do (that is `ops.policy`'s), passwords (there
are none), and cookies and redirects (only `ops.web` knows HTTP).
"""

from ops.identity.claims import Identity, Refused
from ops.identity.outside import ProviderAway
from ops.identity.people import (
    ABOUT,
    HELD,
    Disabled,
    GroupRole,
    Person,
    PersonRole,
    RoleGrant,
    actor_for,
    actor_from,
    current_actor,
    grants_of,
    map_groups,
    roles_of,
)
from ops.identity.provider import Beginning, ProviderClient, origin
from ops.identity.sessions import Browser, Ended, OpenSession
from ops.identity.signing_in import SignedIn, refuse, sign_in, sign_out

__all__ = [
    "ABOUT",
    "HELD",
    "Beginning",
    "Browser",
    "Disabled",
    "Ended",
    "GroupRole",
    "Identity",
    "OpenSession",
    "Person",
    "PersonRole",
    "ProviderAway",
    "ProviderClient",
    "Refused",
    "RoleGrant",
    "SignedIn",
    "actor_for",
    "actor_from",
    "current_actor",
    "grants_of",
    "map_groups",
    "origin",
    "refuse",
    "roles_of",
    "sign_in",
    "sign_out",
]
