"""How a team shapes its tables: the declarative `Resource` class, and where its classes are found.

Nothing is needed for a table to be listed, searched and edited. docs/resources.md shows every option.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

KINDS = ("create", "update", "delete")
FORMATS = (
    "money", "percent", "bytes", "duration", "phone", "email", "url", "relative", "code", "multiline", "badge", "plain",
)  # fmt: skip
TONES = ("ok", "info", "warn", "bad", "idle")
MASKS = ("last4", "email", "hash", "full")  # patterns; ops/policy/masking.py draws them


class ResourceErrors(Exception):
    """What is wrong with the declared resources: every numbered problem at once, in `problems`."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


SOURCES = ("form", "grid", "bulk", "import", "action", "undo", "rules", "integration")


@dataclass(frozen=True)
class Ask:
    """One stage of a rule: `needed` people of a `role`, or of the `people` named by their verified e-mail addresses.

    Hours count from when its turn begins: it is `due` then, its people are reminded each `remind` hours, and once
    it is due people of `escalate_to` may decide as well.
    """

    role: str = ""
    needed: int = 1
    people: Sequence[str] = ()
    due: int | None = None
    remind: int | None = None
    escalate_to: str | None = None


@dataclass(frozen=True)
class Rule:
    """When a change of the table must be approved: all that is given must hold; every matching rule counts.

    `condition` speaks of `new.COLUMN` and `old.COLUMN`; `columns`: any of these touched (empty: any column);
    `min_rows`: of the whole change; `sources`: how it comes about; `proposer_roles`: who asks. Whom it asks is told by
    `role` and `needed`, or by `stages`, one after the other. After `expires` hours the change waits no more.
    """

    name: str
    kinds: Sequence[str] = KINDS
    columns: Sequence[str] = ()
    condition: str = ""
    role: str = "manager"
    needed: int = 1
    stages: Sequence[Ask] = ()
    min_rows: int = 1
    sources: Sequence[str] = ()
    proposer_roles: Sequence[str] = ()
    expires: int | None = None

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Its stages."""
        return tuple(self.stages) or (Ask(self.role, self.needed),)


class Resource:
    """One table as its users see it. Subclass it, name the `table`, set what differs from the guess."""

    table: ClassVar[str] = ""  # "orders" or "shop.orders"
    label: ClassVar[str | None] = None  # "Orders"
    label_one: ClassVar[str | None] = None  # "Order"
    group: ClassVar[str | None] = None  # the heading in the rail
    title: ClassVar[str | None] = None  # "{number} · {customer}"
    columns: ClassVar[Sequence[str] | None] = None  # of the list
    search: ClassVar[Sequence[str] | None] = None  # "number", "customer.name"
    readonly: ClassVar[Sequence[str]] = ()
    hidden: ClassVar[Sequence[str]] = ()
    shown: ClassVar[Sequence[str]] = ()  # columns that look like secrets and are none
    masked: ClassVar[
        Mapping[str, str | tuple[str, str]]
    ] = {}  # column -> role that sees it, or (role, pattern)
    sensitive: ClassVar[bool] = False  # who looks at its rows stands in the trail
    rehearse: ClassVar[bool | None] = None  # True: safe to run and roll back; False: never
    order: ClassVar[str | None] = None  # "-placed_at"
    rows: ClassVar[str | Mapping[str, str]] = {}  # a condition for everybody, or one by role
    rules: ClassVar[Sequence[Rule]] = ()
    labels: ClassVar[Mapping[str, str]] = {}  # column -> what it is called
    help: ClassVar[str | Mapping[str, str] | None] = None  # one line on the table, or column -> hint in forms
    groups: ClassVar[
        Mapping[str, Sequence[str]]
    ] = {}  # heading -> columns, on a record's page and in its form
    formats: ClassVar[
        Mapping[str, Any]
    ] = {}  # column -> "percent", ("money", "currency"), ("badge", {"late": "bad"})
    links: ClassVar[Mapping[str, str]] = {}  # label -> "https://track.example.com/{tracking}"
    computed: ClassVar[
        Mapping[str, str]
    ] = {}  # name -> SQL: an expression on the row, or a SELECT of one value
    filters: ClassVar[Sequence[str]] = ()  # columns the filter panel offers first
    named_filters: ClassVar[Mapping[str, str | Sequence[str]]] = {}  # label -> "status.is=open"
    default_filter: ClassVar[str | Sequence[str]] = ()  # of the list as one first opens it
    defaults: ClassVar[Mapping[str, Any]] = {}  # column -> what stands in the form of a new row
    children: ClassVar[Sequence[str] | None] = None  # tables whose rows stand in its form: "shop.order_lines"


OPTIONS = tuple(Resource.__annotations__)


def resources_from(where: str) -> list[type[Resource]]:
    """The Resource classes of a module, by dotted name or path of a `.py` file, in the order of the file.

    A list `RESOURCES` in the module is taken as it stands; else every subclass the module itself defines.
    Raises ResourceErrors (E114) if the module cannot be found or does not import.
    """
    try:
        module = _load_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except Exception as error:
        raise ResourceErrors(
            [f"E114 OPS_RESOURCES: '{where}' cannot be imported: {type(error).__name__}: {error}"]
        ) from error
    explicit = getattr(module, "RESOURCES", None)
    if explicit is None:
        return [
            thing
            for thing in vars(module).values()
            if _is_resource(thing) and thing.__module__ == module.__name__
        ]
    wrong = [repr(thing) for thing in explicit if not _is_resource(thing)]
    if wrong:
        raise ResourceErrors(
            [f"E114 OPS_RESOURCES: RESOURCES in '{where}' holds what is no Resource: {wrong[0]}"]
        )
    return list(explicit)


def _is_resource(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Resource) and thing is not Resource


def _load_file(path: Path) -> ModuleType:
    name = f"ops_resources_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling in the user's file look it up there
    spec.loader.exec_module(module)
    return module
