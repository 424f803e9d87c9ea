"""Fetches the independent OpenID Connect provider of the tests by `npm ci` into tests/oidc/node_modules."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from browser_code import npm

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "oidc"


def main() -> None:
    """Install by the lock file."""
    # A postinstall script of a third party is never run; nothing we use needs one.
    flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*npm(), *flags], cwd=FOLDER, check=True, env={**os.environ, "NO_UPDATE_NOTIFIER": "1"})


if __name__ == "__main__":
    main()
