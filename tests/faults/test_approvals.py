"""Web and worker are killed at every step of approve-and-apply: one effect or none, never half (P29, P30, P48).

Each change stops at another step, at a gate that only this database has; then whoever stands there is killed. What the
pages say is compared with the database before anything is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ops.changes.rehearsing.store import ATTEMPTS
from tests.faults.approving import Asked, Asking
from tests.faults.client import Client
from tests.faults.conftest import World
from tests.faults.killing import gone, hurried, kill_children, killed_in_turn, lease_over, shut

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

# Where the web process is killed while it approves and applies, in their order; and whether that takes effect.
WEB = {
    "as the form comes in": ("form:{token}", False),
    "before the decision is written": ("decision:{id}", False),
    "decided, before the stage closes": ("stage:{id}", False),
    "stage closed, before anything is written": ("customer:{customer}", False),
    "one of two rows written": ("product:{product}", False),
    "both rows written, before the change is applied": ("state:{id}:applied", False),
    "applied, before its results are kept": ("result:{id}", False),
    "before the trail": ("event:{id}:change.approved", False),
    "half of the trail written": ("event:{id}:change.applied", False),
    "trail written, before word is left": ("left:{id}:change.applied", False),
    "word left, before COMMIT": ("told:{id}:change.applied", False),
    "in COMMIT": ("commit:{id}:change.applied", True),
}
HALF = "one of two rows written"
AFTER = "after COMMIT, before the answer is heard"
BOTH = f"{HALF}, parent and child killed"
AT_ONCE = 4  # the web process has as many threads
STATEMENT_SECONDS = 4  # one that stands at a gate is ended after five
# The same for the worker that applies what was agreed for a time of its own.
WORKER = {
    "claiming the work": ("work:apply:{id}:1:claimed", False),
    "before anything is looked at": ("work:apply:{id}:1:done", False),
    "before anything is written": ("customer:{customer}", False),
    "one of two rows written": ("product:{product}", False),
    "both rows written, before the change is applied": ("state:{id}:applied", False),
    "applied, before its results are kept": ("result:{id}", False),
    "before the trail": ("row_event:{id}:~{customer}", False),
    "half of the trail written": ("event:{id}:change.applied", False),
    "trail written, before word is left": ("left:{id}:change.applied", False),
    "word left, before COMMIT": ("told:{id}:change.applied", False),
    "in COMMIT": ("commit:{id}:change.applied", True),
}


@pytest.fixture(scope="module")
def asking(gated: World, people: tuple[Client, Client]) -> Iterator[Asking]:
    """Ann's door."""
    asking = Asking(gated)
    yield asking
    asking.db.close()


@pytest.fixture(scope="module")
def web_killed(gated: World, asking: Asking, people: tuple[Client, Client]) -> dict[str, Asked]:
    """A change for each step, its approval cut off there, the web process killed and back again."""
    _, bo = people
    changes = {step: asking.ask().opened(bo) for step in (*WEB, AFTER)}
    left = {changes[step].gate("web", gate): changes[step] for step, (gate, _) in WEB.items()}
    while left:
        stood = _web_killed(gated, bo, dict(list(left.items())[:AT_ONCE]))
        assert stood, f"{[(name, one.outcome) for name, one in left.items()]}\n{gated.stage.said()}"
        left = {name: asked for name, asked in left.items() if name not in stood}
    with changes[AFTER].unheard(bo):
        gated.until("applied", lambda: changes[AFTER].state == "applied")
        kill_children(gated, "web")
    gated.stage.wait_for(f"{gated.stage.origin}/readyz")
    return changes


def _web_killed(world: World, bo: Client, several: dict[str, Asked]) -> set[str]:
    """Approve these, each until its gate; there the web process dies. Returns at which gates somebody stood then.

    On a busy machine some have not come so far: nobody waits for them beyond the limit of a statement.
    """
    with shut(world, *several) as closed:
        for asked in several.values():
            asked.outcome.clear()
            asked.approving(bo)
        end = time.monotonic() + STATEMENT_SECONDS
        while (stood := closed.standing()).keys() != several.keys() and time.monotonic() < end:
            time.sleep(0.02)
        kill_children(world, "web")
    gone(world, *stood.values())
    for asked in several.values():
        asked.joined()
    world.stage.wait_for(f"{world.stage.origin}/readyz")
    return set(stood)


@pytest.mark.parametrize("step", [*WEB, AFTER])
def test_p30_web_killed(step: str, web_killed: dict[str, Asked], people: tuple[Client, Client]) -> None:
    """P29, P30: nothing or all of it, and the page says which; the same form sent again has one effect."""
    asked, (ann, bo) = web_killed[step], people
    assert asked.outcome == ["ConnectionError"]
    if step == AFTER or WEB[step][1]:
        asked.done_once(ann, bo)
    else:
        asked.waits(ann, bo)
    for _ in range(2):
        asked.approve(bo)
    assert asked.outcome[1:] == [303, 303]
    asked.done_once(ann, bo)


