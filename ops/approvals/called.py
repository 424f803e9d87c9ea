"""What those who are asked are called on pages and in sentences: "one manager", "2 owners", "one of Bo and Mia"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ops.actor import Actor
from ops.roles import book_of
from ops.words import WORDS, t


@dataclass(frozen=True, slots=True)
class Asked:
    """So many of a role, or of people by name. `who`: the role, or where that is empty, words for the people."""

    needed: int
    role: str
    people: str = ""

    def called(self, reader: Actor) -> str:
        """It in words, as the middle of a sentence."""
        key = f"changes.asked.{self.role}"
        if self.role and key in WORDS:
            return t(key, count=self.needed)
        book = book_of(reader).roles
        if self.role in book:
            return t("changes.asked.of_role", count=self.needed, role=book[self.role].label)
        people = self.people or self.role
        if people == t("door.asks_people", count=1) or (self.people and ", " not in people):
            return people
        return t("changes.asked.of_people", count=self.needed, people=people)


def in_turn(several: Iterable[Asked], reader: Actor) -> str:
    """Who is asked one after the other: "one manager, then 2 owners"."""
    return t("changes.asks_then").join(one.called(reader) for one in several)
