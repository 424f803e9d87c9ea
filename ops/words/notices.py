"""Words of the notices: one line each, naming a change and never a value of the company's data."""

WORDS = {
    "notices.inherited": "{name} has left: {count} open things of theirs are yours now. Your rights count when they run.",
    "notices.asks_for": "{proposer} asks for a decision on {ref}, which you may give for {name}",
    "notices.reminder": "{ref} of {proposer} still waits for your decision",
    "notices.reminder_for": "{ref} of {proposer} still waits for a decision, which you may give for {name}",
    "notices.escalated": "{ref} was not decided in time and went on to: {role}",
    "notices.lent": "{name} has asked you to decide in their place for some days",
    "notices.lent_no_more": "{name} decides again: you sit in their place no more",
    "notices.given_back": "{name} does not decide in your place any more",
    "notices.mail.open": "Open it",
    "notices.mail.open_change": "Open {ref}",
    "notices.mail.desk": "Open my desk",
    "notices.mail.change": "Change",
    "notices.mail.what": "What",
    "notices.mail.by": "Asked by",
    "notices.mail.asked": "Asked",
    "notices.mail.due": "Due",
    "notices.mail.several": "Several changes",
    "notices.mail.tables": "{count} tables",
    "notices.mail.no_values": "Values are shown on the page alone, to those who may see them.",
    "notices.mail.choose": "Choose what you are told, and how",
    "notices.mail.digest": "{count} things since your last daily mail.",
    "notices.mail.digest.one": "One thing since your last daily mail.",
    "notices.mail.more": "and {count} more",
    "notices.mail.alarms": "Somebody came in past the identity provider, or tried to",
    "notices.mail.delegations": "Deciding for somebody else",
    "notices.mail.handed_over": "Open things are yours now",
    "notices.mail.subject.asks": "{ref} waits for your decision",
    "notices.mail.subject.reminders": "{ref} still waits for your decision",
    "notices.mail.subject.outcomes": "What became of {ref}",
    "notices.mail.subject.alarms": "{ref}: rights change without a second owner",
    "notices.mail.subject.delegations": "{ref}: deciding for somebody else",
    "notices.mail.subject.digest": "{count} notices of the day",
    "notices.mail.subject.digest.one": "One notice of the day",
    "notices.chat.people": "people named by a rule",
    "notices.chat.asks": "{proposer} asks for a decision on {ref} (asked: {role})",
    "notices.chat.reminder": "{ref} of {proposer} still waits for a decision (asked: {role})",
    "notices.chat.escalated": "{ref} of {proposer} was not decided in time and went on to others",
    "notices.asks": "{proposer} asks for your decision on {ref}",
    "notices.applied": "{ref} was approved and applied",
    "notices.rejected": "{ref} was rejected",
    "notices.sent_back": "{ref} was sent back to you",
    "notices.conflicted": "{ref} was approved but not applied, for the row has changed meanwhile",
    "notices.failed": "{ref} was approved but could not be applied",
    "notices.alone": "{proposer} changes rights and there is no other owner: {ref} takes effect in 24 hours",
    "notices.break_glass.used": (
        "{name} has signed in from {ip}, past the identity provider. If you do not know why, end that session"
    ),
    "notices.break_glass.closed": (
        "{name} is closed for 15 minutes: somebody at {ip} tried to sign in with wrong passwords or codes"
    ),
    "notices.break_glass.closed_here": (
        "{name} is closed for 15 minutes to {ip}: somebody there tried to sign in with wrong passwords or codes"
    ),
    "notices.break_glass.closed_everywhere": (
        "{name} is closed for 15 minutes to everybody: many addresses, {ip} the last, tried wrong passwords or codes"
    ),
    "notices.unknown_address": "an unknown address",
    "notices.scheduled": "{ref} is agreed and waits for its time",
    "notices.expired": "{ref} expired before it was decided",
}
