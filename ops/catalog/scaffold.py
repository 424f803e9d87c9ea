"""A first Resource class for a table, as text: what is guessed about it spelt out, ready to be changed."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections.abc import Iterable, Mapping

from ops.catalog.labels import split
from ops.catalog.model import Table
from ops.catalog.options import TitlePart

WIDTH = 100
_KEPT = frozenset(
    {"created_at", "created", "updated_at", "updated", "modified_at", "last_update", "modified"}
)


def scaffold(table: Table, personal: Mapping[str, str] | None = None) -> str:
    """The module with one class. `personal`: columns that look so, with the mask that would fit each.

    It passes the start-up checks as it stands, and changes nothing of how the table is shown.
    """
    options = table.resource
    lines = [f"table = {_text(f'{table.schema}.{table.name}')}", f"label = {_text(table.label)}"]
    lines.append(f"label_one = {_text(table.label_one)}")
    if (title := _title(options.title)) is not None:
        lines.append(f"title = {_text(title)}")
    lines.append(_tuple("columns", options.columns))
    if options.search:
        lines.append(_tuple("search", [one.name for one in options.search if one.foreign_key is None]))
    if options.order is not None:
        lines.append(f"order = {_text(options.order)}")
    kept = [name for name in table.columns if name.lower() in _KEPT and not table.columns[name].computed]
    if kept and table.writable:
        lines.append(_tuple("readonly", kept))
    if options.hidden:
        lines += ["# These look like secrets: nobody sees them.", _tuple("hidden", sorted(options.hidden))]
    lines += _asides(
        table, {name: how for name, how in (personal or {}).items() if name not in options.hidden}
    )
    about = (
        (table.comment or f"{table.label}: what people see of {table.full_name}.")
        .replace("\\", "")
        .replace('"', "'")
    )
    head = textwrap.wrap(" ".join(about.split()), WIDTH - 8) or [table.label]
    doc = f'"""{head[0]}"""' if len(head) == 1 else '"""' + "\n".join([*head, '"""'])
    body = textwrap.indent("\n".join([doc, "", *lines]), "    ", lambda line: bool(line.strip()))
    return f"from ops.catalog import Resource\n\n\nclass {_class(table.name)}(Resource):\n{body}\n"


def _asides(table: Table, personal: Mapping[str, str]) -> Iterable[str]:
    """What could be said further, as comments: to be taken over by whoever knows the table."""
    yield ""
    yield "# Further options, with examples: docs/resources.md"
    if personal:
        said = ", ".join(
            f"{_text(name)}: ({_text('manager')}, {_text(how)})" for name, how in personal.items()
        )
        yield "# This looks personal; say who sees it, all others see a mask:"
        yield from _comment(f"masked = {{{said}}}")
    shown = [name for name in table.columns if name not in table.resource.hidden]
    if len(shown) > 6:
        half = len(shown) // 2
        parts = {"First group": shown[:half], "Second group": shown[half:]}
        groups = ", ".join(f"{_text(label)}: {_items(names)}" for label, names in parts.items())
        yield from _comment(f"groups = {{{groups}}}")


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH - 6, initial_indent="# ", subsequent_indent="#     ", break_long_words=False
    )


def _title(parts: tuple[TitlePart, ...]) -> str | None:
    """The title as a template; None where a name cannot stand in one."""
    said = ""
    for part in parts:
        if part[0] == "text":
            said += part[1].replace("{", "{{").replace("}", "}}")
        elif part[0] == "column" and part[1] == part[1].strip() and not set(part[1]) & set("{}"):
            said += "{" + part[1] + "}"
        else:
            return None
    return said or None


def _tuple(option: str, names: Iterable[str]) -> str:
    line = f"{option} = {_items(names)}"
    if len(line) <= WIDTH - 4:
        return line
    return f"{option} = (\n" + "".join(f"    {_text(name)},\n" for name in names) + ")"


def _items(names: Iterable[str]) -> str:
    said = [_text(name) for name in names]
    return f"({said[0]},)" if len(said) == 1 else f"({', '.join(said)})"


def _text(value: str) -> str:
    # JSON's text is Python's too, with double quotes as the house writes them.
    return json.dumps(value, ensure_ascii=False)


def _class(name: str) -> str:
    words = ["".join(letter for letter in word if letter.isalnum()) for word in split(name)]
    made = "".join(word[:1].upper() + word[1:] for word in words if word)
    if not made or not made.isidentifier() or keyword.iskeyword(made) or made == "Resource":
        made = "Table" + "".join(letter for letter in made if letter.isalnum())
    return made if made.isidentifier() else "Table1"
