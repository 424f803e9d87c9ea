"""The house that is walked through under the watch: which roads were gone, what a worker and the clock did."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.test import TestResponse

from jobs import run
from jobs.kinds import KINDS
from ops import work
from ops.clock import Clock
from ops.platform import Platform
from tests.bypass.conftest import House
from tests.bypass.watch import Watch
from tests.web.records.forms import posted
from tests.web.visiting import Visitor, visiting

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
# These have no valid use: whatever is sent there, they answer that it is not there. They are called all the same.
NOWHERE = {"scim.nowhere": 404, "scim.not_here": 501}


def listening(app: Flask) -> set[tuple[str, str]]:
    """Note each write that an address took, from now on: the endpoint and the verb."""
    taken: set[tuple[str, str]] = set()

    @app.after_request
    def note(answer: Response) -> Response:
        name = request.endpoint or ""
        away = answer.headers.get("Location", "").startswith("/sign-in?")
        if request.method in WRITES and (
            answer.status_code == NOWHERE.get(name) or (answer.status_code < 400 and not away)
        ):
            taken.add((name, request.method))
        return answer

    return taken


def writes(app: Flask) -> set[tuple[str, str]]:
    """Every road by which something can be written: endpoint and verb."""
    return {
        (rule.endpoint, verb)
        for rule in app.url_map.iter_rules()
        for verb in (rule.methods or set()) & WRITES
    }


class Walk(House):
    """The house under the watch."""

    def __init__(self, app: Flask, platform: Platform, watch: Watch) -> None:
        super().__init__(app, platform, visiting(app, platform))
        self.watch = watch
        self.taken = listening(app)
        self.worked: set[str] = set()
        self._tokens = (f"{n:030}" for n in itertools.count(1))

    def press(
        self,
        sub: str,
        page: str,
        form: str,
        said: Mapping[str, Any] | None = None,
        to: str = "",
        takes: int = 303,
    ) -> Visitor:
        """Open a page, fill the form of this selector and send it where it leads; it must be taken."""
        visitor = self.visit(sub)
        assert visitor.get(page).status_code == 200, (page, visitor.answer and visitor.answer.status_code)
        found = visitor.page.select_one(form)
        assert found is not None, f"{page} has no {form}: {visitor.page.get_text(' ', strip=True)[:900]}"
        if not found.get("id"):
            found["id"] = "pressed"
        fields = {
            **posted(visitor.page if found["id"] != "pressed" else found.parent, str(found["id"])),
            **(said or {}),
        }
        where = to or str(found.get("action") or page)
        answer = visitor.post(where, fields, csrf=str(fields["csrf_token"]))
        assert answer.status_code == takes, (
            where,
            answer.status_code,
            visitor.page.get_text(" ", strip=True)[:900],
        )
        return visitor

    def sends_form(self, sub: str, where: str, said: Mapping[str, Any], takes: int = 303) -> TestResponse:
        """Send a small form of a page whose token alone matters."""
        visitor = self.visit(sub)
        visitor.get("/people/me")
        answer = visitor.post(where, {"form_token": next(self._tokens), **said})
        assert answer.status_code == takes, (
            where,
            answer.status_code,
            visitor.page.get_text(" ", strip=True)[:900],
        )
        return answer

    def agrees(self, sub: str, reference: str) -> str:
        """Say yes on the page; the state then."""
        assert self.says(sub, reference).status_code == 303
        return self.at(reference)

    def fresh(self) -> None:
        """Everybody has proved who they are a moment ago."""
        self.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")

    def worker(self) -> None:
        """Do whatever is due by the entry that a worker's child has; note what kinds were done."""
        for row in self.sql(
            "SELECT id FROM ops.work WHERE state = 'due' AND due_at <= now() ORDER BY created_at"
        ):
            claim = work.claim(self.platform.db, row.id, "the walk")
            if claim is not None:
                run.perform(self.platform, claim)
        self.worked |= {
            row.kind for row in self.sql("SELECT DISTINCT kind FROM ops.work WHERE state = 'done'")
        }

    def clock(self) -> None:
        """One round of the clock with every duty due; it must have had no trouble."""
        clock = Clock(self.platform, self.platform.redis)
        clock._next = dict.fromkeys(clock._next, 0.0)
        self.sql("UPDATE ops.lease SET until = now() - interval '1 second' WHERE name = 'clock'")
        assert clock.tick()
        assert clock._troubles == {}
        left = [name for name, at in clock._next.items() if not at]
        assert not left, f"the round left these duties out: {left}"

    def path(self, visitor: Visitor) -> str:
        """Where the last answer leads."""
        assert visitor.answer is not None
        return urlsplit(visitor.answer.headers["Location"]).path


def not_walked(walk: Walk) -> list[str]:
    """Roads and kinds of work that nobody went: a new one needs a scene of its own in tests/bypass/walk_*.py."""
    roads = [f"{verb} {name}" for name, verb in sorted(writes(walk.app) - walk.taken)]
    return roads + [f"work of kind {kind}" for kind in sorted(set(run.KINDS) - walk.worked)]


assert KINDS is run.KINDS
