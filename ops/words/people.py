"""Words of signing in and out, and of one's own account."""

WORDS = {
    "people.sign_in": "Sign in",
    "people.sign_in_with": "Sign in with {provider}",
    "people.sign_in_text": "You sign in with your company account. Countersign keeps no password.",
    "people.sign_in_text_company": "You sign in with your company account.",
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
    "people.failed.invalid_grant": "The identity provider ended your sign-in. Sign in again.",
    "people.failed.other_person": (
        "Somebody else than you came back from the identity provider, so nothing was confirmed. You are still "
        "signed in as before; try again with your own account."
    ),
    "people.failed.auth_time": (
        "The identity provider did not say that you have just proved who you are, so nothing was confirmed. "
        "If it happens again, give support the reference."
    ),
    "people.failed.ended_meanwhile": "The identity provider ended this sign-in while it was under way. Sign in again.",
    "people.failed.provider_error": (
        "The identity provider could not complete the sign-in. Try again; if it happens again, give support "
        "the reference."
    ),
    "people.failed.issuer": (
        "The answer came from another identity provider than the one you chose, so nobody was signed in. "
        "Start again from this page."
    ),
    "people.failed.audience": (
        "The identity provider's answer was meant for another application, so nobody was signed in. Give "
        "support the reference: the client of Countersign may be set up wrongly."
    ),
    "people.failed.nonce": "The identity provider's answer belongs to another sign-in. Start again from this page.",
    "people.failed.expired": (
        "The identity provider's answer was already out of date. If it happens again, give support the "
        "reference: the clocks of the servers may differ."
    ),
    "people.failed.token": (
        "The identity provider's answer could not be verified, so nobody was signed in. Try again in a minute; "
        "if it happens again, give support the reference."
    ),
    "people.failed.keys": (
        "The identity provider publishes no key its answer can be verified by, so nobody was signed in. Give "
        "support the reference."
    ),
    "people.failed.algorithm": (
        "The identity provider signs in a way that is not accepted here, so nobody was signed in. Give support "
        "the reference."
    ),
    "people.failed.subject": (
        "The identity provider did not say who you are, so nobody was signed in. Give support the reference."
    ),
    "people.failed.other_subject": (
        "The identity provider spoke of two different people, so nobody was signed in. Give support the reference."
    ),
    "people.break_glass": "Break-glass account",
    "people.break_glass_text": (
        "For the day the identity provider does not answer. All owners are told at once that this account was "
        "used; the session ends after an hour."
    ),
    "people.break_glass_link": "The provider does not answer? Sign in with a break-glass account",
    "people.break_glass_name": "Name",
    "people.break_glass_password": "Password",
    "people.break_glass_code": "One-time code",
    "people.break_glass_code_hint": "Six digits, from the authenticator of this account. Each code counts once.",
    "people.break_glass_back": "Back to the usual ways",
    "people.failed.break_glass": (
        "Name, password and code do not fit together, or the code was used before. Nothing was kept of what you "
        "typed. Wait for the next code and try again."
    ),
    "people.failed.closed": (
        "This account takes nothing for 15 minutes from where you are, after too many wrong tries. All owners have "
        "been told."
    ),
    "people.again": "Confirm that it is you",
    "people.again_text": (
        "What you are about to do needs a fresh proof that it is you. Sign in once more, and you come back to "
        "where you were. Nothing has been changed yet."
    ),
    "people.again_with": "Sign in again with {provider}",
    "people.again_back": "Not now",
    "people.again_other_way": (
        "This session cannot be confirmed: the way it was opened is not set up for it. Sign out and sign in again."
    ),
    "people.again_sign_out": "Sign out",
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
    "people.origin.break_glass": "a break-glass account, for an hour after its sign-in",
    "people.origin.hand": "given by hand",
    "people.origin.setting": "the setting OPS_OWNERS",
    "people.counts_no_more": "counts no more: the provider has not confirmed it",
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
    # the pages about people and rights
    "people.pages": "People and rights",
    "people.tab.people": "People",
    "people.tab.roles": "Roles",
    "people.tab.groups": "Groups",
}
