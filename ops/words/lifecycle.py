"""Words of a change set's life: revising, trying again, its time, its term, undoing."""

WORDS = {
    # why it cannot be
    "door.stale.late_retry": "What was agreed is too old to be applied. Revise it: then it is asked about anew.",
    "door.stale.lost": "Some of those who agreed may not decide any more. Revise it: then it is asked about anew.",
    "door.stale.retry": "This change did not fail, or not any more, so it cannot be tried again.",
    "door.refused.not_yours_retry": "Only who proposed or revised a change may try it again.",
    "door.lost": "not enough of those who agreed may still decide ({roles})",
    "door.failure.given_up": "Not applied: it was tried for hours and could not be written. Nothing was changed.",
    "door.failure.other_digest": "Not applied: what is kept of it is not what was agreed to. Tell an owner.",
    "door.times.past": "This moment is over. Choose a later one, or leave it empty.",
    "door.times.far": "Choose a moment within a year from now.",
    "door.times.unread": "Enter a date and time, such as 2026-11-21 14:30.",
    "door.times.rights": "Changes of rights and rules are applied as soon as they are agreed, at no chosen time.",
}
