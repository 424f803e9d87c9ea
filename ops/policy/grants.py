"""Who may open which page: the permissions a person's roles give together."""

from __future__ import annotations

from ops.actor import Actor
from ops.policy.refusal import Forbidden
from ops.roles import BUILT_IN, Permission, book_of

# The built-in roles; a company's own stand in the actor's book.
GRANTS: dict[str, frozenset[Permission]] = {name: role.permissions for name, role in BUILT_IN.roles.items()}
ROLES = tuple(GRANTS)


def may(actor: Actor, permission: Permission) -> bool:
    """Whether one of the person's roles grants it; unknown roles grant nothing."""
    return permission in book_of(actor).permissions(actor.roles)


def require(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden, in words, unless the person may."""
    if not may(actor, permission):
        raise Forbidden(f"You may not do this. It needs: {permission.sentence}")


def stamp(actor: Actor) -> str:
    """The name of the rights in force: what was kept under another one may be different now."""
    return book_of(actor).stamp
