"""Which modules hold words that write, and where: the one list of those that may touch a table of the company (P27).

test_every_door.py sees what happens; this sees what stands there, also on a road that nobody can walk.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house_rules.tree import files, name, parsed

PRODUCT = files("ops", "jobs", suffix=".py")
# Writes rows of whatever table it is handed: nothing else of the product builds such a statement.
WRITES_ROWS = {"ops/changes/writing.py", "ops/changes/bulk/writing.py"}
# Builds one for a table of ours.
WRITES_OURS = {"ops/changes/bulk/freeze.py"}  # ops.change_target, from what the list shows
# Calls them: the door itself, row by row or in pieces of many.
WRITERS = {"insert", "update", "update_unmoved", "delete", "insert_each", "update_each"}
CALLS_THEM = {"ops/changes/apply.py", "ops/changes/bulk/chunk.py"}
# Says such words to people and sends them nowhere.
SAYS = {"ops/records/advice.py": "the index that would help", "ops/exports/pulse.py": "a line of the log"}
# Opens a connection of its own, past ops.db: none of them sends it a statement that writes a row.
CONNECTS = {
    "ops/db.py": "the pool",
    "ops/cli/check.py": "looks at the set-up",
    "ops/cli/demo.py": "asks whether the demo is there",
    "ops/embedded/postgres_server.py": "asks whether the server answers",
    "ops/migrate.py": "makes the schema ops",
    "ops/changes/rehearsing/bounds.py": "ends a rehearsal that takes too long",
}

_TARGET = re.compile(
    r"\b(?P<verb>INSERT\s+INTO|(?<!FOR )(?<!DO )(?<!KEY )UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|MERGE\s+INTO"
    r"|TRUNCATE(?:\s+TABLE)?|COPY|(?:CREATE|ALTER|DROP)\s+(?:TABLE|TRIGGER|RULE|INDEX|VIEW|FUNCTION)"
    r"|REFRESH\s+MATERIALIZED\s+VIEW)\s+(?P<place>[\w.\"{}%:(]+)"
)
_NO_TARGET = {"SET", "OF", "SKIP", "NOWAIT", "("}


def written(source: ast.Module) -> Iterator[tuple[int, str]]:
    """Each text of a module, not its docstrings, that says to write, with the place it names."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(source)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for one in ast.walk(source) if isinstance(one, ast.JoinedStr) for part in one.values}
    for node in ast.walk(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | inside:
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        else:
            continue
        for found in _TARGET.finditer(text):
            place = found["place"].strip('"')
            if place not in _NO_TARGET and not place.startswith("("):
                yield node.lineno, f"{found['verb']} {place}"


def past_ours(source: ast.Module) -> list[str]:
    """What a module says to write elsewhere than in the schema ops."""
    return [
        f"{line}: {said}" for line, said in written(source) if not said.rpartition(" ")[2].startswith("ops.")
    ]


def builds(source: ast.Module) -> list[str]:
    """Where a module builds a statement that writes: sa.insert(…), table.core.update(…), postgresql.insert(…)."""
    found = []
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            found += [
                f"{node.lineno}: {one.name}"
                for one in node.names
                if one.name in {"insert", "update", "delete"}
            ]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, called = ast.unparse(node.func.value), node.func.attr
            if called in {"insert", "update", "delete", "merge"} and (
                owner in {"sa", "sqlalchemy", "postgresql"} or owner.endswith((".core", "TABLE", "__table__"))
            ):
                found.append(f"{node.lineno}: {owner}.{called}")
    return found


def calls(source: ast.Module, owner: str, wanted: set[str]) -> bool:
    """Whether a module calls one of these functions of `owner`."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in wanted
        and ast.unparse(node.func.value) == owner
        for node in ast.walk(source)
    )


def test_p27_no_words_write_elsewhere_than_in_our_schema() -> None:
    """P27: texts of SQL name tables of ops alone; those of the company are written by what the catalog gives."""
    found = {name(path): past for path in PRODUCT if (past := past_ours(parsed(path)))}
    assert found.keys() == SAYS.keys(), f"rows of the company are written by ops/changes/writing.py: {found}"


def test_p27_one_place_builds_statements_that_write_rows() -> None:
    found = {name(path): built for path in PRODUCT if (built := builds(parsed(path)))}
    assert found.keys() == WRITES_ROWS | WRITES_OURS, f"only {WRITES_ROWS} may: {found}"


def test_p27_the_door_alone_calls_it() -> None:
    """P27: whoever else wants a row written proposes a change."""
    found = {
        name(path)
        for path in PRODUCT
        if any(calls(parsed(path), owner, WRITERS) for owner in ("writing", "many"))
    }
    assert found == CALLS_THEM, f"listed: {CALLS_THEM}, found: {found}"
    imports = {
        name(path)
        for path in PRODUCT
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        and ((node.module or "").endswith("changes.writing") or "writing" in {one.name for one in node.names})
        and (node.module or "").startswith("ops.changes")
    }
    assert all(one.startswith("ops/changes/") for one in imports), imports


def test_p27_connections_past_the_pool_are_known() -> None:
    found = {
        name(path)
        for path in PRODUCT
        if calls(parsed(path), "psycopg", {"connect"})
        or re.search(r"\b(db|_db|engine)\.connect\(", path.read_text())
    }
    assert found == set(CONNECTS), found


def test_p27_our_migrations_touch_our_schema_alone() -> None:
    """A good guest: not a table, a trigger or a row of anybody else's."""
    wrong = []
    for path in files("migrations", suffix=".sql"):
        text = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
        for found in re.finditer(
            r"\b(?:CREATE|ALTER|DROP)\s+TABLE\s+(\S+)|\b(?:INSERT\s+INTO|DELETE\s+FROM)\s+(\S+)", text
        ):
            place = found[1] or found[2]
            if not place.startswith(("ops.", "ops.%I")):
                wrong.append(f"{name(path)}: {found[0]}")
    assert not wrong, wrong


@pytest.mark.parametrize(
    "rogue",
    [
        "X = sa.text('UPDATE shop.customers SET a = 1')",
        "def f(tx, table):\n    tx.execute(sa.text(f'DELETE FROM {table.name} WHERE id = 1'))",
        "X = 'INSERT INTO \"customers\" VALUES (1)'",
        "X = 'COPY public.thing FROM STDIN'",
        "X = 'TRUNCATE thing'",
        "X = 'ALTER TABLE shop.customers ADD COLUMN x int'",
    ],
)
def test_rogue_words_are_found(rogue: str) -> None:
    assert past_ours(ast.parse(rogue))


@pytest.mark.parametrize(
    "rogue",
    ["sa.update(table.core)", "table.core.delete()", "from sqlalchemy.dialects.postgresql import insert"],
)
def test_rogue_statements_are_found(rogue: str) -> None:
    assert builds(ast.parse(rogue))


@pytest.mark.parametrize(
    "good",
    ["X = 'SELECT 1 FROM ops.work FOR UPDATE SKIP LOCKED'", "X = 'COPY (SELECT 1) TO STDOUT'",
     "X = 'INSERT INTO ops.work VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1'"],
)  # fmt: skip
def test_what_writes_nothing_of_the_company_passes(good: str) -> None:
    assert not past_ours(ast.parse(good))
