"""Words of signing in and out, and of one's own account."""

WORDS = {
    "people.sign_in": "Sign in",
    "people.sign_in_with": "Sign in with {provider}",
    "people.sign_in_text": "You sign in with your company account. Countersign keeps no password.",
    "people.over": "Your session has ended",
    "people.over_text": "Sign in again; you come back to where you were.",
    "people.signed_out": "You are signed out",
    "people.signed_out_text": "On a shared computer, close the browser too.",
    "people.failed": "Signing in did not work",
    "people.failed.code": "The identity provider did not accept the sign-in. Try again.",
    "people.failed.denied": (
        "The identity provider did not let you in, or you cancelled. Try again, or ask who looks "
        "after your account."
    ),
    "people.failed.expired_sign_in": (
        "This sign-in took too long, was finished before, or was begun in another browser. Start again."
    ),
    "people.failed.provider_away": (
        "The identity provider does not answer right now. People who are signed in can go on; try "
        "again in a few minutes."
    ),
    "people.failed.disabled": "Your account is switched off here. Ask an owner if you need it.",
    "people.failed.other": (
        "The identity provider's answer could not be trusted, so nobody was signed in. Try again; "
        "if it happens again, give support the reference."
    ),
    "people.unknown_provider": "That way to sign in does not exist.",
    "people.demo": "Demo",
    "people.demo_text": (
        "Five made-up people can sign in here. Choose one on the next page; no password is asked."
    ),
    "people.demo_what.operator": "operator: finds and corrects rows",
    "people.demo_what.manager": "manager: approves what needs a say",
    "people.demo_what.auditor": "auditor: reads everything, changes nothing",
    "people.demo_what.owner": "owner: sets the rules",
    "people.demo_what.stranger": "stranger: has no role here",
    "people.no_role": "no role",
    "people.welcome": "Welcome, {name}",
    "people.warning": "About your rights",
    "people.warning.groups_missing": (
        "Your identity provider did not say which groups you are in, so this sign-in granted "
        "nothing new. Roles you had before are unchanged."
    ),
    "people.warning.groups_malformed": (
        "Your identity provider sent your groups in a form that cannot be used, so this sign-in "
        "granted nothing new. Roles you had before are unchanged."
    ),
    "people.warning.groups_too_many": (
        "Your identity provider sent too many groups to use, so this sign-in granted nothing new. "
        "Roles you had before are unchanged."
    ),
    "people.warning.groups_unknown": "Some of your groups mean nothing here and grant nothing.",
    "people.warning.no_role": "You have no role here, so there is little you can see. Ask an owner for one.",
    "people.me": "My account",
    "people.email": "E-mail",
    "people.email_unverified": "{email} (not verified by the provider)",
    "people.timezone": "Time zone",
    "people.provider": "Signed in by",
    "people.roles": "Roles",
    "people.role": "Role",
    "people.origin": "Comes from",
    "people.origin.provider": "a group of the identity provider",
    "people.origin.hand": "given by hand",
    "people.origin.setting": "the setting OPS_OWNERS",
    "people.since": "Since",
    "people.sessions": "My sessions",
    "people.sessions_text": "Every browser you are signed in with. End what you do not know.",
    "people.session_here": "this one",
    "people.browser": "Browser",
    "people.address": "Address",
    "people.seen": "Last seen",
    "people.started": "Signed in",
    "people.end_session": "End",
    "people.end_session_of": "End the session of {browser}",
    "people.session_ended": "The session has ended",
    "people.session_gone": "That session had already ended",
    "people.unknown_browser": "unknown browser",
    "people.appearance_kept": "Appearance kept",
}
