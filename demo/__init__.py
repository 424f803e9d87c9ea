"""The demo: a made-up food wholesaler, made from one seed, all in SQL, in a schema of its own.

It is what a newcomer meets first and what the benchmarks measure, so it looks like a company's database
rather than like ours: its own names and conventions, many kinds of columns, years of business, and dirt.
`load()` makes it; `demo.resources` shapes it for the admin. No company or person in it is real.
"""

from .load import DemoError, Sizes, load

__all__ = ["DemoError", "Sizes", "load"]
