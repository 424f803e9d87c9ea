"""Settings as the page shows them: by what they are for, secrets only as set or not, with what is weak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ops import production
from ops.environment import Told
from ops.settings import Settings
from ops.web.gate import platform
from ops.words import WORDS, t

# What a setting is for, by how its name begins; the first that fits is taken.
_GROUPS = (
    ("keys", ("OPS_SECRET_KEY", "OPS_ENCRYPTION_KEY", "OPS_AUDIT_KEY")),
    (
        "data",
        ("OPS_DATABASE", "OPS_MIGRATION", "OPS_REPLICA", "OPS_SCHEMAS", "OPS_REDIS", "OPS_SPOOL", "OPS_POOL"),
    ),
    ("sign_in", ("OPS_OIDC", "OPS_OWNERS", "OPS_SCIM", "OPS_BREAK_GLASS")),
    ("sessions", ("OPS_SESSION", "OPS_RIGHTS", "OPS_REVEAL")),
    ("limits", ("OPS_LIMIT",)),
    ("outgoing", ("OPS_SMTP", "OPS_MAIL", "OPS_CHAT", "OPS_EGRESS")),
    ("web", ("OPS_PUBLIC_URL", "OPS_BIND", "OPS_TRUSTED", "OPS_WEB")),
    ("place", ("OPS_ENV", "OPS_HOME", "OPS_RESOURCES")),
    ("other", ("",)),
)
ORDER = ("place", "data", "keys", "sign_in", "sessions", "outgoing", "web", "limits", "other")
_NUMBERED = re.compile(r"OPS_OIDC_[2-9]_")
LONG_SESSION, LONG_RIGHTS = timedelta(hours=24), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting. `value` is None where it is a secret, or nothing was said and nothing holds."""

    name: str
    about: str
    value: str | None
    secret: bool
    set: bool
    origin: str
    weak: Sequence[str]


@dataclass(frozen=True, slots=True)
class SettingsScreen:
    """What templates/settings/index.html shows."""

    groups: Sequence[tuple[str, Sequence[SettingLine]]]
    production: bool
    refused: Sequence[str]  # what production would not start with
    warnings: Sequence[str]
    weak: int


def screen() -> SettingsScreen:
    """Nothing is asked of the database."""
    settings = platform().settings
    refused = production.problems(settings)
    cautions = dict(_cautions(settings))
    lines: dict[str, list[SettingLine]] = {group: [] for group in ORDER}
    for told in settings.told:
        if told.origin == "unset" and _NUMBERED.match(told.name):
            continue  # a provider that nobody has set up
        weak = [text for text in refused if text.split()[0] == told.name]
        weak += [t(cautions[told.name])] if told.name in cautions else []
        lines[_group(told.name)].append(_line(told, weak))
    groups = [(t(f"settings.group.{group}"), lines[group]) for group in ORDER if lines[group]]
    weak_lines = sum(bool(one.weak) for _, all_of in groups for one in all_of)
    return SettingsScreen(groups, settings.production, refused, settings.warnings, weak_lines)


def _line(told: Told, weak: Sequence[str]) -> SettingLine:
    is_set = told.origin != "unset"
    value = None if told.secret else told.text if is_set else _shown(told.default)
    if value is None and not is_set:
        value = _instead(told.name)
    origin = t(f"settings.from.{told.origin}", name=told.name)
    return SettingLine(told.name, _about(told.name), value, told.secret, is_set, origin, weak)


def _about(name: str) -> str:
    key = f"settings.about.{_NUMBERED.sub('OPS_OIDC_', name).removeprefix('OPS_').lower()}"
    return t(key) if key in WORDS else ""


def _instead(name: str) -> str | None:
    """What holds where nothing was said and there is no value that could be written."""
    key = f"settings.unset.{name.removeprefix('OPS_').lower()}"
    return t(key) if key in WORDS else None


def _group(name: str) -> str:
    return next(group for group, starts in _GROUPS if name.startswith(starts))


def _shown(default: object) -> str | None:
    """A default as one would write it."""
    if default is None or default == ():
        return None
    if isinstance(default, bool):
        return t("rights.yes" if default else "rights.no")
    if isinstance(default, timedelta):
        return _duration(default)
    return str(default)


def _duration(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _cautions(settings: Settings) -> Iterator[tuple[str, str]]:
    """What production allows and an owner should still know: (setting, key of the words)."""
    if not settings.production:
        yield "OPS_ENV", "settings.weak.development"
    if settings.migration_url is None:
        yield "OPS_MIGRATION_URL", "settings.weak.one_role"
    if settings.break_glass:
        yield "OPS_BREAK_GLASS", "settings.weak.break_glass"
    if settings.session_max > LONG_SESSION:
        yield "OPS_SESSION_MAX", "settings.weak.session"
    if settings.rights_max_age > LONG_RIGHTS:
        yield "OPS_RIGHTS_MAX_AGE", "settings.weak.rights"
