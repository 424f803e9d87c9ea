"""From text to tree: a tokenizer and a recursive descent parser, with the position of every error.

The grammar is in docs/rules.md. Length and nesting are bounded, so no text can keep the parser busy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ops.conditions.tree import (
    All,
    Among,
    Between,
    Changed,
    Compare,
    Condition,
    Constant,
    Empty,
    InGroups,
    Match,
    Me,
    Name,
    Node,
    Not,
    Some,
)

MAX_LENGTH = 4000
MAX_DEPTH = 40

KEYWORDS = frozenset(
    [
        *("and", "or", "not", "in", "is", "empty", "null", "between", "contains", "starts", "with"),
        *("true", "false", "me"),
    ]
)
FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<word>[^\W\d][\w$]*)
      | (?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,|\.)
    )""",
    re.VERBOSE,
)


class ParseError(ValueError):
    """The text is no condition. `position` is the 0-based character where it goes wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, text, name, word (a keyword), sign, end
    value: str
    position: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else f"“{self.value}”"


@lru_cache(maxsize=2048)
def parse(text: str) -> Condition:
    """Read a condition. Raises ParseError, which says what was expected and where."""
    if len(text) > MAX_LENGTH:
        raise ParseError(f"a condition has at most {MAX_LENGTH} characters", MAX_LENGTH)
    if "\x00" in text:
        raise ParseError("a condition cannot hold the character NUL", text.index("\x00"))
    parser = _Parser(_tokens(text))
    root = parser.either(0)
    parser.finish()
    return Condition(text, root)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ParseError(_lexical_problem(text, at), at)
        kind = str(match.lastgroup)
        found.append(_token(kind, match.group(kind), match.start(kind)))
        at = match.end()
    found.append(_Token("end", "", end))
    return found


def _token(kind: str, value: str, position: int) -> _Token:
    if kind == "text":
        return _Token("text", value[1:-1].replace("''", "'"), position)
    if kind == "quoted":
        return _Token("name", value[1:-1].replace('""', '"'), position)
    if kind == "word":
        lower = value.lower()
        return _Token("word", lower, position) if lower in KEYWORDS else _Token("name", value, position)
    return _Token(kind, "!=" if value == "<>" else value, position)


def _lexical_problem(text: str, at: int) -> str:
    if text[at] == "'":
        return "this text has no closing quote; a quote inside a text is written twice"
    if text[at] == '"':
        return "this column name has no closing double quote"
    if text[at].isdigit() or text[at] in "-.":
        return "this is neither a number nor a column; put texts and dates in single quotes"
    return f"“{text[at]}” has no meaning here"


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.token
        self.at += 1
        return token

    def took(self, kind: str, value: str) -> bool:
        if self.token.kind == kind and self.token.value == value:
            self.at += 1
            return True
        return False

    def need(self, kind: str, value: str) -> None:
        if not self.took(kind, value):
            raise self.wrong(f"“{value}”")

    def wrong(self, expected: str) -> ParseError:
        return ParseError(f"expected {expected}, found {self.token.shown}", self.token.position)

    def finish(self) -> None:
        if self.token.kind != "end":
            raise self.wrong("“and”, “or” or the end")

    def either(self, depth: int) -> Node:
        parts = [self.both(depth)]
        while self.took("word", "or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.single(depth)]
        while self.took("word", "and"):
            parts.append(self.single(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def single(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ParseError(f"more than {MAX_DEPTH} brackets inside each other", self.token.position)
        if self.took("word", "not"):
            return Not(self.single(depth + 1))
        if self.took("sign", "("):
            inner = self.either(depth + 1)
            self.need("sign", ")")
            return inner
        if self.token.kind in ("text", "number") or self.token.value in ("true", "false"):
            return self.flipped(self.constant())
        if self.token.kind == "word" and self.token.value == "me":
            return self.flipped(self.me())
        name = self.name()
        if name.full == "changed" and self.token.value == "(" and self.token.kind == "sign":
            return self.changed()
        return self.about(name)

    def changed(self) -> Node:
        self.need("sign", "(")
        name = self.name()
        if name.side:
            raise ParseError(f"write changed({name.column}): it compares old and new", name.position)
        self.need("sign", ")")
        return Changed(name)

    def name(self) -> Name:
        token = self.token
        if token.kind == "word":
            raise ParseError(
                f"expected a column, found the word “{token.value}”; a column of that name is written "
                f'"{token.value}"',
                token.position,
            )
        if token.kind != "name":
            raise self.wrong("a column")
        self.at += 1
        if token.value in ("old", "new") and self.took("sign", "."):
            part = self.take()
            if part.kind not in ("name", "word"):
                self.at -= 1
                raise self.wrong("a column")
            return Name(part.value, token.value, token.position)
        return Name(token.value, "", token.position)

    def me(self) -> Me:
        position = self.take().position
        if not self.took("sign", "."):
            return Me("", position)
        part = self.take()
        if part.kind not in ("name", "word"):
            self.at -= 1
            raise self.wrong("what of the person, such as me.id or me.department")
        # Addresses are what `me` alone means.
        return Me("" if part.value == "email" else part.value, position)

    def constant(self) -> Constant:
        token = self.token
        if token.kind in ("text", "number"):
            return Constant(*self._taken(token), token.kind)
        if token.kind == "word" and token.value in ("true", "false"):
            return Constant(*self._taken(token), "boolean")
        if token.kind == "word" and token.value == "me":
            raise ParseError("me stands only after =, !=, <, <=, > or >=", token.position)
        raise self.wrong("a value: a number, true, false, or a text in single quotes")

    def _taken(self, token: _Token) -> tuple[str, int]:
        self.at += 1
        return token.value, token.position

    def flipped(self, constant: Constant | Me) -> Node:
        if self.token.kind != "sign" or self.token.value not in FLIPPED:
            raise self.wrong("a comparison such as = or <")
        op = FLIPPED[self.take().value]
        return Compare(self.name(), op, constant)

    def about(self, name: Name) -> Node:
        if self.token.kind == "sign" and self.token.value in FLIPPED:
            op = self.take().value
            return Compare(name, op, self.right())
        if self.took("word", "is"):
            return self.is_(name)
        if self.took("word", "not"):
            return Not(self.verb(name))
        return self.verb(name)

    def right(self) -> Name | Constant | Me:
        if self.token.kind == "word" and self.token.value == "me":
            return self.me()
        return self.name() if self.token.kind == "name" else self.constant()

    def is_(self, name: Name) -> Node:
        negated = self.took("word", "not")
        token = self.token
        node: Node
        if self.took("word", "empty"):
            node = Empty(name)
        elif self.took("word", "null"):
            node = Empty(name, null_only=True)
        elif self.took("word", "true") or self.took("word", "false"):
            node = Compare(name, "=", Constant(token.value, token.position, "boolean"))
        else:
            raise self.wrong("“empty”, “null”, “true” or “false”")
        return Not(node) if negated else node

    def verb(self, name: Name) -> Node:
        if self.took("word", "in"):
            if self.took("name", "my"):
                self.need("name", "groups")
                return InGroups(name)
            self.need("sign", "(")
            values = [self.constant()]
            while self.took("sign", ","):
                values.append(self.constant())
            self.need("sign", ")")
            return Among(name, tuple(values))
        if self.took("word", "between"):
            low = self.constant()
            self.need("word", "and")
            return Between(name, low, self.constant())
        if self.took("word", "contains"):
            return Match(name, "contains", self.constant())
        if self.took("word", "starts"):
            self.need("word", "with")
            return Match(name, "starts", self.constant())
        raise self.wrong("a comparison such as =, <, “in”, “between”, “contains” or “is empty”")
