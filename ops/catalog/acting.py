"""What a company's own code does with rows: validators that judge values, actions that work out new ones.

Neither has a connection: a validator gets values and answers with a sentence, an action gets a row and answers
with new values. What is to be done with the answer is the door's (`ops.changes`), so nothing here can escape
approval or the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ops.catalog.texts import text_of

if TYPE_CHECKING:
    from ops.catalog.resource import Resource

F = TypeVar("F", bound=Callable[..., Any])
Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp", "choice", "reference"]


class Refuse(Exception):
    """Raised by a validator or an action: nothing happens, and the person reads the sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Field:
    """What a parameter's field says beyond its type: `Annotated[str, Field(label="Why", lines=3)]`.

    `table`: the value is the key of a row there, and is picked ("shop.warehouses").
    """

    label: str | None = None
    help: str | None = None
    lines: int = 1
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One typed field of an action's form. `target` is the reference of the table whose rows are picked."""

    name: str
    label: str
    kind: Kind
    required: bool
    default: str | None = None  # as text, as it stands in the form
    options: tuple[tuple[str, str], ...] = ()
    target: str | None = None
    help: str | None = None
    lines: int = 1
    read: Callable[[str], Any] = str  # its text as the function gets it; raises ValueError


@dataclass(frozen=True, slots=True)
class Action:
    """A deed that a Resource declares. `scope`: it is done to a row, or to none (it may make new ones).

    `permission`: a name that roles hold; without one the verb "act" on the table is enough. `asks`: the role that
    must agree each time, whatever the rules say.
    """

    name: str
    label: str
    scope: Literal["row", "none"]
    many: bool
    permission: str | None
    asks: str | None
    parameters: tuple[Parameter, ...]
    help: str | None
    danger: bool
    resource: type[Resource]
    function: Callable[..., Any]

    def run(self, row: Any, arguments: dict[str, Any]) -> Ran:
        """What it answers for a row (None: it is done to none) with these arguments. Raises Refuse."""
        said: list[Message] = []
        with _collecting(said):
            given = (row,) if self.scope == "row" else ()
            answer = self.function(self.resource(), *given, **arguments)
        return Ran(answer, tuple(said))


@dataclass(frozen=True, slots=True)
class Message:
    """What `later` left: a row of the outbox, once the change is applied."""

    kind: str
    body: dict[str, str | list[str | None] | None]


@dataclass(frozen=True, slots=True)
class Ran:
    """What an action answered, and what it wants told afterwards."""

    answer: Any
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Validator:
    """A function on the values of `columns`: it answers with a sentence, or None where nothing is wrong."""

    name: str
    columns: tuple[str, ...]
    resource: type[Resource]
    function: Callable[..., Any]

    def problem(self, values: Sequence[Any]) -> str | None:
        """The sentence for these values, in the order of the columns. Raises what the function raises."""
        try:
            said = self.function(self.resource(), *values)
        except Refuse as error:
            return error.sentence
        return said if isinstance(said, str) and said.strip() else None


@dataclass(frozen=True, slots=True)
class Declared:
    """What `@action` was given, until the start-up checks have read the function."""

    label: str
    permission: str | None
    approval: bool | str
    many: bool
    danger: bool


def action(
    label: str,
    *,
    permission: str | None = None,
    approval: bool | str = False,
    many: bool = False,
    danger: bool = False,
) -> Callable[[F], F]:
    """Declare a method of a Resource as an action.

    A method with a row (`self, order, *, amount: Decimal`) is done to one row, with `many=True` also to many; one
    without (`self, *, month: date`) to none. Its keyword parameters are its form. `approval=True` asks a manager
    each time, a role's name that role.
    """

    def declare(function: F) -> F:
        function.__ops_action__ = Declared(label, permission, approval, many, danger)  # type: ignore[attr-defined]  # a mark the start-up checks look for
        return function

    return declare


def validates(*columns: str) -> Callable[[F], F]:
    """Declare a method of a Resource as a validator of these columns, whose values it gets in this order."""

    def declare(function: F) -> F:
        function.__ops_validates__ = columns  # type: ignore[attr-defined]  # a mark the start-up checks look for
        return function

    return declare


_saying: ContextVar[list[Message] | None] = ContextVar("ops_later", default=None)


def later(kind: str, **body: Any) -> None:
    """Inside an action: leave word in the outbox, in the transaction that applies the change, and only then.

    Values become texts. Raises RuntimeError outside of an action.
    """
    collected = _saying.get()
    if collected is None:
        raise RuntimeError("later() is for actions: call it inside a method declared with @action")
    if not kind.strip() or len(kind) > 200:
        raise ValueError("later() needs a kind, such as 'partners.erp.refund'")
    collected.append(Message(kind, {name: _told(value) for name, value in body.items()}))


def _told(value: Any) -> str | list[str | None] | None:
    if isinstance(value, (list, tuple)):
        return [text_of(one) for one in value]
    return text_of(value)


@contextmanager
def _collecting(said: list[Message]) -> Iterator[None]:
    token = _saying.set(said)
    try:
        yield
    finally:
        _saying.reset(token)
