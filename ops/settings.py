"""The environment, read once into one frozen value; a bad value stops start-up and says why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import urlsplit

from ops import outgoing, production
from ops.environment import Reader, Told

_DURATION = re.compile(r"^(\d+)\s*(s|m|h|d)$")
_CLAIM = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")
NO_NAMES: tuple[str, ...] = ()
NO_PROMPT: str | None = None
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_RATE = re.compile(r"^(\d{1,7}) per (?:(\d{1,4}) )?(second|minute|hour|day)s?$")
# How often one person, or one address where nobody is signed in, may do what costs others something.
RATES = {
    # An office behind one address begins its day together.
    "sign_in": ("OPS_LIMIT_SIGN_IN", "120 per 1 minute"),
    "password": ("OPS_LIMIT_PASSWORD", "10 per 15 minute"),
    # A provider that ends everybody's sessions calls once for each, from one address.
    "logout": ("OPS_LIMIT_LOGOUT", "3000 per 1 minute"),
    "export": ("OPS_LIMIT_EXPORT", "30 per 5 minute"),
    # Each is an event of its own in the trail, and bytes from the spool or the company's table.
    "download": ("OPS_LIMIT_DOWNLOAD", "120 per 5 minute"),
    "import": ("OPS_LIMIT_IMPORT", "30 per 5 minute"),
    "reveal": ("OPS_LIMIT_REVEAL", "60 per 5 minute"),
    "rehearse": ("OPS_LIMIT_REHEARSE", "20 per 5 minute"),
    # Each tells others, by mail too, or keeps a file; and names are looked up in what is said.
    "talk": ("OPS_LIMIT_TALK", "60 per 5 minute"),
    # Asked while one types: a quick typist with a pause in every word.
    "search": ("OPS_LIMIT_SEARCH", "300 per 1 minute"),
    "view": ("OPS_LIMIT_VIEW", "120 per 5 minute"),
    "scim": ("OPS_LIMIT_SCIM", "3000 per 1 minute"),
    "scim_refused": ("OPS_LIMIT_SCIM_REFUSED", "30 per 5 minute"),
}


class SettingsError(Exception):
    """One or more settings are wrong; `problems` names each and says what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Provider:
    """One identity provider people sign in by (OpenID Connect Discovery 1.0)."""

    number: int
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    groups_claim: str = "groups"
    name: str = "your company account"
    scopes: tuple[str, ...] = ()  # beside openid, profile, email and, where announced, groups
    attributes: tuple[str, ...] = ()  # claims kept for row conditions
    prompt: str | None = None  # what every sign-in asks of the provider (OpenID Connect Core 1.0, 3.1.2.1)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the platform can be told from outside; documented in docs/settings.md."""

    env: str
    env_label: str | None
    home: Path
    database_url: str | None = field(repr=False)
    migration_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    schemas: tuple[str, ...] | None
    resources: str | None
    spool_url: str | None
    secret_key: str | None = field(repr=False)
    secret_key_previous: tuple[str, ...] = field(repr=False)
    encryption_key: str | None = field(repr=False)
    encryption_key_previous: tuple[str, ...] = field(repr=False)
    oidc: tuple[Provider, ...]
    owners: tuple[str, ...]
    scim_issuer: int
    scim_subject: str
    public_url: str
    bind: str
    trusted_proxies: int
    session_idle: timedelta
    session_max: timedelta
    rights_max_age: timedelta
    reveal_minutes: int
    changes_expire: int  # days; 0: never
    break_glass: bool
    smtp: outgoing.Smtp | None
    mail_from: Address | None = field(hash=False)
    chat_webhook_url: str | None = field(repr=False)
    egress_allow: tuple[outgoing.Network, ...]  # private networks that may be called
    import_bytes: int  # the most one uploaded file may have
    pool_size: int
    web_workers: int
    web_threads: int
    rates: Mapping[str, str] = field(hash=False)
    warnings: tuple[str, ...] = ()
    told: tuple[Told, ...] = field(default=(), repr=False, compare=False)  # where each value came from

    @property
    def production(self) -> bool:
        """Whether demo sign-in, weak keys and plain http are refused."""
        return self.env == "production"

    @property
    def secure(self) -> bool:
        """Whether people reach us by https, so that cookies can be bound to it."""
        return self.public_url.startswith("https://")

    @property
    def spool(self) -> str:
        """Where finished files are kept, as a URL."""
        return self.spool_url or (self.home.absolute() / "spool").as_uri()


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def _duration(value: str) -> timedelta:
    match = _DURATION.match(value.strip())
    if not match or int(match[1]) == 0:
        raise ValueError("must be a duration such as 30m, 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.strip().isdecimal() or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or (not parts.netloc and parts.scheme != "file"):
            raise ValueError(f"must be an address that begins with {' or '.join(s + '://' for s in schemes)}")
        return value

    return parse


def _public(value: str) -> str:
    value = _url("http", "https")(value).rstrip("/")
    if urlsplit(value).path:
        raise ValueError("must be an address without a path, such as https://ops.example.com")
    return value


def _bind(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:8000")
    return value


def _names(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names:
        raise ValueError("must be names separated by commas")
    return names


def _claims(value: str) -> tuple[str, ...]:
    names = _names(value)
    if len(names) > 20 or not all(_CLAIM.match(name) for name in names):
        raise ValueError("must be at most 20 names of claims, each of letters, digits and underscores")
    return names


def _switch(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError("must be 1 (on) or 0 (off)")
    return value == "1"


def _providers(read: Reader) -> tuple[Provider, ...]:
    found: list[Provider] = []
    attributes = read.parsed("OPS_OIDC_ATTRIBUTES", NO_NAMES, _claims)
    for number in range(1, 10):
        prefix = "OPS_OIDC_" if number == 1 else f"OPS_OIDC_{number}_"
        issuer = read.parsed(f"{prefix}ISSUER", "", _url("https", "http"))
        client, secret = read.text(f"{prefix}CLIENT_ID"), read.text(f"{prefix}CLIENT_SECRET")
        claim = read.text(f"{prefix}GROUPS_CLAIM", "groups") or "groups"
        name = read.text(f"{prefix}NAME") or urlsplit(issuer).hostname or "your company account"
        scopes = read.parsed(f"{prefix}SCOPES", NO_NAMES, _names)
        prompt = read.parsed(f"{prefix}PROMPT", NO_PROMPT, _one_of("login", "consent", "select_account"))
        if issuer and client and secret:
            said = (claim, name, scopes, attributes, prompt)
            found.append(Provider(number, issuer.rstrip("/"), client, secret, *said))
        elif issuer or client or secret:
            read.problems.append(f"{prefix}ISSUER, …CLIENT_ID and …CLIENT_SECRET must be set together")
    return tuple(found)


def _rate(value: str) -> str:
    match = _RATE.match(value.strip())
    if not match or not 0 < int(match[1]) <= 1_000_000:
        raise ValueError("must be a rate such as 20 per minute or 100 per 5 minutes")
    return f"{int(match[1])} per {int(match[2] or 1)} {match[3]}"


def _rates(read: Reader) -> dict[str, str]:
    return {name: read.parsed(setting, default, _rate) for name, (setting, default) in RATES.items()}


def load(environ: Mapping[str, str]) -> Settings:
    """Read `environ` into Settings.

    Every variable can also come from a file named by NAME_FILE. Raises SettingsError with every problem
    at once. Unknown OPS_ names are no error (a later version may know them) but stand in `warnings`.
    """
    read = Reader(environ)
    settings = Settings(
        env=read.parsed("OPS_ENV", "development", _one_of("development", "production")),
        env_label=read.text("OPS_ENV_LABEL"),
        home=read.parsed("OPS_HOME", Path(".ops"), Path),
        database_url=read.parsed("OPS_DATABASE_URL", None, _url("postgresql", "postgres")),
        migration_url=read.parsed("OPS_MIGRATION_URL", None, _url("postgresql", "postgres")),
        redis_url=read.parsed("OPS_REDIS_URL", None, _url("redis", "rediss")),
        schemas=read.parsed("OPS_SCHEMAS", None, _names),
        resources=read.text("OPS_RESOURCES"),
        spool_url=read.parsed("OPS_SPOOL_URL", None, _url("file")),
        secret_key=read.text("OPS_SECRET_KEY"),
        secret_key_previous=read.parsed("OPS_SECRET_KEY_PREVIOUS", (), _names),
        encryption_key=read.text("OPS_ENCRYPTION_KEY"),
        encryption_key_previous=read.parsed("OPS_ENCRYPTION_KEY_PREVIOUS", (), _names),
        oidc=_providers(read),
        owners=read.parsed("OPS_OWNERS", (), _names),
        scim_issuer=read.parsed("OPS_SCIM_ISSUER", 1, _whole(1, 9)),
        scim_subject=read.parsed("OPS_SCIM_SUBJECT", "externalId", _one_of("externalId", "userName")),
        public_url=read.parsed("OPS_PUBLIC_URL", "http://localhost:8000", _public),
        bind=read.parsed("OPS_BIND", "127.0.0.1:8000", _bind),
        trusted_proxies=read.parsed("OPS_TRUSTED_PROXIES", 0, _whole(0, 5)),
        session_idle=read.parsed("OPS_SESSION_IDLE", timedelta(minutes=30), _duration),
        session_max=read.parsed("OPS_SESSION_MAX", timedelta(hours=12), _duration),
        rights_max_age=read.parsed("OPS_RIGHTS_MAX_AGE", timedelta(days=7), _duration),
        reveal_minutes=read.parsed("OPS_REVEAL_MINUTES", 5, _whole(1, 60)),
        changes_expire=read.parsed("OPS_CHANGES_EXPIRE", 30, _whole(0, 3650)),
        break_glass=read.parsed("OPS_BREAK_GLASS", False, _switch),
        smtp=read.parsed("OPS_SMTP_URL", None, outgoing.smtp),
        mail_from=read.parsed("OPS_MAIL_FROM", None, outgoing.mail_from),
        chat_webhook_url=read.parsed("OPS_CHAT_WEBHOOK_URL", None, _url("https", "http")),
        egress_allow=read.parsed("OPS_EGRESS_ALLOW", (), outgoing.networks),
        import_bytes=read.parsed("OPS_IMPORT_MEGABYTES", 256, _whole(1, 4096)) * 1024**2,
        pool_size=read.parsed("OPS_POOL_SIZE", 5, _whole(1, 100)),
        web_workers=read.parsed("OPS_WEB_WORKERS", 2, _whole(1, 64)),
        web_threads=read.parsed("OPS_WEB_THREADS", 4, _whole(1, 64)),
        rates=_rates(read),
    )
    read.problems += _together(settings)
    if settings.production:
        read.problems += production.problems(settings)
    if read.problems:
        raise SettingsError(read.problems)
    return replace(settings, warnings=_foreign(read), told=tuple(read.told.values()))


def _together(settings: Settings) -> Iterator[str]:
    """What single values cannot tell: those that must fit each other."""
    if settings.session_idle > settings.session_max:
        yield "OPS_SESSION_IDLE must not be longer than OPS_SESSION_MAX"
    if settings.scim_issuer > 1 and settings.scim_issuer not in {one.number for one in settings.oidc}:
        yield f"OPS_SCIM_ISSUER={settings.scim_issuer}: no provider has this number"
    if settings.smtp is not None and settings.mail_from is None:
        yield "OPS_MAIL_FROM must say who writes the mails that OPS_SMTP_URL sends"


def _foreign(read: Reader) -> tuple[str, ...]:
    unknown = (name for name in read.unknown() if not name.startswith("OPS_EMBEDDED_"))
    return tuple(f"{name} is not a setting of this version" for name in unknown)
