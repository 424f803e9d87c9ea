"""Who applies an approved change of many rows is killed between and within its pieces (P29, P30, P48).

Each change has 1,100 rows, written in three pieces; what was committed stays, the rest follows, every row once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.approving import UNREHEARSED, Change
from tests.faults.client import Client, Form
from tests.faults.conftest import World
from tests.faults.killing import gone, hurried, kill_children, killed_in_turn, lease_over, shut

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ROWS = 1100
# Where whoever applies is killed; how many rows are written by then; the state that stands.
STEPS = {
    "before its first piece": ("state:{id}:applying", 0, "approved"),
    "within its first piece": ("shelf:{row_250}", 0, "approved"),
    "within its second piece": ("shelf:{row_750}", 500, "applying"),
    "results kept, the trail half written": ("row_event:{id}:~{row_760}", 500, "applying"),
    "in COMMIT of its second piece": ("chunk_commit:{id}:1000", 1000, "applying"),
    "every row written, before it is marked as applied": ("state:{id}:applied", 1100, "applying"),
    "in COMMIT of its end": ("commit:{id}:change.applied", 1100, "applied"),
}
RULE = """
INSERT INTO ops.approval_rule (name, tables, kinds, columns, condition)
VALUES ('Shelves need a manager', '{shop.shelf}', '{update}', '{}', '')
"""
_COUNTS = "SELECT total, applied, same + moved + gone + unseen + failed + held + stopped FROM ops.change_bulk"
_TRAIL = (
    "SELECT count(*), count(DISTINCT e.row_key), count(p.uid) FROM ops.event e "
    "LEFT JOIN ops.event_payload p USING (uid, at) WHERE e.change_id = %s AND e.action = 'row.updated'"
)


@dataclass
class Many(Change):
    """One change of all rows of an aisle."""

    aisle: int

    def gate(self, step: str) -> str:
        """The gate at which its worker stops."""
        first = (self.aisle - 1) * ROWS
        rows = {f"row_{number}": first + number for number in (250, 750, 760)}
        return "worker:" + step.format(id=self.id, **rows)

    def has_come_to(self, written: int, state: str, bo: Client) -> None:
        """So many rows are written, with a result and an event each; the state is this; and the page says both."""
        assert self.state == state
        note = f"Counted {self.aisle}"
        live = "SELECT count(*) FILTER (WHERE note = %s), count(*) FROM shop.shelf WHERE aisle = %s"
        assert self.world.rows(live, note, self.aisle) == [(written, ROWS)]
        assert self.world.rows(f"{_COUNTS} WHERE change_id = %s", self.id) == [(ROWS, written, 0)]
        results = "SELECT count(*) FROM ops.change_target WHERE change_id = %s AND state = 'applied'"
        assert self.world.rows(results, self.id) == [(written,)]
        assert self.world.rows(_TRAIL, self.id) == [(written, written, written)]
        self._page_says(written, state, bo)

    def _page_says(self, written: int, state: str, bo: Client) -> None:
        page = bo.page(self.page)
        badge = {"approved": "Approved", "applying": "Being applied", "applied": "Applied"}[state]
        assert page.select_one("main .head .badge").get_text(strip=True) == badge
        results = {one.get_text(strip=True) for one in page.select(".many-results li")}
        left = ROWS - written
        there = {f"Written {written:,}"} if written else set()
        assert results == there | ({f"Waiting {left:,}"} if left else set())
        if state != "applied":
            assert f"{written:,} of {ROWS:,} done" in page.select_one("#progress").get_text(" ")

    def is_done_once(self, bo: Client) -> None:
        """Every row once, one end of it, everybody told once."""
        self.has_come_to(ROWS, "applied", bo)
        told = (
            "('change.submitted', 'change.approved', 'change.applied', 'change.failed', 'change.conflicted')"
        )
        events = f"SELECT action FROM ops.event WHERE change_id = %s AND action IN {told}"
        actions = Counter(action for (action,) in self.world.rows(events, self.id))
        assert actions == Counter(["change.submitted", "change.approved", "change.applied"])
        self.all_told()
        assert self.word_left() == Counter(["change.submitted", "change.approved", "change.applied"])
        notices = (
            "SELECT p.sub, count(*) FROM ops.notice n JOIN ops.person p ON p.id = n.person_id "
            "WHERE n.change_id = %s GROUP BY 1 ORDER BY 1"
        )
        assert self.world.rows(notices, self.id) == [("ann", 1), ("bo", 1)]
        open_work = "SELECT 1 FROM ops.work WHERE subject LIKE %s AND state IN ('due', 'claimed')"
        assert self.world.rows(open_work, f"{self.id}:%") == []


def ask(world: World, ann: Client, aisle: int) -> Many:
    """Ann asks for another note on all rows of an aisle."""
    form = ann.form(f"/tables/shop.shelf/many?list=f.aisle.is%3D{aisle}&all=1&do=edit", "#many-form")
    form = ann.form_of(ann.send(Form(form.action, {**form.data, "step": "add", "add": "note"})), "#many-form")
    data = {**form.data, "step": "apply", "v.note": f"Counted {aisle}"}
    data.pop("v.note--null", None)
    answer = ann.send(Form(form.action, data), follow=False)
    assert answer.status_code == 303, answer.text
    return Many(world, int(answer.headers["Location"].rpartition("-")[2]), aisle)


@pytest.fixture(scope="module")
def ruled(gated: World) -> Iterator[World]:
    """A rule asks about every change of shelves."""
    gated.rows(RULE)
    yield gated
    gated.rows("DELETE FROM ops.approval_rule WHERE name = 'Shelves need a manager'")


def waiting(world: World, *several: Many) -> None:
    """Wait until all their rows are looked up, and everybody who is asked was told."""
    world.until("asked", lambda: all(one.state == "in_review" for one in several))
    world.until("told", lambda: not world.rows(UNREHEARSED))


@pytest.fixture(scope="module")
def killed(ruled: World, people: tuple[Client, Client]) -> dict[str, Many]:
    """A change for each step, agreed to, its worker killed there; pages looked at, and gone on with by others."""
    ann, bo = people
    changes = {step: ask(ruled, ann, aisle) for aisle, step in enumerate(STEPS, start=1)}
    waiting(ruled, *changes.values())
    names = {one.gate(STEPS[step][0]): step for step, one in changes.items()}
    with shut(ruled, *names) as closed:
        for one in changes.values():
            form = bo.form(one.page, "#decision").filled(verdict="approve")
            assert bo.send(form, follow=False).status_code == 303
        killed_in_turn(ruled, closed, names)
    for step, one in changes.items():
        one.has_come_to(*STEPS[step][1:], bo)
    hurried(ruled, "all applied", lambda: all(one.state == "applied" for one in changes.values()))
    return changes


@pytest.mark.parametrize("step", STEPS)
def test_p30_worker_killed_in_many_rows(
    step: str, killed: dict[str, Many], people: tuple[Client, Client]
) -> None:
    """P29, P30: pieces that were committed stay, no other row is written twice, and the end is told once."""
    killed[step].is_done_once(people[1])


def test_p30_worker_killed_while_the_rows_are_looked_up(ruled: World, people: tuple[Client, Client]) -> None:
    """P48: the change stays a draft that says so; then every row is in it once, and people are asked once."""
    ann, bo = people
    number = ruled.next_change()
    gate = f"worker:state:{number}:in_review"
    with shut(ruled, gate) as closed:
        one = ask(ruled, ann, 8)
        assert one.id == number
        ruled.until("stopped", closed.standing, 15)
        backend = closed.standing()[gate]
        kill_children(ruled, "worker")
    gone(ruled, backend)
    assert one.state == "draft"
    page = ann.page(one.page)
    assert "Looking up the rows" in page.select_one("#progress").get_text(" ")
    assert bo.get(f"{one.page}/decision").status_code in (404, 405)
    lease_over(ruled)
    waiting(ruled, one)
    targets = "SELECT count(*), count(DISTINCT row_key) FROM ops.change_target WHERE change_id = %s"
    assert ruled.rows(targets, one.id) == [(ROWS, ROWS)]
    asked = "SELECT count(*) FROM ops.event WHERE change_id = %s AND action = 'change.submitted'"
    assert ruled.rows(asked, one.id) == [(1,)]
    told = "SELECT count(*) FROM ops.notice WHERE change_id = %s"
    assert ruled.rows(told, one.id) == [(1,)]
    assert bo.page(one.page).select_one("#decision") is not None
