"""Names in what is said about a change: `@Bo Castellan`, or `@Bo` where one person alone can be meant by it.

Whoever may not open the change is nobody here: the same is said of them as of a name that does not exist (P14).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import identity
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes.onlookers import knowing

MOST = 20  # people of one comment
MOST_LOOKED_AT = 40
WORDS = 5  # of a name
# Not within a word: the sign of an e-mail address names nobody.
_SIGN = re.compile(r"(?<![\w@.+-])@(?=\w)")
_WORD = re.compile(r"[\w'’.-]*[\w'’-]")
_CALLED = sa.text(
    "SELECT * FROM ops.person_now WHERE lower(name) = ANY(CAST(:names AS text[])) "
    "OR split_part(lower(name), ' ', 1) = ANY(CAST(:firsts AS text[])) ORDER BY name, id LIMIT :most"
)
_BEGINS = sa.text(
    "SELECT * FROM ops.person_now WHERE starts_with(lower(name), CAST(:text AS text)) "
    "OR position(' ' || CAST(:text AS text) IN lower(name)) > 0 "
    "ORDER BY name, id LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a text names. `unknown`: as written, who is nobody here; `several`: who could be more than one."""

    people: tuple[Actor, ...] = ()
    unknown: tuple[str, ...] = ()
    several: tuple[str, ...] = ()


def mentions(tx: Session, catalog: Catalog, change_id: int, text: str) -> Mentions:
    """Whom the text names, of those who may open the change."""
    asked = [_words(text, found.end()) for found in _SIGN.finditer(text)][: 2 * MOST]
    if not asked:
        return Mentions()
    names = sorted({" ".join(words[:n]).lower() for words in asked for n in range(1, len(words) + 1)})
    firsts = sorted({words[0].lower() for words in asked})
    rows = tx.execute(_CALLED, {"names": names, "firsts": firsts, "most": MOST_LOOKED_AT}).all()
    there = knowing(tx, catalog, change_id, [identity.actor_from(tx, row) for row in rows])
    people: dict[int, Actor] = {}
    unknown: list[str] = []
    several: list[str] = []
    for words in asked:
        meant = _meant(words, there)
        if len(meant) == 1 and meant[0].person_id is not None:
            people[meant[0].person_id] = meant[0]
        else:
            (several if meant else unknown).append(words[0])
    return Mentions(
        tuple(people.values())[:MOST], tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(several))
    )


def begins(tx: Session, catalog: Catalog, change_id: int, text: str) -> list[str]:
    """Names of those who may open the change and one of whose names begins with the text; a few."""
    text = text.strip().lower()
    if not text:
        return []
    rows = tx.execute(_BEGINS, {"text": text, "most": MOST_LOOKED_AT}).all()
    there = knowing(tx, catalog, change_id, [identity.actor_from(tx, row) for row in rows])
    return list(dict.fromkeys(one.name for one in there))[:MOST]


def last_asked(text: str) -> tuple[int, str]:
    """Where the last name begins that the text asks for, behind its sign, and what of it is written."""
    found = list(_SIGN.finditer(text))
    return (found[-1].end(), " ".join(_words(text, found[-1].end()))) if found else (len(text), "")


def _words(text: str, start: int) -> list[str]:
    """The words behind the sign, as many as a name has, of the same line and with one blank between them."""
    found: list[str] = []
    place = start
    while len(found) < WORDS and (word := _WORD.match(text, place)):
        found.append(word[0])
        place = word.end()
        if text[place : place + 1] != " ":
            break
        place += 1
    return found


def _meant(words: Sequence[str], people: Sequence[Actor]) -> list[Actor]:
    """Those whom the longest run of the words names; a first name alone where no whole name fits."""
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count]).lower()
        if whole := [one for one in people if one.name.lower() == name]:
            return whole
    first = words[0].lower()
    return [one for one in people if one.name.lower().split(" ", 1)[0] == first]
