"""Where templates, static files, migrations and the demo are: in a checkout or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder `name` ("templates", "static", "migrations", "demo") of this installation.

    The wheel carries them under `ops/_share`; a checkout has them beside `ops`.
    Raises FileNotFoundError where neither has it.
    """
    for root in (_PACKAGE / "_share", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"this installation of Countersign has no folder {name!r}; install it again")
