"""Signing in and out, and one's own account.

Owns the pages of `/sign-in`, `/auth/…`, `/sign-out`, `/appearance` and `/people/me`. Refuses to own
who somebody is: that is `ops.identity`'s.
"""

from ops.web.people.account import bp as account
from ops.web.people.again import bp as again
from ops.web.people.backchannel import bp as backchannel
from ops.web.people.signing import bp as signing

__all__ = ["account", "again", "backchannel", "signing"]
