"""Who someone is: people by (iss, sub), their roles and where these came from, sessions, single sign-on.

Owns `ops.person`, `ops.person_role`, `ops.group_role`, `ops.owner_pin`, `ops.session`, `ops.refresh`,
`ops.logout_token` and `ops.break_glass`, and every word spoken with an identity provider. Refuses to own what a
role may do (that is `ops.policy`'s), passwords (there are none, but for a break-glass account), and cookies and
redirects (only `ops.web` knows HTTP).
"""

from ops.identity.backchannel import end_by
from ops.identity.claims import Identity, Refused
from ops.identity.logout_token import LogoutToken
from ops.identity.outside import ProviderAway
from ops.identity.people import (
    Disabled,
    GroupRole,
    Person,
    PersonRole,
    RoleGrant,
    actor_for,
    actor_from,
    actor_now,
    current_actor,
    grants_of,
    keep_known,
    known_in,
    map_groups,
    roles_of,
    same_rights,
)
from ops.identity.provider import SIGNED_OUT, Beginning, ProviderClient, clients, origin
from ops.identity.rechecking import Rechecks
from ops.identity.sessions import Browser, Ended, OpenSession
from ops.identity.signing_in import SignedIn, Terms, refuse, refuse_logout, sign_in, sign_out
from ops.identity.tidying import reseal, tidy

__all__ = [
    "SIGNED_OUT",
    "Beginning",
    "Browser",
    "Disabled",
    "Ended",
    "GroupRole",
    "Identity",
    "LogoutToken",
    "OpenSession",
    "Person",
    "PersonRole",
    "ProviderAway",
    "ProviderClient",
    "Rechecks",
    "Refused",
    "RoleGrant",
    "SignedIn",
    "Terms",
    "actor_for",
    "actor_from",
    "actor_now",
    "clients",
    "current_actor",
    "end_by",
    "grants_of",
    "keep_known",
    "known_in",
    "map_groups",
    "origin",
    "refuse",
    "refuse_logout",
    "reseal",
    "roles_of",
    "same_rights",
    "sign_in",
    "sign_out",
    "tidy",
]
