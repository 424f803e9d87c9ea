"""The `ops` command: one function a subcommand; each says what it does, does it, and says what to do if not.

Refuses to own any rule of the business: a command and a page call the same functions of the rooms.
"""

from ops.cli.commands import main

__all__ = ["main"]
