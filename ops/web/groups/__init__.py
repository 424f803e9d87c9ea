"""The owner's screens about groups: what each group of a provider means here, and which mean nothing yet.

Owns `/people/groups/…`. Refuses to own who is in a group (the provider says) and whether a mapping is asked about:
adding and removing one are proposed at the door and wait for another owner.
"""

from ops.web.groups.views import bp

__all__ = ["bp"]
