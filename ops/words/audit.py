"""Words of the trail: its filters, what each action is called, one event and its proof."""

WORDS = {
    "audit.title": "Trail",
    "audit.lead": "Who did what, newest first. That you read it is an event too.",
    # protection
    "audit.level": "Protection level {level}",
    "audit.level_a": (
        "The application’s database role ({role}) can add events and read them, nothing else. "
        "Changing or deleting one takes the owner of the schema."
    ),
    "audit.level_b": (
        "Triggers refuse every change of the trail, but the application’s database role ({role}) {because}, "
        "so whoever holds that role could switch them off. A separate owner role (OPS_MIGRATION_URL) makes "
        "it level A."
    ),
    "audit.because.owns": "owns its tables",
    "audit.because.update": "may update them",
    "audit.because.delete": "may delete from them",
    "audit.because.truncate": "may empty them",
    # filters
    "audit.filter": "Filter the trail",
    "audit.filters": "Filters",
    "audit.person": "Person",
    "audit.anyone": "Anyone",
    "audit.action": "Action",
    "audit.any_action": "Any action",
    "audit.table": "Table",
    "audit.any_table": "Any table",
    "audit.outcome": "Outcome",
    "audit.any_outcome": "Any outcome",
    "audit.key": "Row",
    "audit.change": "Change",
    "audit.from": "From day",
    "audit.to": "To day",
    "audit.apply": "Filter",
    "audit.not_used": "Not every filter was used",
    "audit.not_used_text": (
        "This could not be understood: {what}. The list below is wider than you asked for."
    ),
    "audit.person_number": "person {number}",
    # list
    "audit.when": "When",
    "audit.who": "Who",
    "audit.what": "Did what",
    "audit.on": "On what",
    "audit.values": "Values",
    "audit.event": "Event",
    "audit.more_values": "and {count} more",
    "audit.hidden": "Values you may not see",
    "audit.erased": "Values erased",
    "audit.count": "{count} events on this page",
    "audit.count.one": "One event on this page",
    "audit.older": "Older",
    "audit.newer": "Newer",
    "audit.newest": "Newest",
    "audit.none": "No event yet",
    "audit.none_text": "The first sign-in, change or export will stand here.",
    "audit.none_here": "No event matches these filters",
    "audit.none_here_text": "Take one away, or choose a wider range of days.",
    "audit.clear": "Show everything",
    "audit.platform": "Countersign",
    "audit.nobody": "Nobody signed in",
    "audit.only": "Events of {name}",
    # outcomes
    "audit.outcome.done": "Done",
    "audit.outcome.refused": "Refused",
    "audit.outcome.failed": "Failed",
    # sources
    "audit.source.web": "pages",
    "audit.source.worker": "a worker",
    "audit.source.clock": "the clock",
    "audit.source.command": "a command",
    # actions: the words after a name
    "audit.action.sign_in": "signed in",
    "audit.action.sign_out": "signed out",
    "audit.action.session.ended": "ended a session",
    "audit.action.roles.changed": "got other roles",
    "audit.action.access": "opened what is not theirs",
    "audit.action.row.created": "created a row",
    "audit.action.row.updated": "edited a row",
    "audit.action.row.deleted": "deleted a row",
    "audit.action.row.cascaded": "took a row along",
    "audit.action.cascade.more": "took further rows along",
    "audit.action.change.submitted": "asked for a change",
    "audit.action.change.approved": "approved a change",
    "audit.action.change.rejected": "rejected a change",
    "audit.action.change.withdrawn": "withdrew a change",
    "audit.action.change.lapsed": "let a change take effect by time",
    "audit.action.change.reopened": "reopened a review",
    "audit.action.change.conflicted": "met a conflict",
    "audit.action.change.failed": "could not apply a change",
    "audit.action.change.applied": "applied a change",
    "audit.action.export.requested": "asked for an export",
    "audit.action.export.cancelled": "cancelled an export",
    "audit.action.export.written": "wrote an export",
    "audit.action.export.failed": "could not write an export",
    "audit.action.export.downloaded": "downloaded an export",
    "audit.action.trail.read": "read the trail",
    "audit.action.rule.created": "made a rule",
    "audit.action.demo.seeded": "set up the demo",
    # one event
    "audit.reason": "Reason",
    "audit.utc": "In UTC",
    "audit.at": "At",
    "audit.by": "By",
    "audit.source": "Through",
    "audit.roles": "Roles at that moment",
    "audit.no_roles": "none",
    "audit.ip": "From address",
    "audit.request": "Request",
    "audit.row": "Row",
    "audit.row_before": "Row before",
    "audit.facts": "Facts",
    "audit.event_values": "Values",
    "audit.was": "Before",
    "audit.is": "After",
    "audit.proof": "Proof",
    "audit.payload": "Values",
    "audit.payload.matches": "Digest matches",
    "audit.payload.matches_text": "The values stored are those the event was written with.",
    "audit.payload.differs": "Digest differs",
    "audit.payload.differs_text": (
        "Somebody changed the values after the event was written. Tell an owner, and compare with a copy "
        "kept outside."
    ),
    "audit.payload.erased": "Values erased",
    "audit.payload.erased_text": "The values were taken out; the event itself stays whole and provable.",
    "audit.form": "Line",
    "audit.form.whole": "In canonical form",
    "audit.form.broken": "Not in canonical form",
    "audit.form.broken_text": (
        "The line is not as this product writes one: somebody changed it. Tell an owner."
    ),
    "audit.digest": "SHA-256 of salt and values",
    "audit.line": "The event’s line, byte for byte",
    "audit.line_text": (
        "This is what is proved and exported. The page “The trail’s format” in the documentation is enough "
        "to check it without Countersign."
    ),
    "audit.copy_line": "Copy the line",
    "audit.back": "All events",
}
