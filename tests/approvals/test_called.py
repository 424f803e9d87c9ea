"""What those who are asked are called: never a role's bare name with a sign of multiplication."""

from __future__ import annotations

import pytest

from ops.actor import Actor
from ops.approvals import Asked, in_turn
from ops.words import t

READER = Actor(1, "Ann", frozenset({"operator"}))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(1, "manager"), "one manager"),
        (Asked(2, "owner"), "2 owners"),
        (Asked(1, "", "Bo Marsh"), "Bo Marsh"),
        (Asked(1, "", "Bo Marsh, Mia Holm"), "one of Bo Marsh, Mia Holm"),
        (Asked(2, "", "Bo Marsh, Max Winter, Mia Holm"), "2 of Bo Marsh, Max Winter, Mia Holm"),
        (Asked(1, t("door.asks_people", count=1)), "one person by name"),
        (Asked(1, t("door.asks_people", count=3)), "one of 3 people by name"),
    ],
)
def test_so_many_of_whom(asked: Asked, said: str) -> None:
    assert asked.called(READER) == said


def test_one_after_the_other() -> None:
    assert in_turn([Asked(1, "manager"), Asked(2, "owner")], READER) == "one manager, then 2 owners"