@pytest.fixture(scope="module")
def worker_killed(gated: World, asking: Asking, people: tuple[Client, Client]) -> dict[str, Asked]:
    """A change for each step, agreed to for a time that comes; whoever applies it is killed there."""
    _, bo = people
    changes = {step: asking.ask(later=True).opened(bo) for step in (*WORKER, BOTH)}
    asking.rehearsed()
    for asked in changes.values():
        asked.approve(bo)
        assert asked.outcome == [303]
    asking.told()
    names = {asked.gate("worker", WORKER.get(step, WORKER[HALF])[0]): step for step, asked in changes.items()}
    with shut(gated, *names) as closed:
        asking.time_comes(*changes.values())
        killed_in_turn(gated, closed, names, both=[BOTH])
    return changes


@pytest.fixture(scope="module")
def told_by_pages(
    gated: World, worker_killed: dict[str, Asked], people: tuple[Client, Client]
) -> dict[str, Asked]:
    """Nobody goes on with any of them yet, and what the pages say is true; then somebody does."""
    for step, asked in worker_killed.items():
        if WORKER.get(step, WORKER[HALF])[1]:
            asked.done_once(*people)
        else:
            asked.agreed(*people)
    hurried(gated, "all applied", lambda: all(asked.state == "applied" for asked in worker_killed.values()))
    return worker_killed


@pytest.mark.parametrize("step", [*WORKER, BOTH])
def test_p30_worker_killed(step: str, told_by_pages: dict[str, Asked], people: tuple[Client, Client]) -> None:
    """P29, P30: what was agreed for a time is applied once, whoever died of those who did it, and wherever."""
    told_by_pages[step].done_once(*people)


def test_p30_postgresql_killed_while_web_and_worker_apply(
    gated: World, asking: Asking, people: tuple[Client, Client]
) -> None:
    """P29, P30, P48: kill -9 of PostgreSQL with one of two rows written: nothing of it; then one effect each."""
    ann, bo = people
    now, later = asking.two(bo)
    names = now.gate("web", WEB[HALF][0]), later.gate("worker", WORKER[HALF][0])
    with shut(gated, *names) as closed:
        asking.time_comes(later)
        gated.until("the worker stopped", closed.standing, 15)
        now.approving(bo)
        gated.until("the web process stopped", lambda: names[0] in closed.standing(), 5)
        gated.kill_postgres()
        now.joined()
    assert now.outcome == [503]
    gated.stage.wait_for(f"{gated.stage.origin}/readyz")
    now.waits(ann, bo)
    later.agreed(ann, bo)
    now.approve(bo)
    assert now.outcome == [503, 303]
    hurried(gated, "applied", lambda: later.state == "applied")
    for asked in (now, later):
        asked.done_once(ann, bo)


def test_p30_redis_killed_and_emptied_while_approving(
    gated: World, asking: Asking, people: tuple[Client, Client]
) -> None:
    """P48: agreeing does not need Redis; what was agreed for a time that comes meanwhile is applied once."""
    ann, bo = people
    now, later = asking.two(bo)
    with gated.redis() as client:
        client.flushall()
    gated.kill_redis()
    asking.time_comes(later)
    now.approve(bo)
    assert now.outcome == [303]
    now.done_once(ann, bo)
    hurried(gated, "applied", lambda: later.state == "applied")
    later.done_once(ann, bo)


def test_p48_worker_killed_while_it_rehearses(
    gated: World, asking: Asking, people: tuple[Client, Client]
) -> None:
    """P48: a rehearsal that breaks off leaves nothing; its page says it is under way, or that nobody could look."""
    ann, bo = people
    gate = f"worker:work:rehearse:{gated.next_change()}:1:done"
    with shut(gated, gate) as closed:
        asked = asking.ask()
        for _ in range(ATTEMPTS):
            gated.until("rehearsing", closed.standing, 15)
            assert "Being run and rolled back" in bo.page(asked.page).select_one("#rehearsal").get_text()
            backend = closed.standing()[gate]
            kill_children(gated, "worker")
            gated.rows("SELECT pg_terminate_backend(%s)", backend)
            gone(gated, backend)
            asked.waits(ann, bo)
            lease_over(gated)
    asking.rehearsed()
    assert "Could not look" in bo.page(asked.page).select_one("#rehearsal").get_text()
    asked.waits(ann, bo)
    asked.opened(bo).approve(bo)
    asked.done_once(ann, bo)
