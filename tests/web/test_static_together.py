"""In production a browser asks for one style sheet and one file of our scripts, and they hold every one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from ops.web.static_files import TOGETHER, StaticFiles
from tests.web.visiting import Visitor

STATIC = Path(__file__).parents[2] / "static"


def test_every_file_is_in_it() -> None:
    assert set(TOGETHER["js/all.js"]) == {f"js/{one.name}" for one in STATIC.glob("js/*.js")}
    sheets = {one.relative_to(STATIC).as_posix() for one in STATIC.glob("css/**/*.css")}
    assert set(TOGETHER["css/all.css"]) == sheets
    assert TOGETHER["css/all.css"][0] == "css/tokens.css"


def test_it_is_served_and_kept(app: Flask, visit: Callable[..., Visitor]) -> None:
    files = app.extensions["countersign_static"] = StaticFiles(STATIC, fresh=False)
    visitor = visit()
    for name, parts in TOGETHER.items():
        (address,) = files.together(name)
        answer = visitor.get(address)
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
        assert answer.mimetype in ("text/css", "text/javascript")
        for part in parts:
            assert (STATIC / part).read_text() in answer.text
        assert visitor.get(address.partition("?")[0]).headers["Cache-Control"] == "no-cache"
