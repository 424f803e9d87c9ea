"""What an earlier revision of a change asked for, beside what it asks for now."""

WORDS = {
    "earlier.was": "revision {revision} asked for",
    "earlier.new": "not asked for in revision {revision}",
    "earlier.long": "another text than in revision {revision}",
    "earlier.added": "This row is new since revision {revision}.",
    "earlier.left": "{count} rows that revision {revision} asked about are left out now.",
    "earlier.left.one": "One row that revision {revision} asked about is left out now.",
    "earlier.dropped": "Revision {revision} asked for these as well, which stay as they are now: {columns}.",
}
