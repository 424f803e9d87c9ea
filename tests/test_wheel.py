"""The wheel carries all it needs: templates, static files, migrations and the demo, and starts from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house_rules.tree import ROOT, files, name


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return next(out.glob("*.whl"))


def test_everything_a_page_needs_is_in_it(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    carried = [
        *files("templates", suffix=".html"),
        *files("static/css", suffix=".css"),
        *files("static/js", suffix=".js"),
        *files("migrations", suffix=".sql"),
        *files("demo", suffix=".sql"),
    ]
    wanted = {f"ops/_share/{name(path)}" for path in carried} | {"ops/_share/static/vendor/htmx.min.js"}
    assert not wanted - inside


def test_it_starts_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import ops.share as s; from ops.cli import main; import ops; "
        "assert 'site' in ops.__file__; [s.folder(f) for f in ('templates', 'static', 'migrations', 'demo')]; "
        "main(['version'])"
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and "0.1.0" in done.stdout, done.stderr
