"""Words of a change set's life: revising, trying again, its time, its term, undoing."""

WORDS = {
    # why it cannot be
    "door.stale.late_retry": "What was agreed is too old to be applied. Revise it: then it is asked about anew.",
    "door.stale.lost": "Some of those who agreed may not decide any more. Revise it: then it is asked about anew.",
    "door.stale.lost_digest": (
        "An approval of this change was given to something else than what would be written, so nothing was written. "
        "Revise it: then it is asked about anew."
    ),
    "door.stale.retry": "This change did not fail, or not any more, so it cannot be tried again.",
    "door.refused.not_yours_retry": "Only who proposed or revised a change may try it again.",
    "door.lost": "not enough of those who agreed may still decide ({roles})",
    "door.lost_digest": "an approval that is kept was given to something else than what would be written, "
    "so it does not count ({roles})",
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
    "door.times.skipped": "The clocks skip this hour on that day. Choose another one.",
    # deciding
    "changes.send_back": "Send back",
    "changes.done.sent_back": "{reference} is sent back",
    "changes.done.sent_back_text": "Whoever asked is told, with your comment, and may rework it.",
    "changes.done.approved": "Approved, and {reference} is agreed",
    "changes.done.approved_text": "It is written by a worker, at once or when its time has come.",
    "changes.said.approve": "Approved",
    "changes.said.reject": "Rejected",
    "changes.said.send_back": "Sent back",
    # what it means now
    "changes.sent_back": "{name} sent it back.",
    "changes.sent_back_yours": "Revise it and send it again, or withdraw it. Nothing was written.",
    "changes.sent_back_anew": (
        "What it asks for cannot be reworked by hand. Withdraw it, and ask anew with what was said. Nothing was written."
    ),
    "changes.sent_back_theirs": "It waits for {name} to rework it. Nothing was written.",
    "changes.expired": "Nobody decided it in time, so it expired.",
    "changes.expired_text": "Nothing was written. Ask again, if it is still wanted.",
    "changes.waits_until": "Agreed. It waits for its time:",
    "changes.waits_until_text": "Rights, rules and rows are looked at again then, before anything is written.",
    "changes.apply_at": "Apply at",
    "changes.apply_later": "Apply at a later time",
    "changes.scheduled": "{reference} is kept",
    "changes.apply_at_hint": "Empty: as soon as it is agreed. Date and time in {zone}.",
    "changes.apply_at_over": "That is over, so it is applied as soon as it is agreed.",
    "changes.expires": "Waits until",
    "changes.undo_of": "Undoes",
    "changes.undone_by": "Undone by",
    "changes.waits_for_people": "Others are asked; it is applied once they agree.",
    "changes.waits_for_time": "It waits for its time.",
    "changes.stopped_again": "{reference} could not be applied",
    "changes.step.revised": "Asked, revision {n}",
    "changes.did.revised": "sent revision {n}",
    "changes.did.revised_conflicted": "sent revision {n}, for it had stopped as a conflict",
    "changes.did.revised_failed": "sent revision {n}, for it could not be applied",
    # revising
    "changes.revise.ask": "Revise…",
    "changes.revise.rebase": "Look at it and ask anew…",
    "changes.revise.title": "Revise {reference}",
    "changes.revise.crumb": "Revise",
    "changes.revise.cannot": "This change cannot be revised by you.",
    "changes.revise.not_sent": "Not sent.",
    "changes.revise.stale": "Not sent: it is another change by now.",
    "changes.revise.moved": "Not sent: somebody changed the same values meanwhile.",
    "changes.revise.moved_text": "Choose for each of them below. Nothing was written and nothing you typed is lost.",
    "changes.revise.gone": "Not sent: a row is gone.",
    "changes.revise.gone_text": "Somebody deleted it meanwhile. Nothing was written and nothing you typed is lost.",
    "changes.revise.moved_now": "{count} values were changed by somebody else since they were looked at.",
    "changes.revise.moved_now.one": "One value was changed by somebody else since it was looked at.",
    "changes.revise.moved_now_text": "Choose for each what it shall be. Nothing is overwritten that you have not seen.",
    "changes.revise.anew": "Sending it asks everybody anew.",
    "changes.revise.anew_text": (
        "It becomes a further revision; what was said about earlier ones counts no more. Whoever sends it has a hand in "
        "it and cannot decide it."
    ),
    "changes.revise.row_gone": "The row is gone.",
    "changes.revise.row_gone_text": "It is left out of the revision.",
    "changes.revise.row_gone_alone": "Nothing can be done to it any more; withdraw the change.",
    "changes.revise.drop": "Leave this row out",
    "changes.revise.hangs": "A row that is left out is needed by another one of this change. Leave that out too.",
    "changes.revise.clash": "Changed meanwhile",
    "changes.revise.clash_text": "Choose one for each field",
    "changes.revise.clash_caption": "The value when this was asked for, the one asked for, and the one there now; choose one",
    "changes.revise.original": "When it was asked",
    "changes.revise.proposed": "Asked for",
    "changes.revise.now": "There now",
    "changes.revise.keep_mine": "{field}: ask for the value as below",
    "changes.revise.keep_theirs": "{field}: leave it as it is now",
    "changes.revise.choose": "Choose which value it shall be.",
    "changes.revise.others": "Other fields of this row",
    "changes.revise.goes": "What is deleted, as it is now",
    "changes.revise.reason_hint": "Whoever decides reads it. Say what is different now.",
    "changes.revise.leave": "Leave it as it is",
    "changes.revise.send": "Send revision",
    "changes.revise.done.applied": "{reference} is revised and applied",
    "changes.revise.done.asked": "{reference} is revised",
    # trying again, undoing
    "changes.retry.do": "Try again",
    "changes.retry.not_tried": "Not tried again.",
    "changes.retry.done.applied": "{reference} is applied",
    "changes.retry.done.asked": "{reference} is open again",
    "changes.undo.ask": "Undo…",
    "changes.undo.crumb": "Undo",
    "changes.undo.title": "Undo {reference}",
    "changes.undo.cannot": "This change cannot be undone.",
    "changes.undo.not_asked": "Not undone.",
    "changes.undo.would": "What undoing would change",
    "changes.undo.asks": "Undoing it asks somebody else first.",
    "changes.became": "Became",
    "changes.not_reached": "Its turn did not come",
    "changes.asks_then": ", then ",
    "changes.undo.at_once": "Undoing it takes effect at once.",
    "changes.undo.at_once_text": "No rule asks for a say. It is a change of its own and can be undone in turn.",
    "changes.undo.leave": "Leave it as it is",
    "changes.undo.do": "Undo",
    "changes.undo.done.applied": "Undone by {reference}",
    "changes.undo.done.asked": "{reference} asks for the undo",
}
