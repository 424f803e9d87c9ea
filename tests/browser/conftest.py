"""Chromium, and the whole product for it to visit.

`OPS_TEST_BROWSER`: `required` fails where there is no Chromium, `skip` skips, unset skips only where it is
missing. One xdist worker runs all of these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.browser.company import hire
from tests.browser.visitor import Visit, Visitor
from tests.conftest import Databases
from tests.stage import Stage, tables_are_analysed

CHROMIUM = Path(os.environ.get("OPS_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium with a new profile."""
    wanted = os.environ.get("OPS_TEST_BROWSER", "")
    if wanted == "skip":
        pytest.skip("OPS_TEST_BROWSER=skip")
    if not CHROMIUM.exists():
        words = f"there is no {CHROMIUM}; install chromium, or say where it is with OPS_TEST_CHROMIUM"
        if wanted == "required":
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The product on a clone of the demo, for all tests of this folder: each takes rows of its own."""
    with demo_stage(tmp_path_factory.mktemp("stage"), 15) as running:
        yield running


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A product with more managers, another rule and a firefighter, for the tests of approvals."""
    with demo_stage(tmp_path_factory.mktemp("company"), 12) as running:
        hire(running)
        yield running


@contextmanager
def demo_stage(
    path: Path, redis: int, fill: Callable[[str], None] | None = None, **environ: str
) -> Iterator[Stage]:
    """The product on a clone of the demo, filled further, and on the Redis of that number."""
    databases = Databases()
    url = databases("shop")
    if fill is not None:
        fill(url)
    tables_are_analysed(url)
    running = Stage(path, url, os.environ[servers.REDIS].rpartition("/")[0] + f"/{redis}", **environ)
    try:
        yield running.start()
    finally:
        running.stop()
        databases.drop_all()


@contextmanager
def without_complaint(stage: Stage) -> Iterator[list[Visitor]]:
    """The browsers that are put in are closed in the end; none may have had a complaint."""
    visitors: list[Visitor] = []
    yield visitors
    complaints = [complaint for one in visitors for complaint in one.complaints]
    for one in visitors:
        one.context.close()
    assert not complaints, "\n".join([*complaints, stage.said()])


@pytest.fixture
def visit(browser: Browser, stage: Stage) -> Iterator[Visit]:
    """visit("ann") is a browser of Ann's, signed in; visit() one that is not. None may have a complaint."""
    with without_complaint(stage) as visitors:

        def make(sub: str | None = None, *, path: str = "/", **options: Any) -> Visitor:
            visitors.append(Visitor(browser, stage, **options))
            if sub is not None:
                visitors[-1].sign_in(sub, path)
            return visitors[-1]

        yield make
