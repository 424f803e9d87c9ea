"""Start-up checks of one Resource: each problem has a number, names class and option, says what is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from ops import conditions
from ops.catalog import titles
from ops.catalog.model import Relation
from ops.catalog.options import Mask, SearchColumn, TitlePart
from ops.catalog.resource import KINDS, MASKS, OPTIONS, Resource, Rule
from ops.catalog.rule_checks import rule_problems


def suggestion(wrong: str, right: Iterable[str], verb: str = "it has") -> str:
    """`; did you mean 'customer'? It has …` or `; it has …`, for the end of a message."""
    known = list(right)
    near = get_close_matches(wrong, known, n=1) or [name for name in known if name.lower() == wrong.lower()]
    shown = ", ".join(known[:40]) + (", …" if len(known) > 40 else "")
    if near:
        return f"; did you mean '{near[0]}'? {verb[0].upper()}{verb[1:]} {shown}"
    return f"; {verb} {shown or 'none'}"


class Check:
    """Reads the options of one Resource against its table; what is wrong goes into `problems` instead."""

    def __init__(
        self, resource: type[Resource], relation: Relation, relations: Mapping[tuple[str, str], Relation]
    ):
        self.resource = resource
        self.relation = relation
        self.relations = relations
        self.problems: list[str] = []
        # What the Resource computes may be named like a column where it is only shown.
        self.computed = frozenset(resource.computed if isinstance(resource.computed, Mapping) else ())

    def say(self, number: str, option: str, text: str) -> None:
        """Note a problem."""
        self.problems.append(f"{number} {self.resource.__name__}.{option}: {text}")

    def unknown_options(self) -> None:
        """E111: a misspelt option would silently do nothing."""
        for cls in self.resource.__mro__:
            if cls in (Resource, object):
                continue
            for name, value in vars(cls).items():
                plain = not name.startswith("_") and not callable(value) and not hasattr(value, "__get__")
                if plain and name not in OPTIONS:
                    self.say("E111", name, f"no such option{suggestion(name, OPTIONS, 'there are')}")

    def text(self, option: str) -> str | None:
        """An option that is a text or None (E110)."""
        value = getattr(self.resource, option)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.say("E110", option, f"expected a text, not {value!r}")
        return None

    def names(self, option: str, *, computed: bool = False) -> list[str] | None:
        """An option that lists columns of the table (E103, E110); None where it is not set."""
        value = self.sequence(option)
        if value is None:
            return None
        return [name for name in value if self.known(option, name, computed=computed)]

    def sequence(self, option: str) -> list[str] | None:
        """An option that is a list of texts (E110)."""
        value = getattr(self.resource, option)
        if value is None:
            return None
        # A text is a sequence of letters: ("number") without its comma would mean six columns.
        if isinstance(value, str) or not isinstance(value, (Sequence, set, frozenset)):
            self.say("E110", option, f'expected a list of names such as ("number", "status"), not {value!r}')
            return []
        if wrong := [item for item in value if not isinstance(item, str)]:
            self.say("E110", option, f"expected names of columns, not {wrong[0]!r}")
        return list(dict.fromkeys(item for item in value if isinstance(item, str)))

    def mapping(self, option: str) -> dict[str, str]:
        """An option from columns of the table to texts (E103, E110)."""
        value = getattr(self.resource, option)
        if not isinstance(value, Mapping) or not all(
            isinstance(k, str) and isinstance(v, str) and v.strip() for k, v in value.items()
        ):
            self.say("E110", option, f"expected a dict from column to text, not {value!r}")
            return {}
        return {name: text for name, text in value.items() if self.known(option, name, computed=True)}

    def switch(self, option: str) -> bool:
        """An option that is True or False (E110)."""
        value = getattr(self.resource, option)
        if not isinstance(value, bool):
            self.say("E110", option, f"expected True or False, not {value!r}")
        return value is True

    def masked(self) -> dict[str, Mask]:
        """Column -> who sees it, and what mask the others see (E103, E110, E117)."""
        value = self.resource.masked
        said = (
            {n: (m,) if isinstance(m, str) else m for n, m in value.items()}
            if isinstance(value, Mapping)
            else {}
        )
        fits = all(
            isinstance(name, str)
            and isinstance(parts, tuple)
            and len(parts) in (1, 2)
            and all(isinstance(part, str) and part.strip() for part in parts)
            for name, parts in said.items()
        )
        if not isinstance(value, Mapping) or not fits:
            self.say(
                "E110", "masked", f"expected a dict from column to role, or to (role, pattern), not {value!r}"
            )
            return {}
        masks = {
            name: Mask(*parts) for name, parts in said.items() if self.known("masked", name, computed=True)
        }
        for name, mask in masks.items():
            if mask.pattern not in MASKS:
                text = f"'{name}': no pattern '{mask.pattern}'{suggestion(mask.pattern, MASKS, 'there are')}"
                self.say("E117", "masked", text)
        return masks

    def known(
        self, option: str, name: str, relation: Relation | None = None, *, computed: bool = False
    ) -> bool:
        """Whether the table has the column, or where `computed` ones count too the Resource (E103)."""
        relation = relation or self.relation
        there = [*relation.columns, *(self.computed if computed else ())]
        if name in there:
            return True
        self.say("E103", option, f"no column '{name}' in {relation.full_name}{suggestion(name, there)}")
        return False

    def title(self) -> tuple[TitlePart, ...]:
        """The parts of the title template (E103, E104, E105); () where it is not set or wrong."""
        template = self.text("title")
        if template is None:
            return ()
        try:
            pieces = titles.parse(template)
        except titles.BadTemplate as error:
            self.say("E105", "title", str(error))
            return ()
        parts: list[TitlePart] = []
        for kind, piece in pieces:
            if kind == "text":
                parts.append(("text", piece))
            elif part := self._field(piece):
                parts.append(part)
        return tuple(parts)

    def _field(self, field: str) -> TitlePart | None:
        if field in self.relation.columns:
            return ("column", field)
        role, dot, column = field.partition(".")
        foreign = titles.find_reference(self.relation, role)
        if foreign is None:
            there = [*self.relation.columns, *(f.role for f in self.relation.foreign_keys)]
            what = (
                f"'{role}' is neither a column of {self.relation.full_name} nor a foreign key without its _id"
            )
            self.say("E104", "title", what + suggestion(role, dict.fromkeys(there)))
            return None
        target = self.relations[foreign.target_schema, foreign.target_table]
        if dot and not self.known("title", column, target):
            return None
        return ("reference", foreign, column if dot else None)

    def search(self) -> tuple[SearchColumn, ...] | None:
        """The columns of the search (E103, E104, E115); None where it is not set."""
        wanted = self.sequence("search")
        if wanted is None:
            return None
        return tuple(column for path in wanted if (column := self._search_column(path)))

    def _search_column(self, path: str) -> SearchColumn | None:
        relation, foreign, name = self.relation, None, path
        if path not in relation.columns and "." in path:
            role, _, name = path.partition(".")
            foreign = titles.find_reference(relation, role)
            if foreign is None:
                roles = [f.role for f in relation.foreign_keys]
                self.say(
                    "E104",
                    "search",
                    f"no foreign key '{role}' in {relation.full_name}{suggestion(role, roles)}",
                )
                return None
            relation = self.relations[foreign.target_schema, foreign.target_table]
        if not self.known("search", name, relation):
            return None
        column = relation.columns[name]
        if column.category not in ("text", "enum", "uuid", "integer", "search"):
            self.say(
                "E115",
                "search",
                f"'{path}' is {column.type}; search looks in texts, numbers, uuids and tsvectors",
            )
            return None
        return SearchColumn(name, foreign)

    def order(self) -> str | None:
        """The order of the list (E103, E109)."""
        order = self.text("order")
        if order is None or not self.known("order", order.removeprefix("-")):
            return None
        column = self.relation.columns[order.removeprefix("-")]
        if not column.comparable:
            self.say("E109", "order", f"'{column.name}' is {column.type}, which PostgreSQL cannot sort")
            return None
        return order

    def rows(self) -> dict[str, conditions.Condition]:
        """Role (or "*", everybody) -> the parsed condition (E110, E112)."""
        value = self.resource.rows
        given = {"*": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping) or not all(
            isinstance(k, str) and isinstance(v, str) for k, v in given.items()
        ):
            self.say("E110", "rows", f"expected a condition, or a dict from role to condition, not {value!r}")
            return {}
        parsed = {role: self._condition("E112", "rows", text) for role, text in given.items()}
        return {role: condition for role, condition in parsed.items() if condition is not None}

    def rules(self) -> tuple[Rule, ...]:
        """The approval rules (E110, E113)."""
        value = self.resource.rules
        if isinstance(value, (str, Rule)) or not all(isinstance(rule, Rule) for rule in value):
            self.say("E110", "rules", "expected a list of Rule(…)")
            return ()
        for rule in value:
            for kind in rule.kinds:
                if kind not in KINDS:
                    self.say(
                        "E113",
                        "rules",
                        f"'{rule.name}': no kind '{kind}'{suggestion(kind, KINDS, 'there are')}",
                    )
            for name in rule.columns:
                self.known("rules", name)
            for wrong in rule_problems(rule):
                self.say("E113", "rules", f"'{rule.name}': {wrong}")
            if rule.condition:
                self._condition("E113", "rules", rule.condition)
        names = [rule.name for rule in value]
        if len(set(names)) < len(names) or not all(names):
            self.say("E113", "rules", "every rule needs a name of its own: approvers read it")
        return tuple(value)

    def _condition(self, number: str, option: str, text: str) -> conditions.Condition | None:
        try:
            condition = conditions.parse(text)
        except conditions.ParseError as error:
            self.say(number, option, f"'{text}' cannot be read: {error}")
            return None
        rule = option == "rules"
        wrong = conditions.check(condition, self.relation.columns, rule=rule, person=not rule)
        for problem in wrong:
            self.say(number, option, f"'{text}': {problem}")
        return None if wrong else condition
