"""Rights that end while a change waits: whoever held them is asked no more and decides no more (P9, P16)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ops import changes
from ops.actor import platform_actor
from ops.identity import Disabled, map_groups, switching, vouching
from ops.identity.vouching import Word
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World


@pytest.fixture
def waiting(world: World) -> int:
    """A change that waits for a manager; Bo is one, and the only one, because his provider's group says so."""
    world.sql("DELETE FROM ops.person_role WHERE role = 'manager'")
    with world.db.transaction() as tx:
        map_groups(tx, "i", {"managers": ["manager"]})
    told(world, "managers")
    out = world.large()
    assert out.change_id is not None
    return out.change_id


def told(world: World, *groups: str) -> None:
    """The provider says which groups Bo is in, as between two sign-ins."""
    with world.db.transaction() as tx:
        vouching.take(tx, 2, Word("i", groups, {}))


def asked(world: World, change_id: int) -> tuple[bool, bool]:
    """Whether Bo is named as somebody to ask, and whether it stands on his desk."""
    named = "Bo" in world.show(world.ann, change_id).candidates
    with world.db.reading() as tx:
        listed = changes.waiting(tx, world.catalog, world.bo).rows
    return named, bool(listed)


def group_taken(world: World) -> None:
    told(world)


def word_too_old(world: World) -> None:
    world.sql("UPDATE ops.person SET rights_until = now() WHERE id = 2")


def taken_back(world: World) -> None:
    with world.db.transaction() as tx:
        vouching.withdraw(tx, 2)


def switched_off(world: World) -> None:
    with world.db.transaction() as tx:
        switching.disable(tx, platform_actor("command"), 2, by="hand")


@pytest.mark.parametrize("end", [group_taken, word_too_old, taken_back, switched_off])
def test_a_waiting_approval_follows(world: World, waiting: int, end: Callable[[World], None]) -> None:
    """P9: at once, with the page of the change open on his screen."""
    assert asked(world, waiting)[0]
    digest = world.show(world.bo, waiting).digest
    end(world)
    assert not asked(world, waiting)[0]
    with pytest.raises((Forbidden, NotVisible, Disabled)):
        world.decide(world.bo, waiting, digest=digest)
    assert world.customer().credit_limit == 1000


def test_a_group_given_back_counts_at_once(world: World, waiting: int) -> None:
    """P9."""
    told(world)
    told(world, "managers")
    assert world.decide(world.bo, waiting).state == "applied"
