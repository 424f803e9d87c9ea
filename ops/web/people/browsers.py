"""A browser's long self-description as two words a person knows: "Firefox on Windows"."""

from __future__ import annotations

# In this order: the later ones also stand in the descriptions of the earlier.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def short_name(agent: str | None, unknown: str) -> str:
    """The browser and its system, of a User-Agent header; `unknown` where it says neither."""
    said = agent or ""
    browser = next((name for sign, name in _BROWSERS if sign in said), None)
    system = next((name for sign, name in _SYSTEMS if sign in said), None)
    return " · ".join(part for part in (browser, system) if part) or unknown
