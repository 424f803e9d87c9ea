"""Signing in and out, one's own account, and the pages about people: who they are, what they may and why.

Owns the pages of `/sign-in`, `/auth/…`, `/sign-out`, `/appearance` and `/people/` but for roles and groups. Refuses
to own who somebody is (`ops.identity`), what follows from a role (`ops.policy`), and changing either (the door).
"""

from ops.web.people import granting, leaving, listing, looking, person, sessions, sign_ins, switching, why
from ops.web.people.account import bp as account
from ops.web.people.again import bp as again
from ops.web.people.backchannel import bp as backchannel
from ops.web.people.pages import bp as pages
from ops.web.people.signing import bp as signing

VIEWS = (
    listing,
    person,
    granting,
    switching,
    sessions,
    sign_ins,
    why,
    looking,
    leaving,
)  # each puts its pages into `pages`

__all__ = ["VIEWS", "account", "again", "backchannel", "pages", "signing"]
