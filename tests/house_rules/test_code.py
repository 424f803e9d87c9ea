"""House rules over the Python code: size, names, docstrings, who commits, who reads business tables."""

from __future__ import annotations

import ast
import re

from tests.house_rules.tree import ROOT, files, name, parsed

PRODUCT = files("ops", "jobs", suffix=".py")
EVERYTHING = files("ops", "jobs", "tests", "bench", "tools", "demo", suffix=".py")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "services", "managers", "misc", "util", "helper"}
MAY_TOUCH_CORE = {"ops/changes/writing.py", "ops/changes/bulk/writing.py", "ops/catalog", "ops/policy"}
MAY_COMMIT = {"ops/db.py", "ops/migrate.py"}


def test_every_module_says_first_what_it_is_for() -> None:
    silent = [name(p) for p in EVERYTHING if p.stat().st_size and not ast.get_docstring(parsed(p))]
    assert not silent, f"begin with a docstring of one line that says what the module is for: {silent}"


def test_every_room_says_what_it_owns_and_what_it_refuses() -> None:
    rooms = [p for p in PRODUCT if p.name == "__init__.py" and p.parent.parent == ROOT / "ops"]
    texts = {name(p): ast.get_docstring(parsed(p)) or "" for p in rooms}
    vague = [room for room, text in texts.items() if "Owns" not in text or "Refuses" not in text]
    assert not vague, f"add 'Owns …' and 'Refuses …' sentences to the docstring of: {vague}"


def test_rooms_stay_small() -> None:
    long = {name(p): n for p in PRODUCT if (n := len(p.read_text().splitlines())) > 320}
    assert not long, f"split by what each part is for (about 300 lines a file): {long}"


def test_functions_stay_small() -> None:
    long = [
        f"{name(path)}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert not long, "a function does one thing in about 40 lines; name the parts: " + ", ".join(long)


def test_no_room_is_named_after_nothing() -> None:
    bad = [name(p) for p in PRODUCT if FORBIDDEN_NAMES & set(p.with_suffix("").parts)]
    assert not bad, f"a function that fits no room is a missing room; name it by what it is for: {bad}"


def _attribute_calls(wanted: set[str]) -> list[tuple[str, int, str]]:
    return [
        (name(path), node.lineno, node.func.attr)
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in wanted
    ]


def test_one_place_commits() -> None:
    found = [f"{p}:{line} .{call}()" for p, line, call in _attribute_calls({"commit"}) if p not in MAY_COMMIT]
    assert not found, f"return commits, raise rolls back: use Database.transaction() instead of {found}"
    begins = [
        name(path)
        for path in PRODUCT
        if name(path) not in MAY_COMMIT
        and re.search(r"[\"'](BEGIN|COMMIT|ROLLBACK)\b(?! TO)", path.read_text())
    ]
    assert not begins, f"only ops/db.py speaks BEGIN and COMMIT: {begins}"


def test_business_tables_are_read_through_the_view_and_written_by_the_door() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "core"
        and not any(name(path).startswith(allowed) for allowed in MAY_TOUCH_CORE)
    ]
    assert not found, f"read business data through policy.View, write it through ops/changes: {found}"


def _glued(call: ast.Call) -> bool:
    """Whether the call is sa.text or exec_driver_sql on a text with anything in it but a CONSTANT."""
    function = call.func
    if (
        not isinstance(function, ast.Attribute)
        or not call.args
        or not isinstance(call.args[0], ast.JoinedStr)
    ):
        return False
    if function.attr != "exec_driver_sql" and ast.unparse(function) != "sa.text":
        return False
    parts = [p.value for p in call.args[0].values if isinstance(p, ast.FormattedValue)]
    return not all(isinstance(part, ast.Name) and part.id.isupper() for part in parts)


def test_no_sql_is_glued_from_text() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and _glued(node)
    ]
    assert not found, f"values are bound, identifiers come from the catalog (P20): {found}"


def test_every_ignored_warning_says_why() -> None:
    # The mark alone at the end of a line; a reason follows as "# because …" or " - because …".
    mark = re.compile(r"#\s*(noqa(:\s*[A-Z0-9, ]+)?|type:\s*ignore(\[[a-z, -]+\])?)\s*$")
    bad = [
        f"{name(p)}:{number}"
        for p in EVERYTHING
        for number, line in enumerate(p.read_text().splitlines(), 1)
        if mark.search(line)
    ]
    assert not bad, (
        f"write the reason behind the mark, as '# noqa: X123 - because …' or '# noqa: X123  # because …': {bad}"
    )


def test_nothing_is_printed_past_the_log() -> None:
    allowed = ("ops/cli", "ops/__main__.py", "ops/embedded/launch.py", "tests", "bench", "tools", "demo")
    found = [
        f"{name(path)}:{node.lineno}"
        for path in EVERYTHING
        if not name(path).startswith(allowed)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert not found, f"use the log; print belongs to commands: {found}"
