"""The pages of the exports: ask, watch, cancel, download; a person's own and nobody else's."""

from ops.web.exports.views import bp

__all__ = ["bp"]
