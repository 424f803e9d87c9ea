"""Words of the search over everything, the palette."""

WORDS = {
    "search.title": "Search",
    "search.label": "Search everywhere",
    "search.lead": (
        "Tables, rows by key, number, e-mail or name, changes by reference, views, pages, and what you can do. "
        "Of large tables only what an index serves is searched, and never longer than a moment."
    ),
    "search.open": "Search everywhere",
    "search.tables": "Tables",
    "search.rows": "Records",
    "search.recent": "Opened last",
    "search.changes": "Changes",
    "search.views": "Views",
    "search.actions": "Actions",
    "search.pages": "Pages",
    "search.export": "Export {table}",
    "search.count": "{count} found",
    "search.nothing": "Nothing found for “{text}”. A table’s own list can search and filter further.",
    "search.late": "No time was left for {tables}. Search them in their own lists.",
    "search.unserved": "Not searched, for no index serves it: {tables}. Their own lists say which would.",
    "search.and_more": "{tables} and others",
}
