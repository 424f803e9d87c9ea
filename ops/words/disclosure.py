"""Words of revealing masked values: the link beside the mask, the form, what came of it."""

WORDS = {
    "disclosure.reveal": "Reveal…",
    "disclosure.reveal_field": "Reveal {field}",
    "disclosure.heading": "Reveal {field} of {row}",
    "disclosure.lead.one": (
        "You see it for 1 minute, in this session only. Your name, the field and your reason stay in the trail, "
        "where owners and auditors read them."
    ),
    "disclosure.lead": (
        "You see it for {count} minutes, in this session only. Your name, the field and your reason stay in the "
        "trail, where owners and auditors read them."
    ),
    "disclosure.reason": "Reason",
    "disclosure.reason_hint": "What you need it for, such as the number of a ticket.",
    "disclosure.show": "Show it",
    "disclosure.cancel": "Cancel",
    "disclosure.revealed": "Revealed until {time}",
    "disclosure.revealed_title": "Shown to you alone, in this session, until {time}",
    "disclosure.reason_needed": "Say what you need it for. Without a reason nothing is shown.",
    "disclosure.reason_long": "Too long to be kept: at most {count} characters.",
    "disclosure.reason_signs": "The reason holds signs that no text can hold. Type it anew.",
    "disclosure.tab": "Revealed values",
}
