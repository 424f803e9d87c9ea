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
    "door.times.expires": "A rule lets this change wait for {count} hours at most. Choose an earlier moment.",
    "door.times.expires.one": "A rule lets this change wait for an hour at most. Choose an earlier moment.",
    "door.refused.revise_bulk": (
        "A change of many rows is not revised: its rows are frozen. Withdraw it and ask anew."
    ),
    "door.refused.revise_action": (
        "What an action worked out is not revised by hand. Withdraw it and use the action again."
    ),
    "door.refused.revise_rights": (
        "Changes of rights and rules are asked for on their own pages. Withdraw this one and ask anew there."
    ),
    "door.refused.revise_decided": (
        "You have decided on this change, or a revision of it, so you cannot edit it too: nobody stands on both sides."
    ),
    "door.refused.revise_sight": "You may not see every value of this change, so you cannot revise it.",
    "door.stale.digest_revise": (
        "Somebody revised or decided this change since you opened it. Look at it as it is now; what you typed is kept."
    ),
    "door.stale.revise": "This change cannot be revised any more.",
    "door.title.undo": "Undo {ref}",
    "door.undo.not_applied": "This change was not applied, so there is nothing to undo.",
    "door.undo.by": "{ref} undoes it already.",
    "door.undo.many": "A change of many rows is undone row by row, on its own page.",
    "door.undo.rights": "Changes of rights and rules are not undone in one go. Ask for the opposite on their own pages.",
    "door.undo.unseen": "You may not see every value of this change, so you cannot undo it.",
    "door.undo.nothing": "Its rows came out as they had been, so there is nothing to undo.",
    "door.undo.moved": "Somebody changed these rows since, so undoing would overwrite that. Edit them instead.",
    "door.undo.not_all_seen": (
        "Not every value of the deleted row was kept with this change, so it cannot be made again from here."
    ),
    "door.undo.long": "A long text of it was kept by its digest alone, so it cannot be put back from here.",
    "door.undo.also_rows": "Rows that went along with a deleted one, or lost their reference to it, are not brought back.",
    "door.undo.also_told": "What the action told others when it was applied is not taken back.",
    "door.times.unread": "Enter a date and time, such as 2026-11-21 14:30.",
    "door.times.rights": "Changes of rights and rules are applied as soon as they are agreed, at no chosen time.",
}
