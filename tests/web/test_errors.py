"""Whatever goes wrong: a page in words with an id, also as a part; never a trace, SQL or a secret (P26)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask, abort
from werkzeug.exceptions import default_exceptions

from ops.db import Busy, CommitUnknown, Unavailable
from ops.policy import Forbidden, Masked, NotVisible
from ops.web import gate
from tests.web.visiting import Visitor

Visit = Callable[..., Visitor]
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
SECRET = "marker-4711"


def _replaced(app: Flask, endpoint: str, raises: Callable[[], object]) -> None:
    @gate.needs(gate.signed_in if endpoint == "home.tables" else gate.public)
    def view() -> str:
        raises()
        return "nothing went wrong"

    app.view_functions[endpoint] = view


def _judged(visitor: Visitor, path: str, status: int, *, part: bool) -> None:
    answer = visitor.get(path, **(PART if part else {}))
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert answer.headers["X-Request-Id"] in visitor.page.get_text()
    assert visitor.page.h1.text and "Reference for support" in answer.text
    assert answer.headers["HX-Push-Url"] == "false"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    for word in (SECRET, "Traceback", "werkzeug", "sqlalchemy", "psycopg", "SELECT", "site-packages"):
        assert word not in answer.text
    words = visitor.page.select_one("main p" if not part or answer.text.lstrip().startswith("<!") else "p")
    assert words is not None and len(words.text) > 30


@pytest.mark.parametrize("status", sorted(default_exceptions))
def test_every_status_is_told_in_words_p26(app: Flask, visit: Visit, status: int) -> None:
    """P26: inside the frame for those signed in, as a part too; a plain page for others."""
    for endpoint in ("home.tables", "signing.sign_in"):
        _replaced(app, endpoint, lambda: abort(status, description=SECRET))
    nobody = visit()
    for part in (False, True):
        _judged(nobody, "/sign-in", status, part=part)
    app.view_functions["signing.sign_in"] = _SIGN_IN[app]
    ann = visit("ann")
    for part in (False, True):
        _judged(ann, "/tables/", status, part=part)
        if part and status < 500:
            assert "<html" not in ann.answer.text


_SIGN_IN: dict[Flask, Callable[..., object]] = {}


@pytest.fixture(autouse=True)
def _remembered(app: Flask) -> None:
    _SIGN_IN[app] = app.view_functions["signing.sign_in"]


def _broken_statement() -> None:
    gate.tx().execute(sa.text(f"SELECT '{SECRET}'::int"))


def _raise(error: Exception) -> Callable[[], None]:
    def raises() -> None:
        raise error

    return raises


@pytest.mark.parametrize(
    ("raises", "status"),
    [
        (_raise(ValueError(SECRET)), 500),
        (_raise(RecursionError(SECRET)), 500),
        (_raise(KeyError(SECRET)), 500),
        (_broken_statement, 500),
        (_raise(Unavailable(SECRET)), 503),
        (_raise(CommitUnknown(SECRET)), 503),
        (_raise(Busy(SECRET)), 503),
        (_raise(Forbidden("You may not do this; what is said here is meant for people.")), 403),
        (_raise(NotVisible(SECRET)), 404),
        (_raise(Masked("a column")), 422),
    ],
)
def test_what_fails_below_is_told_in_words_p26(
    app: Flask, visit: Visit, raises: Callable[[], None], status: int
) -> None:
    """P26."""
    ann = visit("ann")
    _replaced(app, "home.tables", raises)
    for part in (False, True):
        _judged(ann, "/tables/", status, part=part)


def test_what_may_be_tried_again_says_when(app: Flask, visit: Visit) -> None:
    ann = visit("ann")
    _replaced(app, "home.tables", _raise(Busy("x")))
    assert int(ann.get("/tables/").headers["Retry-After"]) >= 1


def test_an_error_of_the_error_page_is_still_an_answer_p26(
    app: Flask, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P26: words and id as plain text, where even the page cannot be made."""
    ann = visit("ann")
    _replaced(app, "home.tables", _raise(ValueError(SECRET)))
    monkeypatch.setattr("ops.web.errors.render", lambda *_a, **_k: _raise(ValueError(SECRET))())
    answer = ann.get("/tables/")
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert answer.headers["X-Request-Id"] in answer.text
    assert SECRET not in answer.text and "default-src" in answer.headers["Content-Security-Policy"]
