"""Words of the notices: one line each, naming a change and never a value of the company's data."""

WORDS = {
    "notices.inherited": "{name} has left: {count} open things of theirs are yours now. Your rights count when they run.",
    "notices.asks": "{proposer} asks for your decision on {ref}",
    "notices.applied": "{ref} was approved and applied: {title}",
    "notices.rejected": "{ref} was rejected: {title}",
    "notices.sent_back": "{ref} was sent back to you: {title}",
    "notices.conflicted": "{ref} was approved but not applied, for the row has changed meanwhile: {title}",
    "notices.failed": "{ref} was approved but could not be applied: {title}",
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
    "notices.scheduled": "{ref} is agreed and waits for its time: {title}",
    "notices.expired": "{ref} expired before it was decided: {title}",
}
