"""Words of the error pages: what happened, what was kept, what to do."""

WORDS = {
    "errors.reference": "Reference for support: {id}",
    "errors.home": "Go to my desk",
    "errors.why": "Why?",
    "errors.again": "Try again",
    "errors.bad_request.title": "That request could not be read",
    "errors.bad_request.text": (
        "Nothing was changed. Go back and try again; if it happens again, give support the reference below."
    ),
    "errors.forbidden.title": "You may not do this",
    "errors.forbidden.text": (
        "None of your roles allows it, and nothing was changed. If you need it for your work, ask an owner."
    ),
    "errors.previewing.title": "Nothing is changed while you look",
    "errors.previewing.text": "What you sent was not taken, and nothing was changed.",
    "errors.not_found.title": "There is nothing here",
    "errors.not_found.text": (
        "The page or the record does not exist, or is not yours to see. Check the address, or look "
        "for it in its table."
    ),
    "errors.method.title": "This address works another way",
    "errors.method.text": "Nothing was changed. Go back and use the page's own buttons.",
    "errors.conflict.title": "Somebody was faster",
    "errors.conflict.text": (
        "What you worked on has changed since. Nothing was overwritten; open it again to see it as it is now."
    ),
    "errors.reshaped.title": "The database has just been changed",
    "errors.reshaped.text": (
        "Its owners changed a table while you were using it. Countersign has read it anew and nothing was written: "
        "open the page again."
    ),
    "errors.too_large.title": "That is too much at once",
    "errors.too_large.text": "What was sent is larger than this page takes. Nothing was changed.",
    "errors.invalid.title": "That could not be used",
    "errors.invalid.text": (
        "Something in what was sent does not fit. Nothing was changed; go back and check it."
    ),
    "errors.masked.title": "You see this column masked",
    "errors.masked.text": (
        "What you see masked you cannot filter, sort or search by. Take that part out of the list."
    ),
    "errors.too_many.title": "A little slower, please",
    "errors.too_many.text": (
        "This was asked for very often from here, so it rests for a while. Nothing was changed; try again in {wait}."
    ),
    "errors.too_many.kept": "You stay signed in, and what you typed is still there if you go back.",
    "errors.seconds": "{n} seconds",
    "errors.minutes": "{n} minutes",
    "errors.other_origin.title": "This did not come from our own page",
    "errors.other_origin.text": (
        "To protect you, changes are taken only from Countersign's own pages. Nothing was changed. "
        "Open the page here and try again."
    ),
    "errors.stale_form.title": "This page is from an earlier session",
    "errors.stale_form.text": "You have signed in or out since it was opened. Nothing was changed.",
    "errors.stale_form.kept": (
        "Go back: what you typed is still in the form. Copy it, reload the page and send it again."
    ),
    "errors.unavailable.title": "The database cannot be reached",
    "errors.unavailable.text": "Nothing was changed. It usually comes back by itself; try again in a moment.",
    "errors.unavailable.kept": "You stay signed in, and what you typed is still there if you go back.",
    "errors.busy.title": "The database is very busy",
    "errors.busy.text": "It took too long, so this was stopped. Nothing was changed; try again in a moment.",
    "errors.busy.kept": "What you typed is still there if you go back.",
    "errors.commit_unknown.title": "The connection was lost while saving",
    "errors.commit_unknown.text": (
        "It may have been saved or not. Go back and send the form again: it is saved once, never twice."
    ),
    "errors.broken.title": "Something went wrong on our side",
    "errors.broken.text": (
        "It was written down. Nothing was changed unless a page said so. Try again; if it happens "
        "again, give support the reference below."
    ),
}
