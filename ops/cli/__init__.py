"""The `ops` command: one function a subcommand; each says what it does, does it, and says what to do if not.

Owns the words on the terminal, the exit codes and the processes of `ops up`. Refuses to own any rule of the
business: a command and a page call the same functions of the rooms.
"""

from ops.cli.commands import main
from ops.cli.keys import keys
from ops.cli.person import person
from ops.cli.resource import resource
from ops.cli.rules import rules
from ops.cli.scim import scim

main.add_command(keys)
main.add_command(person)
main.add_command(resource)
main.add_command(rules)
main.add_command(scim)

__all__ = ["main"]
