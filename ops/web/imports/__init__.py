"""The pages of the imports: bring a file, say how it is read, see what it would do, propose it; one's own alone."""

from ops.web.imports.views import bp

__all__ = ["bp"]
