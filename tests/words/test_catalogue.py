"""Every word a template or a room asks for is in the one catalogue, with the gaps it is given."""

import ast
import re
import string
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from ops.words import WORDS, t

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def _asked_by_templates() -> list[tuple[str, str, set[str]]]:
    """(where, key, names given) for each `t('key', name=…)` with a literal key."""
    environment = Environment()  # parses only, renders nothing
    found = []
    for path in TEMPLATES:
        for call in environment.parse(path.read_text("utf-8")).find_all(nodes.Call):
            if (
                isinstance(call.node, nodes.Name)
                and call.node.name == "t"
                and isinstance(call.args[0], nodes.Const)
            ):
                given = {each.key for each in call.kwargs} if call.dyn_kwargs is None else {"*"}
                found.append((str(path.relative_to(ROOT)), str(call.args[0].value), given))
    return found


def _asked_by_rooms() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "ops").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id == "t"
                and call.args
            ):
                key = call.args[0]
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found.append((f"{path.relative_to(ROOT)}:{call.lineno}", key.value))
    return found


def test_templates_ask_for_words_that_exist() -> None:
    missing = sorted({f"{where}: {key}" for where, key, _ in _asked_by_templates() if key not in WORDS})
    assert not missing, "add these to ops/words/<room>.py:\n" + "\n".join(missing)


def test_rooms_ask_for_words_that_exist() -> None:
    missing = sorted({f"{where}: {key}" for where, key in _asked_by_rooms() if key not in WORDS})
    assert not missing, "add these to ops/words/<room>.py:\n" + "\n".join(missing)


def test_templates_fill_every_gap() -> None:
    empty = []
    for where, key, given in _asked_by_templates():
        gaps = {name for _, name, _, _ in string.Formatter().parse(WORDS.get(key, "")) if name}
        if "*" not in given and not gaps <= given:
            empty.append(f"{where}: {key} needs {', '.join(sorted(gaps - given))}")
    assert not empty, "give these their values:\n" + "\n".join(empty)


def test_templates_keep_to_the_content_security_policy() -> None:
    """P19: no inline style, script or handler, nothing that htmx would compile."""
    forbidden = re.compile(
        r"\sstyle=|\son[a-z]+=|hx-on[:=]|=[\"']js:|<style|<script(?![^>]*\ssrc=)|hx-trigger=\"[^\"]*\["
    )
    found = [
        f"{path.relative_to(ROOT)}: {hit.group().strip()}"
        for path in TEMPLATES
        for hit in forbidden.finditer(re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S))
    ]
    assert not found, (
        "use a class, a file in static/ or a data attribute instead (docs/screens.md):\n" + "\n".join(found)
    )


def test_an_unknown_key_and_an_empty_gap_raise() -> None:
    with pytest.raises(KeyError):
        t("frame.no_such_key")
    with pytest.raises(KeyError):
        t("frame.unread", other=1)
