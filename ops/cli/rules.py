"""`ops rules`: approval rules as a YAML file, for those who keep them in git. Bringing one asks another owner."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import click
import sqlalchemy as sa

from ops.actor import Actor
from ops.cli import surroundings
from ops.cli.surroundings import kindly
from ops.db import Database

if TYPE_CHECKING:
    from ops.catalog import Catalog
    from ops.changes import Invalid
    from ops.changes.rule_import import RuleImport

_WHO = sa.text(
    "SELECT id, name FROM ops.person WHERE disabled_at IS NULL AND (CAST(id AS text) = :who "
    "OR (email_verified AND lower(email) = lower(:who))) ORDER BY id LIMIT 2"
)
_SIGNS = {"create": "+", "update": "~", "delete": "-"}
_AS = click.option(
    "--as", "who", required=True, metavar="PERSON", help="Whose change it is: their number or e-mail address."
)


@click.group()
def rules() -> None:
    """Approval rules as a file (docs/rules.md)."""


@rules.command("export")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not to the terminal."
)
@kindly
def export(output: Path | None) -> None:
    """Write every rule that is kept in the database as YAML. Rules of resources stand in their code."""
    from ops.changes.rule_import import exported

    # Whoever runs commands here can read the database: rules are shown as an owner sees them.
    reader = Actor(None, "Countersign", frozenset({"owner"}), source="command")
    with _opened() as place, place.db.reading() as tx:
        text = exported(tx, place.catalog, reader)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"Written: {output}", err=True)


@rules.command("import")
@click.argument("file", type=click.File("rb"))
@_AS
@click.option("--reason", help="Why; whoever decides reads it.")
@click.option("--remove", is_flag=True, help="Take away rules that the file leaves out.")
@click.option("--dry-run", is_flag=True, help="Show what is other, and ask nobody.")
@click.option("--yes", is_flag=True, help="Do not ask before it is sent.")
@kindly
def bring(file: BinaryIO, who: str, reason: str | None, remove: bool, dry_run: bool, yes: bool) -> None:
    """Show what FILE (- for standard input) would change, and ask another owner for it."""
    from ops.changes.rule_file import LONGEST, BadFile, from_yaml
    from ops.changes.rule_import import compared

    try:
        found = from_yaml(file.read(4 * LONGEST + 1).decode("utf-8"))
        with _opened() as place:
            actor = _person(place, who)
            with place.db.reading() as tx:
                asked = compared(tx, place.catalog, actor, found, whole=remove)
            _show(asked)
            if dry_run or not asked.operations:
                return
            why = reason or click.prompt("Why")
            if not yes:
                click.confirm("Ask another owner for this?", abort=True)
            reference = _sent(place, actor, asked, why)
    except UnicodeDecodeError as error:
        raise click.ClickException("The file is not UTF-8. Nothing was sent.") from error
    except BadFile as error:
        raise click.ClickException("\n  ".join(["Nothing was sent.", *error.problems])) from error
    click.echo(f"{reference} waits for another owner. Nothing is other until then.")


def _sent(place: _Place, actor: Actor, asked: RuleImport, why: str) -> str:
    """Take it to the door; its reference."""
    from ops.changes import Conflict, Invalid, propose
    from ops.policy import Forbidden, NotVisible

    try:
        return propose(
            place.db, place.catalog, actor, asked.operations, title="Approval rules from a file", reason=why,
            source="rules", token=secrets.token_urlsafe(16),
        ).reference  # fmt: skip
    except Invalid as error:
        raise click.ClickException(f"Nothing was sent. {_said(error, asked)}") from error
    except Conflict as error:
        raise click.ClickException("Nothing was sent: a rule was changed meanwhile. Try again.") from error
    except (Forbidden, NotVisible) as error:
        raise click.ClickException(f"Nothing was sent: {error}") from error


class _Place(NamedTuple):
    """What the commands work on."""

    db: Database
    catalog: Catalog


@contextmanager
def _opened() -> Iterator[_Place]:
    """The database and what is known of its tables; Redis is not needed."""
    from ops.platform import read_catalog

    settings = surroundings.settings()
    db = Database(surroundings.needs_database(settings), application_name="countersign command", pool_size=1)
    try:
        yield _Place(db, read_catalog(settings, db))
    finally:
        db.close()


def _person(place: _Place, who: str) -> Actor:
    """Who asks, with the rights they have today."""
    from ops import identity

    with place.db.reading() as tx:
        found = tx.execute(_WHO, {"who": who}).all()
        if len(found) != 1:
            raise click.ClickException(
                f"{who} is no one person who signs in here. See: ops person list; name them by their number."
            )
        return identity.actor_for(tx, found[0].id, source="command")


def _show(asked: RuleImport) -> None:
    """The difference, rule by rule."""
    for one in asked.differences:
        click.echo(f"{_SIGNS[one.kind]} {one.name}")
        for column, was, now in one.lines:
            if was is not None:
                click.echo(f"    - {column}: {was}")
            if now is not None:
                click.echo(f"    + {column}: {now}")
    if asked.kept:
        click.echo(
            f"Not in the file, and left as they are: {', '.join(asked.kept)}. --remove takes them away."
        )
    if not asked.operations:
        click.echo("Nothing is other.")


def _said(error: Invalid, asked: RuleImport) -> str:
    name = asked.differences[error.position].name if error.position < len(asked.differences) else ""
    return f"“{name}”: " + " ".join(filter(None, (error.general, *error.fields.values())))
