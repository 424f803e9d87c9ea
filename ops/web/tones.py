"""The tone of a value that is one of a few words: calm where nothing is known, never red on a guess of trouble."""

from __future__ import annotations

# Words that mean the same in every company. Anything else is idle: a neutral mark beside the word itself.
_WORDS = {
    "ok": (
        "active approved captured complete completed delivered done enabled paid settled shipped solved "
        "succeeded success"
    ),
    "info": "authorised authorized in_progress open picking processing running sending started",
    "warn": "blocked hold needs_attention on_hold overdue paused suspended urgent",
    "bad": "error failed failure",
}
_TONES = {word: tone for tone, words in _WORDS.items() for word in words.split()}


def tone(value: str) -> str:
    """The tone of an enum's value, for `data-tone`."""
    return _TONES.get(value.strip().lower().replace(" ", "_").replace("-", "_"), "idle")


def spoken(value: str) -> str:
    """An enum's value as a person reads it: `on_hold` is "On hold"; what has capitals already stays as it is."""
    if not value or value != value.lower():
        return value
    text = value.replace("_", " ")
    return text[:1].upper() + text[1:]
