"""`ops scim token`: make, list and remove the tokens by which a provider's SCIM client comes in."""

from __future__ import annotations

import click

from ops.actor import platform_actor
from ops.cli.surroundings import kindly, writing


@click.group()
def scim() -> None:
    """People and groups told by your provider's SCIM client (docs/scim.md)."""


@scim.group()
def token() -> None:
    """The tokens it comes in by."""


@token.command("add")
@click.argument("label")
@kindly
def add_token(label: str) -> None:
    """Make a token named LABEL and print it: this once, never again."""
    from ops.provisioning import tokens

    try:
        with writing() as tx:
            made = tokens.add(tx, platform_actor("command"), label)
    except tokens.LabelTaken as error:
        raise click.ClickException(f"There is a token named {error} already. Choose another name.") from error
    except ValueError as error:
        raise click.ClickException(f"Not a label: {error}.") from error
    click.echo(made)
    click.echo(
        "This is the only time it is shown. Give it to your provider with the address …/scim/v2 of OPS_PUBLIC_URL.",
        err=True,
    )


@token.command("list")
@kindly
def list_tokens() -> None:
    """List the tokens: label, when made, when last used."""
    from ops.provisioning import tokens

    with writing() as tx:
        found = tokens.listed(tx)
    if not found:
        click.echo("There is no token. Make one: ops scim token add LABEL")
    for one in found:
        used = f"last used {one.used_at:%Y-%m-%d %H:%M} UTC" if one.used_at else "never used"
        click.echo(f"{one.label}\tmade {one.created_at:%Y-%m-%d %H:%M} UTC\t{used}")


@token.command("remove")
@click.argument("label")
@kindly
def remove_token(label: str) -> None:
    """Remove the token named LABEL: it opens nothing from now on. People and groups stay as they are."""
    from ops.provisioning import tokens

    try:
        with writing() as tx:
            tokens.remove(tx, platform_actor("command"), label)
    except tokens.NoSuchToken as error:
        raise click.ClickException(f"There is no token named {label}. See: ops scim token list") from error
    click.echo(f"The token {label} opens nothing any more.")
