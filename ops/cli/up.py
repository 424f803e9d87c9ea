"""`ops up`: services, migrations, then web, worker and clock as children; one log, one Ctrl-C."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import click

from ops import migrate
from ops.cli import demo
from ops.cli.children import Child, command, end_all
from ops.db import Database
from ops.embedded import Embedded
from ops.identity import demo_provider
from ops.identity.people import map_groups
from ops.keys import with_keys
from ops.platform import build
from ops.settings import Settings, load
from ops.share import folder

READY_SECONDS = 60.0
_COLOURS = {"web": "cyan", "worker": "magenta", "clock": "blue", "sign-in": "yellow", "ops": "green"}
_talking = threading.Lock()


class Ended(SystemExit):
    """The first Ctrl-C or SIGTERM, wherever it meets us; raised once."""


def say(name: str, text: str) -> None:
    """One line of the common log."""
    head = f"{name:<8}│"
    if sys.stdout.isatty():
        head = click.style(head, fg=_COLOURS.get(name))
    # A closed terminal must not keep us from ending in order.
    with _talking, suppress(OSError):
        click.echo(f"{head} {text}")


def up(environ: dict[str, str], *, with_demo: bool, orders: int) -> None:
    """Run everything until Ctrl-C or SIGTERM. `environ` is what the settings are read from.

    Raises SettingsError, EmbeddedError, NotOurs, Unavailable, ResourceErrors: with everything ended again.
    """
    settings = load(environ)
    if with_demo and settings.production:
        raise click.ClickException(
            "--demo gives roles to groups with made-up names, such as owners: it never runs in production."
        )
    environ["OPS_HOME"] = str(settings.home.absolute())
    with _ended_by_signals(), ExitStack() as stack:
        settings = _services(settings, environ, stack)
        with_keys(settings)
        _prepare(settings, environ, with_demo=with_demo, orders=orders)
        children = _children(settings, environ)
        stack.callback(_end, children)
        _run(children, load(environ), with_demo=with_demo)


def _services(settings: Settings, environ: dict[str, str], stack: ExitStack) -> Settings:
    """Start PostgreSQL and Redis where no address is given, and put theirs into `environ`."""
    missing = (settings.database_url is None, settings.redis_url is None)
    if any(missing):
        embedded = Embedded(
            settings.home, postgres=missing[0], redis=missing[1], say=lambda text: say("ops", text)
        )
        stack.enter_context(embedded)
        if embedded.database_url:
            environ["OPS_DATABASE_URL"] = embedded.database_url
        if embedded.redis_url:
            environ["OPS_REDIS_URL"] = embedded.redis_url
    return load(environ)


def _prepare(settings: Settings, environ: dict[str, str], *, with_demo: bool, orders: int) -> None:
    """Migrations, the demo, the sign-in provider's address; then see that the application can start."""
    url = settings.migration_url or settings.database_url
    assert url is not None
    # Before the demo: a foreign schema `ops` must stop us while nothing else has been touched.
    say("ops", f"The schema ops is at revision {migrate.upgrade(url, settings.database_url)}.")
    if with_demo:
        environ.setdefault("OPS_RESOURCES", str(folder("demo") / "resources.py"))
        if not demo.is_there(url):
            say("ops", f"Making the demo with {orders:,} orders.")
            demo.load(url, orders, drop=False, say=lambda text: say("ops", text))
    if not settings.oidc and not settings.production:
        port = _provider_port(settings.home)
        environ["OPS_OIDC_ISSUER"] = demo_provider.issuer(port)
        environ["OPS_OIDC_CLIENT_ID"] = demo_provider.CLIENT_ID
        environ["OPS_OIDC_CLIENT_SECRET"] = demo_provider.CLIENT_SECRET
        environ.setdefault("OPS_OIDC_NAME", "the demo sign-in")
    settings = load(environ)
    if with_demo:
        database = Database(url, application_name="countersign command", pool_size=1)
        try:
            demo.seed(database, settings.oidc[0].issuer if settings.oidc else None)
        finally:
            database.close()
    elif environ.get("OPS_OIDC_CLIENT_ID") == demo_provider.CLIENT_ID:
        _map_cast(url, settings.oidc[0].issuer)
    build(settings, "command").close()  # resources that do not fit are told here, once, and not by each child


def _map_cast(url: str, issuer: str) -> None:
    database = Database(url, application_name="countersign command", pool_size=1)
    try:
        with database.transaction() as tx:
            map_groups(tx, issuer, demo_provider.GROUP_ROLES)
    finally:
        database.close()


def _children(settings: Settings, environ: dict[str, str]) -> list[Child]:
    env = {**environ, "PYTHONUNBUFFERED": "1"}
    children = [Child(name, command(name), env) for name in ("web", "worker", "clock")]
    if environ.get("OPS_OIDC_CLIENT_ID") == demo_provider.CLIENT_ID and not settings.production:
        port = environ["OPS_OIDC_ISSUER"].rpartition(":")[2]
        children.insert(0, Child("sign-in", command("demo-sign-in", "--port", port), env))
    return children


def _run(children: list[Child], settings: Settings, *, with_demo: bool) -> None:
    for child in children:
        child.start(say)
    until, told = time.monotonic() + READY_SECONDS, False
    while True:
        time.sleep(0.1)
        for child in children:
            child.look(say)
        if not told and (_answers(settings) or time.monotonic() > until):
            told = True
            _welcome(settings, with_demo=with_demo, demo_sign_in=any(c.name == "sign-in" for c in children))


def _answers(settings: Settings) -> bool:
    host, _, port = settings.bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104  (compared, not bound)
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _welcome(settings: Settings, *, with_demo: bool, demo_sign_in: bool) -> None:
    say("ops", "")
    say("ops", f"Countersign runs at {settings.public_url}")
    if demo_sign_in:
        say("ops", "Sign in as any of these, without a password (the demo sign-in, never in production):")
        for person in demo_provider.CAST:
            say("ops", f"  {person.sub:<4} {person.name}, {person.what}")
    elif settings.oidc:
        say("ops", f"People sign in with {settings.oidc[0].name}.")
    if with_demo:
        say("ops", "The demo company's tables are in the schema shop.")
    say("ops", "Ctrl-C ends everything.")


def _end(children: list[Child]) -> None:
    say("ops", "Ending: what is under way is finished or given back (at most 30 s).")
    end_all(children)
    say("ops", "Ended.")


def _provider_port(home: Path) -> int:
    """The demo provider's port, the same every time: a person is (issuer, sub), and the issuer has it."""
    kept = home / "demo-sign-in.port"
    try:
        return int(kept.read_text(encoding="ascii"))
    except (OSError, ValueError):
        pass
    for port in range(9400, 9500):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(str(port), encoding="ascii")
        return port
    raise click.ClickException("No port from 9400 to 9499 is free for the demo sign-in; set OPS_OIDC_ISSUER.")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Within the block the first SIGINT or SIGTERM raises Ended; later ones change nothing."""
    seen = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        if not seen:
            seen = True
            raise Ended(0)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
    yield
