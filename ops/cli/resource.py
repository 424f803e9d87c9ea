"""`ops resource scaffold TABLE`: a first class for a table, written from the live one."""

from __future__ import annotations

from pathlib import Path

import click

from ops.cli.surroundings import kindly, needs_database, settings


@click.group()
def resource() -> None:
    """Classes that shape your tables (docs/resources.md)."""


@resource.command()
@click.argument("table")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this new file; one that is there is never touched.",
)
@kindly
def scaffold(table: str, output: Path | None) -> None:
    """Write a first class for TABLE ("orders" or "shop.orders"), with what is guessed about it spelt out."""
    from ops.catalog.checks import suggestion
    from ops.catalog.loading import find, load
    from ops.catalog.scaffold import scaffold as written
    from ops.db import STARTUP, Database
    from ops.policy import suggestions

    found = settings()
    database = Database(needs_database(found), application_name="countersign command", pool_size=1)
    try:
        with database.reading(STARTUP) as tx:
            catalog = load(tx, schemas=found.schemas)
    finally:
        database.close()
    by_name = {(one.schema, one.name): one for one in catalog}
    name = find(table, by_name)
    if name is None:
        there = [f"{one.schema}.{one.name}" for one in catalog]
        full = table if "." in table else f"public.{table}"
        raise click.ClickException(
            f"No table '{table}' that this role may read{suggestion(full, there, 'there are')}."
        )
    personal = {one.column.name: one.pattern for one in suggestions(catalog) if one.table is by_name[name]}
    text = written(by_name[name], personal)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.ClickException(
            f"{output} is there already and was not touched. Choose another name."
        ) from None
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    click.echo(f"Written to {output}. Name it in OPS_RESOURCES once it says what you want.")
