"""The repository as the house rules read it: files by kind, parsed modules."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository: tracked by git, or new and not ignored."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


def files(*folders: str, suffix: str) -> list[Path]:
    """Tracked files with this suffix below any of the folders."""
    roots = [ROOT / folder for folder in folders]
    return [p for p in tracked() if p.suffix == suffix and any(p.is_relative_to(r) for r in roots)]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    """The path as people write it."""
    return str(path.relative_to(ROOT))
