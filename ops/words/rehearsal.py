"""What a rehearsal found, in words."""

WORDS = {
    "rehearsal.title": "Rehearsal",
    "rehearsal.not_yours": "A rehearsal is for those who ask for this change or may decide on it. Nothing was run.",
    "rehearsal.over": "This change does not wait any more, so there is nothing to rehearse.",
    "rehearsal.not_asked": "Not rehearsed again.",
    "rehearsal.again": "Rehearse again",
    "rehearsal.first": "Rehearse",
    "rehearsal.none_yet": "Not run yet.",
    "rehearsal.refresh": "Look again",
    "rehearsal.asked": "Rehearsing {reference}",
    "rehearsal.asked_text": "What is found will stand on this page.",
    "rehearsal.under_way": "Being run and rolled back to see what it would do…",
    "rehearsal.earlier": "This is of an earlier revision.",
    "rehearsal.untold": "The reason speaks of values you do not see.",
    "rehearsal.applies": "It would apply",
    "rehearsal.late": "Run before the row moved",
    "rehearsal.late_text": "It would have applied then. As the row is now it would stop, so nothing of it holds any more.",
    "rehearsal.partly": "Some rows would not apply",
    "rehearsal.stops": "It would not apply",
    "rehearsal.conflicts": "It would not apply: the row moved",
    "rehearsal.asks": "It would ask more people",
    "rehearsal.refused": "Not rehearsed",
    "rehearsal.busy": "Could not look: rows are busy",
    "rehearsal.slow": "Could not look: it takes too long",
    "rehearsal.given_up": "Could not look",
    "rehearsal.applies_text": "Run as it stands and rolled back: no rule of the database was in the way.",
    "rehearsal.busy_text": "Somebody holds a row that it needs. Nobody was made to wait; rehearse again in a moment.",
    "rehearsal.slow_text": (
        "It would have held rows for longer than half a second, so it was stopped and rolled back. Applying it has more "
        "time."
    ),
    "rehearsal.given_up_text": "The worker broke off. Nothing of it stayed; rehearse again.",
    "rehearsal.why.untrusted": (
        "Writing these tables runs {what}: code whose effects a rollback does not take back. So nothing was run."
    ),
    "rehearsal.why.away": (
        "Writing these tables reaches {what}, which is kept on another server. So nothing was run."
    ),
    "rehearsal.why.leaves": "Writing these tables may write a file or call a program. So nothing was run.",
    "rehearsal.why.made": (
        "Triggers of these tables build statements as they run, and this database has code whose effects a rollback does "
        "not take back. So nothing was run."
    ),
    "rehearsal.why.declared": "The team that looks after this table wants it not to be rehearsed.",
    "rehearsal.why_hint": "The team can declare the table safe to rehearse: docs/resources.md.",
    "rehearsal.along": "Goes along",
    "rehearsal.elsewhere": "Triggers and foreign keys change as well",
    "rehearsal.row.delete": "{count} rows of {table} are deleted",
    "rehearsal.row.delete.one": "One row of {table} is deleted",
    "rehearsal.row.insert": "{count} rows of {table} are added",
    "rehearsal.row.insert.one": "One row of {table} is added",
    "rehearsal.row.update": "{count} rows of {table} are changed",
    "rehearsal.row.update.one": "One row of {table} is changed",
    "rehearsal.row.set null": "{count} rows of {table} lose their link",
    "rehearsal.row.set null.one": "One row of {table} loses its link",
    "rehearsal.row.set default": "{count} rows of {table} get their default link",
    "rehearsal.row.set default.one": "One row of {table} gets its default link",
    "rehearsal.some.delete": "Rows of {table} are deleted",
    "rehearsal.some.insert": "Rows of {table} are added",
    "rehearsal.some.update": "Rows of {table} are changed",
    "rehearsal.some.set null": "Rows of {table} lose their link",
    "rehearsal.some.set default": "Rows of {table} get their default link",
    "rehearsal.more": "And more: only the first 1,000 rows are counted",
    "rehearsal.others": "And rows of tables you do not see",
    "rehearsal.nothing_else": "Nothing else changes with it.",
    "rehearsal.not_counted": "This database does not count what triggers change (track_counts is off).",
    "rehearsal.draws": "Numbers it drew from sequences stay drawn: the next rows skip them.",
    "rehearsal.sample": "A sample: the first {sample} of {of} rows were tried, the others were not.",
    "rehearsal.whole": "All {of} rows were tried.",
    "rehearsal.result": "{count} × {text}",
}
