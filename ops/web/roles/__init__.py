"""The owner's screens about roles: all of them on one, each with its rights on tables, and the forms to change them.

Owns `/people/roles/…`. Refuses to own what a right means (`ops.policy`) and whether a change of it is asked about:
every change is proposed at the door and waits for another owner.
"""

from ops.web.roles.views import bp

__all__ = ["bp"]
