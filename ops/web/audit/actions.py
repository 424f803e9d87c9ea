"""What each action of the trail is called: the words after a name; an action nobody named stays as it is."""

from __future__ import annotations

from ops.words import WORDS, t

_PREFIX = "audit.action."
ACTIONS = tuple(key.removeprefix(_PREFIX) for key in WORDS if key.startswith(_PREFIX))
TONES = {"done": "", "refused": "warn", "failed": "bad"}


def action_words(action: str) -> str:
    """`row.updated` is "edited a row"."""
    key = _PREFIX + action
    return t(key) if key in WORDS else action
