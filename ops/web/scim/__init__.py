"""SCIM over HTTP: addresses, bearer token, JSON, entity tags. What it all means is `ops.provisioning`'s."""

from ops.web.scim import discovery
from ops.web.scim.views import bp

__all__ = ["bp", "discovery"]
