"""The pages of the company's own rows: lists, records, forms, deleting, picking.

Forms here carry what they were filled with, so that only what a person really changed reaches the door
(`parsing`), and come back whole whatever happens there (`saving`).
"""

from ops.web.records import many_views
from ops.web.records.views import bp

__all__ = ["bp", "many_views"]
