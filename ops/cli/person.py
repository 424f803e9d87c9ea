"""`ops person`: break-glass accounts, and switching people off and on where no page can be reached."""

from __future__ import annotations

import click
import sqlalchemy as sa

from ops.actor import platform_actor
from ops.cli import surroundings
from ops.cli.surroundings import kindly, writing


@click.group()
def person() -> None:
    """People who sign in; roles and mappings are changed on the pages (docs/running.md)."""


@person.command("add")
@click.argument("name")
@click.option(
    "--break-glass", is_flag=True, help="For the day no identity provider answers: the only kind there is."
)
@click.option("--ask-password", is_flag=True, help="Type a password instead of having one made.")
@kindly
def add(name: str, break_glass: bool, ask_password: bool) -> None:
    """Make the account NAME, or give it a new password and secret. Both are printed: this once, never again."""
    from ops.identity import break_glass as accounts
    from ops.keys import ring, with_keys

    if not break_glass:
        raise click.ClickException(
            "People are not added by hand: they appear when they first sign in, or by SCIM. "
            "For an account that needs no identity provider: ops person add --break-glass NAME"
        )
    settings = surroundings.settings()
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
    try:
        with writing() as tx:
            made = accounts.add(tx, platform_actor("command"), ring(with_keys(settings)), name, password)
    except accounts.Unfit as error:
        raise click.ClickException(f"Not usable: {error}.") from error
    click.echo(f"name      {made.name}")
    if password is None:
        click.echo(f"password  {made.password}")
    click.echo(f"secret    {made.secret}")
    click.echo(f"address   {made.address}")
    click.echo(
        "This is the only time they are shown. Put secret or address into an authenticator, and keep both where "
        "two people must agree to open it.",
        err=True,
    )
    if not settings.break_glass:
        click.echo("It opens nothing until the web processes run with OPS_BREAK_GLASS=1.", err=True)


@person.command("list")
@kindly
def listed() -> None:
    """List people: number, name, e-mail, provider, and whether they are switched off."""
    with writing() as tx:
        rows = tx.execute(
            sa.text("SELECT id, name, email, iss, disabled_at IS NOT NULL AS off FROM ops.person ORDER BY id")
        ).all()
    for row in rows:
        state = "switched off" if row.off else "on"
        click.echo(f"{row.id}\t{row.name}\t{row.email or ''}\t{row.iss}\t{state}")


@person.command("disable")
@click.argument("number", type=int)
@kindly
def disable(number: int) -> None:
    """Switch the person NUMBER off: their sessions end at once, their history stays."""
    from ops.identity import switching

    with writing() as tx:
        done = switching.disable(tx, platform_actor("command"), number, by="hand", reason="by command")
    click.echo(
        f"Person {number} is switched off." if done else f"Person {number} was off already, or is unknown."
    )


@person.command("enable")
@click.argument("number", type=int)
@kindly
def enable(number: int) -> None:
    """Switch the person NUMBER on again."""
    from ops.identity import switching

    try:
        with writing() as tx:
            done = switching.enable(tx, platform_actor("command"), number, by="hand", reason="by command")
    except switching.SwitchedOffElsewhere as error:
        raise click.ClickException(
            f"The provider's SCIM says that person {number} is not active: they are switched on there."
        ) from error
    click.echo(
        f"Person {number} is switched on." if done else f"Person {number} was on already, or is unknown."
    )
