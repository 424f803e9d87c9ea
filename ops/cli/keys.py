"""`ops keys`: change the keys of an installation while sessions go on and sealed values stay readable (P53)."""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from ops import keys as rings
from ops.actor import platform_actor
from ops.audit import Entry, record
from ops.cli import surroundings
from ops.cli.surroundings import kindly, needs_database
from ops.db import Database
from ops.embedded import running
from ops.keys import Ring, Unsealable
from ops.settings import Settings


@click.group()
def keys() -> None:
    """The keys of sessions and of secrets at rest (docs/running.md)."""


@keys.command()
@kindly
def rotate() -> None:
    """Seal every secret at rest with the key in use; make new keys first where they lie under OPS_HOME."""
    settings = surroundings.settings()
    url = needs_database(settings)
    made = _renewed(settings)
    if made:
        click.echo(f"New keys were made: {', '.join(made)}. The earlier ones still open what they sealed.")
        if running(settings.home) is not None:
            click.echo("`ops up` still has those it began with: start it anew, then run `ops keys forget`.")
            return
    settings = rings.with_keys(settings)
    ring = rings.ring(settings)
    click.echo(
        f"Values sealed anew: {_reseal(url, ring)}. The key {ring.current} has sealed every secret now."
    )
    if made:
        click.echo("When every process has been started anew, `ops keys forget` drops the earlier keys.")
    elif settings.encryption_key_previous or settings.secret_key_previous:
        click.echo(
            "OPS_ENCRYPTION_KEY_PREVIOUS may go now; OPS_SECRET_KEY_PREVIOUS when forms that were open are sent."
        )
    else:
        click.echo(
            "No earlier key is at hand. To change one: move it to OPS_ENCRYPTION_KEY_PREVIOUS (or "
            "OPS_SECRET_KEY_PREVIOUS), put a new one (openssl rand -hex 32) in its place, start every process anew, "
            "then run this again."
        )


@keys.command()
@kindly
def forget() -> None:
    """Drop the earlier keys kept under OPS_HOME: after every process was started anew."""
    settings = surroundings.settings()
    count = _reseal(needs_database(settings), rings.ring(rings.with_keys(settings)))
    dropped = sum(file.forget() for file in rings.files(settings).values())
    click.echo(f"Values sealed anew: {count}. Earlier keys dropped: {dropped}.")


def _renewed(settings: Settings) -> list[str]:
    """Make new keys where they are files of ours; the settings they stand in for."""
    files = rings.files(settings)
    for file in files.values():
        file.renew()
    return [f"OPS_{name.upper()}" for name in files]


def _reseal(url: str, ring: Ring) -> int:
    database = Database(url, application_name="countersign command", pool_size=1)
    try:
        with database.transaction() as tx:
            return _all(tx, ring)
    except Unsealable as error:
        raise click.ClickException(f"Nothing was changed: {error}.") from error
    finally:
        database.close()


def _all(tx: Session, ring: Ring) -> int:
    from ops import identity

    total = 0
    while count := identity.reseal(tx, ring):
        total += count
    facts = {"key": ring.current, "values": str(total)}
    record(tx, platform_actor("command"), [Entry("keys.rotated", facts=facts)])
    return total
