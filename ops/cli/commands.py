"""Every subcommand of `ops`, each a few lines; docs/commands.md lists them."""

from __future__ import annotations

import os
import sys

import click

import ops
from ops.cli import surroundings
from ops.cli.logs import configure
from ops.cli.surroundings import kindly, needs_database, owner_url


class _Around:
    """What the group tells its subcommands."""

    parent: int | None = None


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--parent", type=int, hidden=True, help="The `ops up` this process ends with.")
def main(parent: int | None) -> None:
    """Countersign: an operations admin for one PostgreSQL database. Settings come from the environment."""
    configure()
    # A user's own resource module lies where they stand, as with other tools that import by name.
    if "" not in sys.path and os.getcwd() not in sys.path:  # noqa: PTH109  # sys.path holds texts
        sys.path.append(os.getcwd())  # noqa: PTH109  # sys.path holds texts
    surroundings.follow(parent)


@main.command()
@click.option("--database", "url", help="The PostgreSQL to work on, instead of OPS_DATABASE_URL.")
@click.option(
    "--demo", "with_demo", is_flag=True, help="Make the demo company's tables, if they are not there."
)
@click.option("--orders", default=5000, show_default=True, help="How many orders the demo has.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where the web listens, instead of 8000.")
@kindly
def up(url: str | None, with_demo: bool, orders: int, port: int | None) -> None:
    """Run everything: services that are missing, migrations, web, worker, clock. One Ctrl-C ends all."""
    from ops.cli.up import up as run

    environ = dict(os.environ)
    if url:
        environ["OPS_DATABASE_URL"] = url
        environ.pop("OPS_DATABASE_URL_FILE", None)
    if port:
        environ["OPS_BIND"] = f"127.0.0.1:{port}"
        environ.setdefault("OPS_PUBLIC_URL", f"http://localhost:{port}")
    run(environ, with_demo=with_demo, orders=orders)


@main.command()
@kindly
def web() -> None:
    """Serve the pages (gunicorn), until SIGTERM."""
    from ops.cli.web import Web

    Web(surroundings.settings()).run()


@main.command()
@click.argument("queue", default="ops")
@kindly
def worker(queue: str) -> None:
    """Do the work of one QUEUE of Redis, until SIGTERM; start as many as you like, on any host."""
    from jobs.worker import listen
    from ops.platform import build

    settings = surroundings.settings()
    platform = build(settings, "worker")
    listen(platform, str(settings.redis_url), queue)


@main.command()
@kindly
def clock() -> None:
    """Hand on what is due, until SIGTERM; of several clocks one leads and the others stand by."""
    from ops.clock import run
    from ops.platform import build

    platform = build(surroundings.settings(), "clock")
    run(platform, platform.redis)


@main.command()
@kindly
def migrate() -> None:
    """Bring the schema ops to this version, as OPS_MIGRATION_URL; nothing of the company is touched."""
    from ops import migrate as migrations

    found = surroundings.settings()
    revision = migrations.upgrade(owner_url(found), found.database_url)
    click.echo(f"The schema ops is at revision {revision}.")


@main.command()
@kindly
def check() -> None:
    """Say what is right and wrong with this set-up; exit code 1 if anything is wrong."""
    from ops.cli.check import findings

    wrong = 0
    for number, finding in enumerate(findings(surroundings.settings()), 1):
        click.echo(f"{number:>2}. {finding.mark:<5} {finding.text}")
        wrong += finding.mark == "wrong"
    if wrong:
        raise click.ClickException(f"{wrong} of these must be put right.")
    click.echo("Everything that must be right is right.")


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@kindly
def uninstall(yes: bool) -> None:
    """Take the schema ops away: changes, approvals, the whole trail. Your own tables stay untouched."""
    from ops import migrate as migrations

    url = owner_url(surroundings.settings())
    if not yes:
        click.confirm(
            "This deletes every change, approval and entry of the trail of Countersign, for good. "
            "Your own tables stay as they are. Go on?",
            abort=True,
        )
    if migrations.uninstall(url):
        click.echo("The schema ops is gone. Your own tables were not touched.")
    else:
        click.echo("There was no schema ops. Nothing was touched.")


@main.command()
@click.option("--orders", default=5000, show_default=True, help="How many orders; 10000000 works too.")
@click.option("--drop", is_flag=True, help="Take an earlier demo away first.")
@kindly
def demo(orders: int, drop: bool) -> None:
    """Make the demo company's tables in the schema shop, or make them anew with --drop."""
    from ops.cli import demo as demos

    demos.load(needs_database(surroundings.settings()), orders, drop=drop, say=click.echo)


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"Countersign {ops.__version__}")


@main.command("demo-sign-in", hidden=True)
@click.option("--port", type=int, required=True)
@click.option("--second-owner", is_flag=True)
def demo_sign_in(port: int, second_owner: bool) -> None:
    """The demo sign-in provider, a child of `ops up`; never in production."""
    import warnings

    from ops.identity.demo_provider import main as provide

    # The mock's libraries talk of their own future, whatever filters say; nobody here can act on it.
    warnings.showwarning = lambda *_args, **_kwargs: None
    more = ["--second-owner"] if second_owner else []
    provide.main(["--port", str(port), *more], standalone_mode=False)
